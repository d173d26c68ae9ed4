"""Modules of which reading cannot tell whether a damage elsewhere reaches them: they are neither well nor failing.

Asked only where something is damaged, or made for newer Pythons: a module that is imported by a name in a text, what
compiled code imports by itself, a handler of a class that nobody knows, a `raise` by what another module found.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.import_run import doubt_of
from venvdoctor.inspection.import_spread import Asked, Trouble
from venvdoctor.inspection.python_source import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from venvdoctor.inspection.constant_text import Known
    from venvdoctor.inspection.import_evidence import Evidence
    from venvdoctor.inspection.import_spread import Spread
    from venvdoctor.inspection.importer import Importer, Spec

HARMLESS = frozenset({"no-module", "removed-stdlib", "name-gone"})  # what packages are prepared for, or was never there
CODE_LIMIT = 1 << 29  # bytes of compiled code that are searched in one environment
NAMES_LIMIT = 24  # names that compiled code is searched for
BLOCK = 1 << 22
OVERLAP = 256  # more than the longest of the texts
_CALL = re.compile(rb"\b(?:import_module|__import__)\(\s*\Z")
CFFI = b"_init_cffi_1_0_external_module"  # what the function `_cffi_init` of such a module calls in `_cffi_backend`


class Traveller(NamedTuple):
    """The modules that were met: what importing the names of an environment leads to."""

    importer: Importer
    evidence: Evidence
    specs: Mapping[str, Spec]
    users: dict[str, list[str]]
    source: Callable[[str], bytes | None]
    known: Callable[[str], Known]


def literals(met: Traveller, modules: Iterable[str]) -> dict[str, list[str]]:
    """Return the modules of damaged packages that stand as texts in sources: name → which of the modules name them."""
    tops = sorted(name.encode("utf-8", "replace") for name in met.evidence.damaged)
    if not tops:
        return {}
    quoted = re.compile(rb"['\"]((?:" + b"|".join(map(re.escape, tops)) + rb")(?:\.\w+)*)['\"]")
    found: dict[str, list[str]] = {}
    for module in modules:
        source = met.source(module) or b""
        for call, text in _quoted(source, quoted) if b"import" in source else ():
            name = text.decode("utf-8", "replace")
            if name == module or f"{module}.".startswith(f"{name}."):
                continue
            if call:
                met.users.setdefault(name, []).append(module)  # the statements around it are carried out
            if call or "." in name:
                found.setdefault(name, []).append(module)
    return found


def _quoted(source: bytes, texts: re.Pattern[bytes]) -> Iterable[tuple[bool, bytes]]:
    """Return each of the texts that a source holds, with whether it is what an importing function is called with."""
    places = ((match.start(), match[1]) for match in texts.finditer(source))
    return dict.fromkeys((bool(_CALL.search(source, max(0, at - OVERLAP), at)), text) for at, text in places)


class Doubts:
    """Finds the modules that may or may not fail."""

    def __init__(self, met: Traveller, spread: Spread, named: Mapping[str, Sequence[str]]) -> None:
        self._met = met
        self._spread = spread
        self._named = named

    def of(self, failing: Mapping[str, Trouble]) -> dict[str, Trouble]:
        """Return the modules in doubt that do not fail for certain, with the reason; total."""
        damage = {name: item for name, item in failing.items() if item.reason not in HARMLESS and not item.soft}
        found: dict[str, Trouble] = dict(self._for_newer())
        found.update(self._by_text(damage))
        found.update(self._by_code(damage))
        found.update(self._by_flow(damage))
        found.update(self._by_hollow(failing))
        return {name: item for name, item in found.items() if name not in failing}

    def _for_newer(self) -> Iterator[tuple[str, Trouble]]:
        for name, required in self._met.evidence.newer.items():
            yield name, Trouble("requires-python", self._file(name), required, kind="?")

    def _by_text(self, damage: Mapping[str, Trouble]) -> Iterator[tuple[str, Trouble]]:
        naming: dict[str, list[str]] = {}
        for name, users in self._named.items():
            for user in users if name in damage else ():
                naming.setdefault(user, []).append(name)
        for user, names in naming.items():
            found = {*names} & {*_imported_texts(self._met.source(user) or b"")}
            if found:
                yield user, Trouble("dynamic-import", self._file(user), min(found), kind="ImportError")

    def _by_code(self, damage: Mapping[str, Trouble]) -> Iterator[tuple[str, Trouble]]:
        """What compiled code imports of what its project requires, nobody sees; that it holds the name is a hint."""
        gone = {name for name in self._met.evidence.absent if self._met.importer.find(name) is None}
        names = sorted({name for name in damage if not damage[name].through} | gone, key=lambda name: name.count("."))
        left = CODE_LIMIT
        for module, spec in self._met.specs.items() if names else ():
            if spec.kind != "extension" or module in damage or left <= 0:
                continue
            top = module.partition(".")[0]
            near = {top, *self._met.evidence.needed.get(top, ())}
            likely = [name for name in names if name != module and name.partition(".")[0] in near]
            if not likely:
                continue
            read, found = _search(spec.file, {name: _pattern(name) for name in likely[:NAMES_LIMIT]}, self._met)
            left -= read
            if found:
                yield module, Trouble("compiled-code", spec.file, min(found), kind="ImportError")

    def _by_flow(self, damage: Mapping[str, Trouble]) -> Iterator[tuple[str, Trouble]]:
        """Users of what is damaged that catch what nobody can name, or raise by what such a user found."""
        users = dict.fromkeys(user for name in damage for user in self._met.users.get(name, ()))
        wavering = {user for user in users if user not in damage}
        more = dict.fromkeys(user for name in wavering for user in self._met.users.get(name, ()))
        for user in (name for name in {**users, **more} if name not in damage):
            source = self._met.source(user)
            if source and user in users and parse(source) is None:
                yield user, Trouble("unread-syntax", self._file(user), "", kind="ImportError")
                continue
            failure = (
                doubt_of(source, _Wavering(self._spread, user, damage, wavering), self._met.known(user))
                if source
                else None
            )
            if failure:
                yield user, Trouble("undecided-guard", self._file(user), failure.name, kind="ImportError")

    def _by_hollow(self, failing: Mapping[str, Trouble]) -> Iterator[tuple[str, Trouble]]:
        """Users, in its package, of a module that is empty or ends within a line: what it did when run is not done."""
        for name, trouble in failing.items():
            if trouble.soft and trouble.reason == "truncated" and not (self._met.source(name) or b"").endswith(b"\n"):
                for user in self._met.users.get(name, ()):
                    if user.partition(".")[0] == name.partition(".")[0] and not user.startswith(f"{name}."):
                        yield user, Trouble("hollow-module", trouble.path, name, kind="?")

    def _file(self, name: str) -> str:
        spec = self._met.specs.get(name)
        return spec.file if spec else ""


def made_by_cffi(met: Traveller, troubles: Mapping[str, Trouble]) -> dict[str, Trouble]:
    """Return the modules that cffi generated where its own is not to be had: each imports it when it is initialised."""
    name = "_cffi_backend"
    cause = troubles.get(name)
    if cause is None and name in met.evidence.absent and met.importer.find(name) is None:
        cause = Trouble("no-module", "", name)
    found: dict[str, Trouble] = {}
    for module, spec in met.specs.items() if cause else ():
        if spec.kind == "extension" and module not in troubles and cause:
            _, held = _search(spec.file, {"words": re.compile(re.escape(CFFI)), name: _pattern(name)}, met)
            if len(held) > 1:
                found[module] = cause._replace(through=(name, *cause.through), kind=cause.raises)
    return found


def _search(path: str, texts: Mapping[str, re.Pattern[bytes]], met: Traveller) -> tuple[int, set[str]]:
    """Return how many bytes of a file were read, and which of the texts it holds."""
    found: set[str] = set()
    try:
        with met.importer.listings.view.open(path) as blob:
            size = min(blob.size, CODE_LIMIT)
            for at in range(0, size, BLOCK):
                part = blob.read_at(at, BLOCK + OVERLAP)
                found.update(name for name, text in texts.items() if name not in found and text.search(part))
            return size, found
    except (OSError, ValueError):
        return 0, found


class _Wavering(Asked):
    """What fails for a module, and which modules may have become others by a failure that they caught."""

    def __init__(self, spread: Spread, user: str, damage: Mapping[str, Trouble], wavering: Collection[str]) -> None:
        super().__init__(spread, user, damage)
        self._wavering = wavering

    def wavers(self, module: str) -> bool:
        return module in self._wavering or module.rpartition(".")[0] in self._wavering


def _pattern(name: str) -> re.Pattern[bytes]:
    """Return how a name stands in compiled code: C ends texts, Rust puts them side by side."""
    text = re.escape(name.encode("utf-8", "replace"))
    return re.compile(text if "." in name or name.startswith("_") else rb"(?<![\w.])" + text + rb"(?![\w.])")


def _imported_texts(source: bytes) -> Iterator[str]:
    """Yield the texts that running a module passes on, or gives to variables; tables of lazy imports are none."""
    tree = parse(source)
    if tree is None or any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
        return
    yield from _texts_of(tree.body)


def _texts_of(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)):
            for name in ("body", "orelse", "finalbody"):
                yield from _texts_of(getattr(node, name, ()))
            for handler in getattr(node, "handlers", ()):
                yield from _texts_of(handler.body)
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign, ast.For)):
            value = node.iter if isinstance(node, ast.For) else node.value
            parts = ast.walk(value) if isinstance(value, (ast.Call, ast.Tuple, ast.List, ast.Constant)) else ()
            yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
