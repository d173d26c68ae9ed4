"""What would fail if a module were imported: its own file, then whatever its unguarded imports pull in.

The graph is gathered breadth first by the quick reader of sources; then failures travel backwards over edges that the
exact reader confirms. So a healthy environment costs one look at each module that its packages load, and no parsing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.absence import Absence
from venvdoctor.inspection.guarded_imports import Guarded
from venvdoctor.inspection.import_doubt import Doubts, Traveller, literals, made_by_cffi
from venvdoctor.inspection.import_run import Oracle, first_failure
from venvdoctor.inspection.import_search import Search
from venvdoctor.inspection.import_spread import CRASH, MILD, Spread, Trouble, package_of, prefixes
from venvdoctor.inspection.native import kills
from venvdoctor.inspection.newer_python import refusal
from venvdoctor.inspection.old_syntax import old_syntax
from venvdoctor.inspection.pyc_magic import magic_problem
from venvdoctor.inspection.removed_use import removed_names
from venvdoctor.inspection.source_imports import SOURCE_LIMIT, absolute, certain, ends_in_vain
from venvdoctor.inspection.source_texts import Texts
from venvdoctor.inspection.stdlib_names import REMOVED_NAMES, REMOVED_USES
from venvdoctor.inspection.taken_names import TakenNames
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from venvdoctor.inspection.constant_text import Known
    from venvdoctor.inspection.import_evidence import Evidence
    from venvdoctor.inspection.import_search import Seen
    from venvdoctor.inspection.importer import Importer, Spec
    from venvdoctor.inspection.source_imports import Wanted

_SHIM = 1 << 16  # bytes; mypyc's modules of a package are a few functions each that load the one library
NAME_DEPTH = 64  # parts of a dotted name; a path of the system has room for 2 000
_RAISES = b"\nraise "
_ALL = ("*",)  # what `from … import *` takes
MODULE_LIMIT = 20_000  # modules of one environment; 370 distributions load about 9 000


class Graph:
    """The modules that an environment's packages load, and what fails among them."""

    def __init__(self, importer: Importer, evidence: Evidence, interpreter: Known, *, open_end: bool) -> None:
        self._importer = importer
        self._evidence = evidence
        self._interpreter = interpreter
        self._version = interpreter.version
        self._users: dict[str, list[str]] = {}  # module → modules that import it
        self._seen: set[str] = set()
        self._left = MODULE_LIMIT
        self._own_trouble: dict[str, Trouble] = {}
        self._specs: dict[str, Spec] = {}
        self._stdlib: dict[str, bool] = {}
        self._origins: dict[str, str] = {}  # module that was compiled from Python → its source
        self._absence = Absence(importer, evidence.lost, interpreter.version, open_end=open_end)
        self._search = Search(self._is_foreign, (*REMOVED_USES, _RAISES))
        self._guarded = Guarded()
        self._dead: dict[str, bool] = {}  # names that a module takes only where something fails → cannot be had
        self._short: dict[str, Trouble] = {}  # modules that are programs, though shorter than recorded
        self._inside: dict[str, frozenset[str]] = {}  # package → what may be a submodule of it
        self._texts = Texts(importer.listings.view, self._specs, self._origins)
        self._spread = Spread(importer, self._users, self._specs, self._texts.source, self._known)
        self._taken = TakenNames(importer, self._specs, self._texts, self._spread)
        self._damaged = tuple(name.encode("utf-8", "replace") for name in sorted(evidence.damaged))
        self._naming: list[str] = []  # modules whose sources hold the name of something damaged

    def explore(self, names: Iterable[str]) -> tuple[dict[str, Trouble], dict[str, Trouble]]:
        """Return which of the modules that importing the names loads surely fail, and which are in doubt; total."""
        self._travel(names)
        met = Traveller(self._importer, self._evidence, self._specs, self._users, self._texts.source, self._known)
        named = literals(met, self._naming)
        self._travel(named)
        self._own_trouble.update(made_by_cffi(met, self._own_trouble))
        own = {**self._short, **self._own_trouble}
        self._taken.check(own)
        if any(trouble.raises not in MILD and not trouble.soft for trouble in own.values()):
            self._note_tried()
        failing = self._spread.carry(own)
        hollow = self._in_vain(failing)
        if hollow:
            own.update(hollow)
            failing = self._spread.carry(own)
        doubts = Doubts(met, self._spread, named).of(failing)
        perhaps = self._spread.carry({**own, **doubts}) if doubts else {}
        doubtful = {name: trouble for name, trouble in perhaps.items() if name not in failing}
        return {name: trouble for name, trouble in failing.items() if trouble is not self._short.get(name)}, doubtful

    def _in_vain(self, failing: Mapping[str, Trouble]) -> dict[str, Trouble]:
        """Return the sources that fail in the place of an extension module that is gone: that is what is wrong."""
        replaced = self._evidence.replaced
        found: dict[str, Trouble] = {}
        for name, trouble in failing.items() if replaced else ():
            spec = self._specs.get(name)
            lost = replaced.get(spec.file.removesuffix(".py")) if spec else None
            if lost:
                found[name] = Trouble("missing", lost, name, kind=trouble.raises or "?")
        return found

    def _travel(self, names: Iterable[str]) -> None:
        """Visit modules and whatever they import."""
        waiting: list[str] = []
        for name in names:
            self._want(name, "", waiting)
        at = 0
        while at < len(waiting) and self._left > 0:
            self._visit(waiting[at], waiting)
            self._left -= 1
            at += 1

    def _note_tried(self) -> None:
        """Some failure is of a kind that handlers of ImportError let pass: note who would meet it."""
        for user in list(self._specs):
            source = self._texts.source(user) or b""
            for wanted in self._guarded.tried(source, self._search.of(source).compounds):
                base = absolute(wanted, self._package(user))
                for name in (*prefixes(base), *(f"{base}.{item}" for item in wanted.names)):
                    self._users.setdefault(name, []).append(user)

    @property
    def damaged(self) -> frozenset[str]:
        """The files met that are no whole program, whoever imports them."""
        return frozenset(item.path for item in self._own_trouble.values() if item.reason == "truncated")

    def _want(self, name: str, by: str, waiting: list[str]) -> None:
        """Note that `by` imports a module, its parents included; of endless names the beginning, which fails first."""
        if name not in self._seen:
            if self._is_stdlib(name.partition(".")[0]):
                return
            if name.count(".") > NAME_DEPTH:
                name = ".".join(name.split(".", NAME_DEPTH)[:NAME_DEPTH])
        part, user = name, by
        while part and part not in self._seen:
            self._seen.add(part)
            waiting.append(part)
            if user:
                self._users.setdefault(part, []).append(user)
            part, user = part.rpartition(".")[0], part
        if part and user:
            self._users.setdefault(part, []).append(user)

    def _is_stdlib(self, first: str) -> bool:
        known = self._stdlib.get(first)
        if known is None:
            known = self._stdlib[first] = self._importer.stdlib.has(first)
        return known

    def _is_foreign(self, module: str) -> bool:
        """Whether importing a module by its absolute name tells anything: it is not simply there."""
        return module in REMOVED_NAMES or not self._is_stdlib(module.partition(".")[0])

    def _visit(self, name: str, waiting: list[str]) -> None:
        spec = self._importer.find(name)
        if spec is None:
            trouble = self._absence.of(name)
            if trouble:
                self._own_trouble[name] = trouble
            return
        self._specs[name] = spec
        if spec.kind == "source":
            if self._evidence.own(spec.file):
                self._read_source(name, spec, waiting)
        elif spec.kind == "extension":
            faults = self._evidence.native(spec.file)
            if self._is_kept_from_owner(spec.file):
                self._own_trouble[name] = Trouble("unreadable", spec.file, "permission denied", kind="ImportError")
            elif faults:
                self._own_trouble[name] = Trouble(
                    "unloadable", spec.file, faults[0].subject, faults, kind=CRASH if any(map(kills, faults)) else ""
                )
            elif self._evidence.own(spec.file):
                self._read_origin(name, spec, waiting)
        elif spec.kind == "bytecode":
            self._check_magic(name, spec)
        elif spec.kind == "namespace":
            self._check_namespace(name, spec)

    def _is_for_newer(self, name: str) -> bool:
        newer = self._evidence.newer
        return bool(newer) and any(part in newer for part in prefixes(name))

    def _is_kept_from_owner(self, path: str) -> bool:
        try:
            return not self._evidence.readable(self._importer.listings.view.stat(path))
        except (OSError, ValueError):
            return False

    def _check_namespace(self, name: str, spec: Spec) -> None:
        """A directory whose recorded `__init__` is gone is an empty namespace; so is one whose link dangles."""
        listings = self._importer.listings
        for place in spec.dirs:
            if listings.get(place).problem in ("denied", "error"):
                self._own_trouble[name] = Trouble("unreadable", place, "permission denied", soft=True)
                return
            lost = self._evidence.lost.get(place)
            if lost:
                reason = "empty-namespace" if lost[0] == "missing" else lost[0]
                self._own_trouble[name] = Trouble(reason, lost[1], name, soft=True)
            elif listings.presence(f"{place}/__init__.py") == "dangling":
                self._own_trouble[name] = Trouble("dangling", f"{place}/__init__.py", name, soft=True)

    def _check_magic(self, name: str, spec: Spec) -> None:
        try:
            head = self._importer.listings.view.read_head(spec.file, 4)
        except (OSError, ValueError):
            return
        problem = magic_problem(head, self._version)
        if problem:
            self._own_trouble[name] = Trouble("bad-magic", spec.file, problem)

    def _read_source(self, name: str, spec: Spec, waiting: list[str]) -> None:
        try:
            with self._importer.listings.view.open(spec.file) as blob:
                readable, data = self._evidence.readable(blob.status), blob.read_at(0, min(blob.size, SOURCE_LIMIT))
                size = blob.size
        except PermissionError:
            self._own_trouble[name] = Trouble("unreadable", spec.file, "permission denied")
            return
        except (OSError, ValueError):
            return
        if not readable:
            self._own_trouble[name] = Trouble("unreadable", spec.file, "its mode keeps the environment's owner out")
            return
        if b"\0" in data:
            self._own_trouble[name] = Trouble("truncated", spec.file, "it holds NUL bytes", kind="?")
            return
        recorded = self._evidence.sizes.get(spec.file)
        if recorded is not None and size < recorded:
            trouble = self._shortened(data, Trouble("truncated", spec.file, f"{size} bytes, {recorded} recorded"))
            (self._short if trouble.soft and data.strip() else self._own_trouble)[name] = trouble
            if name in self._own_trouble:
                return
        self._texts.keep(name, data)
        self._taken.note_source(name, data)
        refused = refusal(data, self._known(name), self._importer.stdlib.has) if self._is_for_newer(name) else None
        if refused:
            self._own_trouble[name] = Trouble("newer-python", spec.file, refused.name, kind=refused.kind)
        old = name.partition(".")[0] in self._evidence.elder and old_syntax(data, self._version)
        if old:
            self._own_trouble[name] = Trouble("raises", spec.file, old, kind=old)
            return
        self._check_removed(name, spec, data, self._follow(name, data, waiting))

    def _follow(self, name: str, data: bytes, waiting: list[str]) -> Seen:
        """Want what a source imports, and return what was seen in it."""
        if self._damaged and any(map(data.__contains__, self._damaged)):
            self._naming.append(name)
        seen = self._search.of(data)
        package = self._package(name)
        for wanted in seen.imports:
            target = absolute(wanted, package) if wanted.level else wanted.module
            if target in self._seen:
                if target != name:
                    self._users.setdefault(target, []).append(name)
            elif target:
                self._want(target, name, waiting)
            names = wanted.names
            if target and names and names != _ALL:
                self._want_names(target, names, name, waiting)
                self._taken.note(target, name, names)
        every = self._evidence.suspicious
        for wanted in self._guarded.of(data, seen.compounds, lambda: self._known(name), every=every):
            self._want_dead(wanted, package, name, waiting)
        return seen

    def _want_dead(self, wanted: Wanted, package: str, by: str, waiting: list[str]) -> None:
        """What matters only when it fails: wanted where it plainly does, or something is damaged; else it is noted."""
        base = absolute(wanted, package)
        if not base or base == by or self._is_stdlib(base.partition(".")[0]):
            return
        if self._evidence.suspicious or self._importer.find(base) is None:
            self._want(base, by, waiting)
            self._want_names(base, wanted.names, by, waiting)
            return
        for name in prefixes(base):
            self._users.setdefault(name, []).append(by)
        for name in (f"{base}.{item}" for item in wanted.names if item != "*"):
            if self._is_dead(name):
                self._want(name, by, waiting)
            else:
                self._users.setdefault(name, []).append(by)

    def _is_dead(self, name: str) -> bool:
        """Whether a submodule was there once, and cannot be had."""
        known = self._dead.get(name)
        if known is None:
            gone = self._absence.of(name) if self._importer.find(name) is None else None
            known = self._dead[name] = gone is not None and gone.reason != "no-module"
        return known

    def _read_origin(self, name: str, spec: Spec, waiting: list[str]) -> None:
        """What a module does that mypyc made of the Python source beside it (elsewhere that is a substitute)."""
        folder, _, file = spec.file.rpartition("/")
        origin = file.partition(".")[0] + ".py"
        listings = self._importer.listings
        if origin not in listings.get(folder).names:
            return
        try:
            head = listings.view.read_head(spec.file, _SHIM)
        except (OSError, ValueError):
            return
        if b"__mypyc" in head:
            self._origins[name] = f"{folder}/{origin}"
            self._follow(name, self._texts.source(name) or b"", waiting)

    def _check_removed(self, name: str, spec: Spec, data: bytes, seen: Seen) -> None:
        """Names of the standard library that this version's no longer has, and what a module raises by itself."""
        raises = _RAISES in seen.others or data.startswith(_RAISES[1:])
        own = first_failure(data, Oracle(), self._known(name)) if raises else None
        if own:
            self._own_trouble[name] = Trouble("raises", spec.file, own.kind or "an exception", kind=own.kind or "?")
        if self._version is None:
            return
        for use, (attribute, since) in REMOVED_USES.items() if seen.others else ():
            if self._version >= since and use in seen.others:
                self._own_trouble[name] = Trouble("removed-stdlib", spec.file, attribute, kind="AttributeError")
        found = removed_names(seen.imports, self._version)
        if found and (exact := certain(data)) and found & removed_names(exact.imports, self._version):
            self._own_trouble[name] = Trouble("removed-stdlib", spec.file, min(found), kind="ImportError")

    @staticmethod
    def _shortened(data: bytes, cut: Trouble) -> Trouble:
        """Return what a source comes to that is shorter than recorded: no program, or one that lacks what is gone."""
        if data.strip() and certain(data) is None:
            return cut
        return cut._replace(kind="NameError") if ends_in_vain(data) else cut._replace(soft=True)

    def _want_names(self, base: str, names: Sequence[str], by: str, waiting: list[str]) -> None:
        """`from package import name` also imports a submodule of that name, where there is one."""
        inside = self._inside.get(base)
        if inside is None:
            inside = self._inside[base] = self._submodules(base)
        if not inside.isdisjoint(names):
            for name in names:
                if name in inside:
                    self._want(f"{base}.{name}", by, waiting)

    def _submodules(self, base: str) -> frozenset[str]:
        """Return the names that may be modules of a package, lost ones included."""
        spec = None if self._stdlib.get(base.partition(".")[0]) else self._importer.find(base)
        if spec is None or spec.kind in ("archive", "hook"):
            return frozenset()
        found: set[str] = set()
        for place in spec.dirs:
            names = self._importer.listings.get(place).names
            found.update(name.removesuffix(suffix) for suffix in self._importer.suffixes for name in names)
            found.update(self._absence.mistagged_names(place))
            prefix = f"{place}/"
            found.update(path[len(prefix) :] for path in self._evidence.lost if path.startswith(prefix))
        return frozenset(found)

    def _known(self, name: str) -> Known:
        return replace(self._interpreter, module=name, package=self._package(name))

    def _package(self, name: str) -> str:
        return package_of(name, self._specs)
