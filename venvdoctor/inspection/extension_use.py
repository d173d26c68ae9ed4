"""Who would notice that an extension module does not load: the import statements of its distribution, read as text.

An extension module may be an optional speed-up: `markupsafe`, `yaml`, `sqlalchemy` import theirs inside `try … except
ImportError` and do without; `numpy` and `psycopg2` cannot. This reads the module-level imports of the distribution's
source files and follows failure from the extension module outwards. A handler that ends in `raise` guards nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.import_statements import statements_of, ways_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.import_statements import Imported
    from venvdoctor.model.distribution import ImportName
    from venvdoctor.view import View

MAX_BYTES = 1 << 26  # of one distribution's sources
MAX_FILE = 1 << 22  # bytes
MAX_PARSED = 400  # sources of one distribution that are parsed whole; beyond that, nobody knows
MAX_ROUNDS = 24
NOT_FOR_USERS = frozenset({"tests", "test", "testing", "_tests", "benchmarks", "examples", "conftest", "setup"})
GUARDS = frozenset({"ImportError", "Exception", "BaseException"})  # what a library that is missing raises
TAG_GUARDS = GUARDS | {"ModuleNotFoundError"}  # and what a file with a foreign tag raises
NO_GUARDS: frozenset[str] = frozenset()  # the process ends
WORD = re.compile(rb"\w+")


def guards_against(item: ImportName) -> frozenset[str]:
    """Return the exceptions by whose handlers a package does without an extension module that fails."""
    from venvdoctor.inspection.native import kills  # noqa: PLC0415 - only where something does not load

    if any(map(kills, item.faults)):
        return NO_GUARDS
    return TAG_GUARDS if item.reason == "wrong-tag" else GUARDS


class Use(NamedTuple):
    """How a module is used.

    Attributes:
        kind: `required`: a module that users import fails with it; `optional`: what imports it is prepared to do
            without; `conditional`: it is imported under an `if`; `unknown`: no source file imports it plainly.
        importers: the modules that surely fail with it, the nearest first.
        perhaps: top-level names that fail with it under some condition (`if not SETUP: from . import _core`).
    """

    kind: str
    importers: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


class Sources:
    """The import statements of one distribution's source files; read when first asked for."""

    def __init__(self, files: Iterable[str], site_dir: str, view: View) -> None:
        self.view = view
        self.site_dir = site_dir
        self.files = {_dotted(name): name for name in sorted(files) if name.endswith(".py")}
        self._statements: dict[str, list[Imported]] = {}
        self._index: dict[bytes, list[str]] | None = None
        self._ways: dict[str, dict[str, list[tuple[str, frozenset[str]]]]] = {}
        self._importers: dict[tuple[str, frozenset[str]], list[tuple[str, str]]] = {}

    def use_of(self, name: str, guards: frozenset[str] = GUARDS) -> Use:
        """Return how an extension module of the distribution is used, as if importing it failed.

        Args:
            name: its dotted name.
            guards: the exceptions whose handlers catch the failure.
        """
        if "." not in name and not name.startswith("_"):
            return Use("required")
        failing = self._spread(name, guards)
        plain = tuple(module for module, way in failing.items() if way == "plain" and module != name)
        found = {kind for module, way in failing.items() for kind in self._noticed(name, module, way, failing, guards)}
        nobody = "unknown" if "." in name else "required"  # it is what the distribution is imported as
        kind = next((kind for kind in ("required", "optional", "conditional") if kind in found), nobody)
        perhaps = tuple(module for module, way in failing.items() if way == "conditional" and "." not in module)
        return Use(kind, plain, perhaps)

    def _noticed(self, name: str, module: str, way: str, failing: dict[str, str], guards: frozenset[str]) -> set[str]:
        """Return what the failure of one module means to users."""
        parts = module.split(".")
        if NOT_FOR_USERS.intersection(parts):
            return set()
        outer = [] if len(parts) == 1 else [item for item in self._users(module, guards) if item[0] not in failing]
        found = {"optional"} if any(kind == "guarded" for _, kind in outer) else set()
        public = len(parts) == 1 or not (outer or any(part.startswith("_") for part in parts))
        if module != name and public:
            found.add("required" if way == "plain" else "conditional")
        return found

    def _spread(self, start: str, guards: frozenset[str]) -> dict[str, str]:
        """Return the modules that fail with `start`, the nearest first; `plain`, or `conditional` under an `if`."""
        failing = {start: "plain"}
        fresh = [start]
        for _ in range(MAX_ROUNDS):
            following: list[str] = []
            for module in fresh:
                for user, way in self._users(module, guards):
                    worse = "plain" if way == failing[module] == "plain" else "conditional"
                    if way != "guarded" and failing.get(user) not in ("plain", worse):
                        failing[user] = worse
                        following.append(user)
            if not following or any("." not in module and failing[module] == "plain" for module in following):
                break  # the top-level package fails: nothing worse can follow
            fresh = following
        return failing

    def _users(self, module: str, guards: frozenset[str]) -> list[tuple[str, str]]:
        """Return the modules that import one at module level, and in what way."""
        key = (module, guards)
        if key not in self._importers:
            word = module.rpartition(".")[2].encode()
            ways = [(name, self._way(name, module, word, guards)) for name in self._by_word().get(word, ())]
            self._importers[key] = [(name, way) for name, way in ways if way]
        return self._importers[key]

    def _way(self, name: str, module: str, word: bytes, guards: frozenset[str]) -> str:
        """Return `plain`, `conditional` or `guarded`: what happens to `name` when `module` fails; "" for nothing."""
        if name == module:
            return ""
        hits = [item for item in self._statements[name] if word in item.text and self._hits(item, module, name)]
        if not hits:
            return ""
        if any(not item.indented for item in hits):
            return "plain"
        found = {
            "guarded" if caught & guards else way
            for target, ways in self._parsed(name).items()
            if _runs(target, module, name)
            for way, caught in ways
        }
        return next((way for way in ("plain", "guarded", "conditional") if way in found), "")

    def _hits(self, item: Imported, module: str, name: str) -> bool:
        return any(_runs(target, module, name) for target in item.targets(self._package(name)))

    def _parsed(self, name: str) -> dict[str, list[tuple[str, frozenset[str]]]]:
        if name not in self._ways:
            enough = len(self._ways) >= MAX_PARSED
            self._ways[name] = {} if enough else ways_of(self._read(name), self._package(name))
        return self._ways[name]

    def _package(self, name: str) -> str:
        return name if self.files[name].endswith("__init__.py") else name.rpartition(".")[0]

    def _by_word(self) -> dict[bytes, list[str]]:
        """Return which modules have import statements that hold a word."""
        if self._index is None:
            self._index = {}
            left = MAX_BYTES
            for name in self.files:
                text = self._read(name) if left > 0 else b""
                left -= len(text)
                self._statements[name] = found = statements_of(text)
                words = {word for item in found for word in WORD.findall(item.text)}
                own = name.rpartition(".")[2].encode()
                for word in words - {own}:
                    self._index.setdefault(word, []).append(name)
                if own in words:
                    self._index.setdefault(own, []).append(name)
        return self._index

    def _read(self, name: str) -> bytes:
        try:
            return self.view.read(f"{self.site_dir}/{self.files[name]}", MAX_FILE)
        except (OSError, ValueError):
            return b""


def _dotted(file: str) -> str:
    name = file[: -len(".py")].replace("/", ".")
    return name.removesuffix(".__init__")


def _runs(target: str, module: str, importer: str) -> bool:
    """Whether importing a target runs a module: it is that, or a package above it that is not loaded yet."""
    if target == module:
        return True
    return target.startswith(module + ".") and not (importer + ".").startswith(module + ".")
