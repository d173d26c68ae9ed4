"""Who would notice that an extension module does not load: the import statements of its distribution, read as text.

An extension module may be an optional speed-up: `markupsafe`, `yaml`, `sqlalchemy` import theirs inside `try … except
ImportError` and do without; `numpy` and `psycopg2` cannot. This reads the module-level imports of the distribution's
source files and follows failure from the extension module outwards. A handler that ends in `raise` guards nothing.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvdoctor.model.native import NativeModule, Use
    from venvdoctor.view import View

MAX_BYTES = 1 << 26  # of one distribution's sources
MAX_FILE = 1 << 22  # bytes
MAX_ROUNDS = 24
NOT_FOR_USERS = frozenset({"tests", "test", "testing", "_tests", "benchmarks", "examples", "conftest", "setup"})
GUARDS = frozenset({"ImportError", "Exception", "BaseException"})
ORDER: tuple[Use, ...] = ("required", "conditional", "optional", "unknown")


class _Import(NamedTuple):
    """One imported module; `way` says what its failure does to the importer: `plain`, `conditional`, `guarded`."""

    target: str
    way: str


def find_use(
    modules: Sequence[NativeModule], sources: Iterable[str], site_dir: str, loadable: int, view: View
) -> tuple[NativeModule, ...]:
    """Return the modules with `use`, `importers` and `loadable` filled in."""
    graph = _Graph(sources, site_dir, view)
    return tuple(_with_use(module, graph, loadable) for module in modules)


def _with_use(module: NativeModule, graph: _Graph, loadable: int) -> NativeModule:
    guards = GUARDS | {"ModuleNotFoundError"} if module.reason == "wrong-tag" else GUARDS
    failing = graph.spread(module.name, guards)
    importers = tuple(name for name in failing if name != module.name)[:10]
    use = _use_of(module.name, failing, graph, guards)
    return replace(module, use=use, importers=importers, loadable=loadable)


def _use_of(name: str, failing: dict[str, str], graph: _Graph, guards: frozenset[str]) -> Use:
    """Return how a user would notice, from the modules that fail with an extension module."""
    if "." not in name and not name.startswith("_"):
        return "required"
    found: set[Use] = set()
    for module, way in failing.items():
        if NOT_FOR_USERS & set(module.split(".")):
            continue
        others = [item for item in graph.importers(module, guards) if item[0] not in failing]
        if ("." not in module and module != name) or (module != name and not others and not _is_private(module)):
            found.add("required" if way == "plain" else "conditional")
        elif any(way == "guarded" for _, way in others):
            found.add("optional")
    nobody: Use = "unknown" if "." in name else "required"  # it is what the distribution is imported as
    return next((use for use in ORDER if use in found), nobody)


def _is_private(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))


class _Graph:
    """The imports of a distribution's source files, parsed as far as they are asked for."""

    def __init__(self, sources: Iterable[str], site_dir: str, view: View) -> None:
        self.view = view
        self.texts: dict[str, bytes] = {}
        self.packages: set[str] = set()
        self.parsed: dict[str, list[tuple[_Import, frozenset[str]]]] = {}
        left = MAX_BYTES
        for name in sorted(sources):
            module = name[: -len(".py")].replace("/", ".")
            if module.endswith(".__init__"):
                module = module[: -len(".__init__")]
                self.packages.add(module)
            text = self._read(f"{site_dir}/{name}") if left > 0 else b""
            left -= len(text)
            self.texts[module] = text

    def _read(self, path: str) -> bytes:
        try:
            return self.view.read(path, MAX_FILE)
        except (OSError, ValueError):
            return b""

    def spread(self, start: str, guards: frozenset[str]) -> dict[str, str]:
        """Return the modules that fail with `start`, the nearest first, and whether plainly or under a condition."""
        failing = {start: "plain"}
        fresh = [start]
        for _ in range(MAX_ROUNDS):
            following: list[str] = []
            for module in fresh:
                for importer, way in self.importers(module, guards):
                    worse = "plain" if way == failing[module] == "plain" else "conditional"
                    if way != "guarded" and failing.get(importer) not in ("plain", worse):
                        failing[importer] = worse
                        following.append(importer)
            if not following:
                break
            fresh = following
        return failing

    def importers(self, module: str, guards: frozenset[str]) -> list[tuple[str, str]]:
        """Return the modules that import one (or, for a package, something in it) at module level, and in what way."""
        word = module.rpartition(".")[2].encode()
        found: list[tuple[str, str]] = []
        for name, text in self.texts.items():
            if word not in text or name == module:
                continue
            ways = {
                self._way(item, caught, guards) for item, caught in self._imports(name) if _hits(item, module, name)
            }
            if ways:
                found.append(
                    (name, "plain" if "plain" in ways else "conditional" if "conditional" in ways else "guarded")
                )
        return found

    def _way(self, item: _Import, caught: frozenset[str], guards: frozenset[str]) -> str:
        return "guarded" if caught & guards else item.way

    def _imports(self, name: str) -> list[tuple[_Import, frozenset[str]]]:
        if name not in self.parsed:
            package = name if name in self.packages else name.rpartition(".")[0]
            self.parsed[name] = list(module_imports(self.texts[name], package))
        return self.parsed[name]


def _hits(item: _Import, module: str, importer: str) -> bool:
    """Whether an import runs a module: it is the target, or a package above the target that is not loaded yet."""
    if item.target == module:
        return True
    return item.target.startswith(module + ".") and not importer.startswith(module + ".") and importer != module


def module_imports(text: bytes, package: str) -> Iterator[tuple[_Import, frozenset[str]]]:
    """Yield the imports that running a module performs, with the exceptions that are caught around each; total."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package's invalid escapes are not our user's news
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from _walk(tree.body, package, "plain", frozenset())


def _walk(
    body: Sequence[ast.stmt], package: str, way: str, caught: frozenset[str]
) -> Iterator[tuple[_Import, frozenset[str]]]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((_Import(target, way), caught) for target in _targets(node, package))
        elif isinstance(node, ast.Try):
            yield from _walk(node.body, package, way, caught | _caught(node))
            yield from _walk([*node.orelse, *node.finalbody], package, way, caught)
            for handler in node.handlers:
                yield from _walk(handler.body, package, "conditional", caught)
        elif isinstance(node, ast.If) and not _is_type_checking(node.test):
            yield from _walk(node.body, package, "conditional", caught)
            yield from _walk(node.orelse, package, "conditional", caught)
        elif isinstance(node, ast.With):
            yield from _walk(node.body, package, way, caught | _suppressed(node))
        elif isinstance(node, ast.ClassDef):
            yield from _walk(node.body, package, way, caught)


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    """Return the absolute names that an import may run: the module, and each name that may be a submodule."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1]
        base = ".".join([*above, *([base] if base else [])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")] if base else []


def _caught(node: ast.Try) -> frozenset[str]:
    """Return the names of the exceptions after which the module goes on."""
    names: set[str] = set()
    for handler in node.handlers:
        if handler.body and isinstance(handler.body[-1], ast.Raise):
            continue
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names.update("BaseException" if kind is None else _last_name(kind) for kind in kinds)
    return frozenset(names)


def _suppressed(node: ast.With) -> frozenset[str]:
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return frozenset(_last_name(arg) for call in calls if _last_name(call.func) == "suppress" for arg in call.args)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_type_checking(test: ast.expr) -> bool:
    return _last_name(test) == "TYPE_CHECKING"
