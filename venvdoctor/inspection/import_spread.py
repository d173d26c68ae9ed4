"""How the failure of a module carries over to those that import it, and what makes it doubtful.

Each user of a failing module is carried out statement by statement (inspection/import_run.py): only what certainly
raises fails. A module that may have been put into `sys.modules`, or that a finder of the package's own brings, is no
failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.import_run import Failure, Oracle, first_failure
from venvdoctor.inspection.removed_use import puts
from venvdoctor.inspection.source_imports import GIVEN, PATH, TAMPERING, absolute, bindings, touches_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from venvdoctor.inspection.constant_text import Known
    from venvdoctor.inspection.importer import Importer, Spec
    from venvdoctor.inspection.source_imports import Wanted
    from venvdoctor.model.interpreter import Fault

KINDS = {  # the exception that a failure of its own raises in whoever imports the module
    "unloadable": "ImportError",
    "bad-magic": "ImportError",
    "name-gone": "ImportError",
    "truncated": "SyntaxError",
    "unreadable": "PermissionError",
}
CRASH = "crash"  # no exception at all: the process ends
MILD = frozenset({"ModuleNotFoundError", "ImportError"})  # what those who do without a module catch
MAKING = (b"sys.modules", b"meta_path", b"path_hooks", b"__path__")  # how modules come to be that no directory holds


class Trouble(NamedTuple):
    """Why a module cannot be imported.

    Attributes:
        detail: the module that is wanted and not to be had, or what is wrong with the file.
        through: the modules from the asked one to the one before the culprit.
        soft: it does import, but as an empty module: only those fail that take something from it.
        kind: the class of the exception where it is not the one that the reason brings ("?": nobody knows).
    """

    reason: str
    path: str
    detail: str = ""
    faults: tuple[Fault, ...] = ()
    through: tuple[str, ...] = ()
    soft: bool = False
    kind: str = ""

    @property
    def raises(self) -> str:
        """The class of the exception, "" where nobody knows it."""
        return self.kind.strip("?") if self.kind else KINDS.get(self.reason, "ModuleNotFoundError")


class Spread:
    """The modules that were met, and what happens to them when some fail.

    Args:
        importer: finds modules.
        users: module → modules that import it.
        specs: what was found for each module.
        source: the text of a module, None where it has none.
        known: what is known when a module begins to run.
    """

    def __init__(
        self,
        importer: Importer,
        users: Mapping[str, Sequence[str]],
        specs: Mapping[str, Spec],
        source: Callable[[str], bytes | None],
        known: Callable[[str], Known],
    ) -> None:
        self._importer = importer
        self._users = users
        self._specs = specs
        self._source = source
        self._known = known
        self._of_soft: set[str] = set()  # what imports modules that are there, and hollow
        self._making: dict[str, list[bytes]] = {}  # package → its sources that may make modules
        # what is asked again for each of a module's imports, and costs a look at a whole source
        self._tampering: dict[tuple[str, Sequence[bytes]], bool] = {}
        self._bound: dict[str, frozenset[str] | None] = {}

    def carry(self, own: Mapping[str, Trouble]) -> dict[str, Trouble]:
        """Carry failures back to the modules that certainly import what fails."""
        failing = dict(own)
        fresh = list(own)
        self._of_soft = {user for name in own if own[name].soft for user in self._users.get(name, ())}
        while fresh:
            users = dict.fromkeys(user for name in fresh for user in self._users.get(name, ()))
            open_ones = (user for user in users if user not in failing or failing[user].soft)
            found = {user: self._brought_down(user, failing) for user in open_ones}
            fresh = [user for user, trouble in found.items() if trouble]
            failing.update((user, trouble) for user, trouble in found.items() if trouble)
        return failing

    def tampers(self, name: str, words: Sequence[bytes]) -> bool:
        """Whether the module or a package around it changes how modules are found, by these words."""
        known = self._tampering.get((name, words))
        if known is None:
            sources = map(self._source, prefixes(name))
            known = any(source is None or _holds(source, words) for source in sources)
            self._tampering[name, words] = known
        return known

    def _brought_down(self, user: str, failing: Mapping[str, Trouble]) -> Trouble | None:
        failure = self._by_parent(user, failing)
        if failure is None and (source := self._source(user)):
            asked = Asked(self, user, failing)
            failure = first_failure(source, asked, self._known(user), whole=user in self._of_soft)
        if failure is None or not failure.name:
            return None
        cause = failing[failure.name]
        path = cause.path or (self._specs[user].file if user in self._specs else "")
        through = (failure.name, *cause.through)
        return cause._replace(path=path, through=through, soft=False, kind=failure.kind or "?")

    def _by_parent(self, user: str, failing: Mapping[str, Trouble]) -> Failure | None:
        """A module cannot be imported when a package around it cannot."""
        for name in prefixes(user.rpartition(".")[0]):
            trouble = failing.get(name)
            if trouble and not trouble.soft:
                return Failure(name, trouble.raises)
        return None

    def asked(self, wanted: Wanted, user: str, failing: Mapping[str, Trouble]) -> Failure | None:
        """Return the failure that one import statement of a module certainly meets."""
        base = absolute(wanted, package_of(user, self._specs))
        for name in prefixes(base):
            trouble = failing.get(name)
            if trouble is None or f"{user}.".startswith(f"{name}.") or not self._believed(user, trouble):
                continue
            if not trouble.soft:
                return Failure(name, trouble.raises)
            if name == base and self._takes_what_is_gone(name, wanted):
                return Failure(name, "ImportError")
        for item in wanted.names:
            name = f"{base}.{item}"
            trouble = failing.get(name)
            if trouble and not trouble.soft and (user == base or not self._binds(base, item)):
                absent = trouble.raises == "ModuleNotFoundError" and not trouble.through
                return Failure(name, "ImportError" if absent else trouble.raises)
        return None

    def _believed(self, user: str, trouble: Trouble) -> bool:
        """Whether nothing could have made the module that no directory holds."""
        if trouble.reason == "no-module":
            return not (self.tampers(user, TAMPERING) or self._made_elsewhere(trouble.detail))
        return trouble.reason != "removed-stdlib" or not self.tampers(user, puts(trouble.detail))

    def _made_elsewhere(self, name: str) -> bool:
        """Whether code of a package may make a module of its own: such a module is no absent one."""
        parent, _, tail = name.rpartition(".")
        if not parent:
            return False
        above = self._specs.get(parent)
        also = tail.encode("utf-8", "replace") if above and above.kind == "namespace" else b""
        return any(also in text for text in self._makers(name.partition(".")[0]))

    def _makers(self, package: str) -> list[bytes]:
        """Return the sources of a package that may make modules."""
        known = self._making.get(package)
        if known is None:
            near = (module for module in self._specs if module.partition(".")[0] == package)
            texts = (self._source(module) or b"" for module in near)
            known = self._making[package] = [text for text in texts if any(word in text for word in MAKING)]
        return known

    def _takes_what_is_gone(self, name: str, wanted: Wanted) -> bool:
        """Whether names are taken from a module that imports, but as an empty one."""
        return any(item != "*" and self.lacks(name, item) for item in wanted.names)

    def lacks(self, module: str, name: str) -> bool:
        """Whether a hollow module certainly has no such name."""
        return name not in GIVEN and self._importer.find(f"{module}.{name}") is None and not self._binds(module, name)

    def _binds(self, base: str, name: str) -> bool:
        """Whether a package may have the name without importing a submodule of that name."""
        if base not in self._bound:
            source, spec = self._source(base), self._specs.get(base)
            self._bound[base] = None if source is None else bindings(source, base if spec and spec.is_package else "")
        bound = self._bound[base]
        return bound is None or name in bound


class Asked(Oracle):
    """What fails for one user of failing modules."""

    def __init__(self, spread: Spread, user: str, failing: Mapping[str, Trouble]) -> None:
        self._spread = spread
        self._user = user
        self._failing = failing

    def imported(self, wanted: Wanted) -> Failure | None:
        """An import of what fails."""
        return self._spread.asked(wanted, self._user, self._failing)

    def looked_up(self, module: str, attribute: str) -> Failure | None:
        """An attribute of a module of which little or nothing is left."""
        trouble = self._failing.get(module)
        found = trouble and trouble.soft and module != self._user and self._spread.lacks(module, attribute)
        return Failure(module, "AttributeError") if found else None


def _holds(source: bytes, words: Sequence[bytes]) -> bool:
    return any(word in source and (word != PATH or touches_path(source)) for word in words)


def prefixes(name: str) -> Iterator[str]:
    """Yield `a`, `a.b`, `a.b.c` for `a.b.c`: what importing it imports, in order."""
    at = name.find(".")
    while at > 0:
        yield name[:at]
        at = name.find(".", at + 1)
    if name:
        yield name


def package_of(name: str, specs: Mapping[str, Spec]) -> str:
    """Return the package that relative imports of a module start from."""
    spec = specs.get(name)
    return name if spec and spec.dirs else name.rpartition(".")[0]
