"""The imports that running a module certainly carries out: unguarded statements at the first column of its source.

Two readers. `import_search` finds candidates by searching bytes: cheap enough for every module of an environment, and
it may take a line of a docstring for a statement. `certain` parses the source and is asked only where a candidate
would fail.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.evaluated import expressions_of
from venvdoctor.inspection.python_source import parse

if TYPE_CHECKING:
    from collections.abc import Collection

SOURCE_LIMIT = 2 << 20
_UNBOUND = ("__file__", "__path__", "__cached__", "__builtins__", "__annotations__")
GIVEN = frozenset({*dir(builtins), *dir(type(ast)), *_UNBOUND})  # what every module has, or finds
FEW = 50  # names that are each searched for
_LOOKING = ("keys", "items", "values", "get", "copy")  # `globals().keys()` binds nothing
_WORD = re.compile(rb"[\w\x80-\xff]+")
_NO_BINDING = (b"_", b".", b"'", b'"', b"`")
PATH = b"sys.path"
# A module that touches these may make importable what no directory holds.
TAMPERING = (b"sys.modules", PATH, b"meta_path", b"path_hooks", b"__path__", b"addsitedir", b"_vendor")


class Wanted(NamedTuple):
    """One import: the module, how many dots precede it, and the names taken from it (empty for `import module`)."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


def absolute(wanted: Wanted, package: str) -> str:
    """Return the absolute name of the module that an import names, "" when it climbs out of its package."""
    if not wanted.level:
        return wanted.module
    if wanted.level == 1:
        return f"{package}.{wanted.module}" if package and wanted.module else package
    parts = package.split(".") if package else []
    if wanted.level > len(parts):
        return ""
    parts = parts[: len(parts) - wanted.level + 1]
    return ".".join([*parts, wanted.module] if wanted.module else parts)


class Certain(NamedTuple):
    """What a parsed module imports for certain, in order.

    A statement between them that raises, or exits, does not let the module be imported either.
    """

    imports: tuple[Wanted, ...]


def certain(source: bytes) -> Certain | None:
    """Parse a source; None when this interpreter cannot (which says nothing of the other one); total."""
    tree = parse(source)
    if tree is None:
        return None
    imports: list[Wanted] = []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports += _wanted(node)
        elif isinstance(node, ast.Try) and node.handlers and all(_raises(handler) for handler in node.handlers):
            for inner in node.body:
                if not isinstance(inner, (ast.Import, ast.ImportFrom)):
                    break
                imports += _wanted(inner)
    return Certain(tuple(imports))


def _wanted(node: ast.Import | ast.ImportFrom) -> list[Wanted]:
    if isinstance(node, ast.Import):
        return [Wanted(alias.name) for alias in node.names]
    return [Wanted(node.module or "", node.level, tuple(alias.name for alias in node.names))]


def _raises(handler: ast.ExceptHandler) -> bool:
    """Whether a handler always raises, so that what it catches ends the module all the same."""
    last = handler.body[-1]
    early = any(isinstance(inner, (ast.Return, ast.Continue, ast.Break)) for inner in ast.walk(handler))
    return isinstance(last, ast.Raise) and not early


def may_bind(source: bytes, names: Collection[str]) -> set[str]:
    """Return which names a source may bind somewhere: they stand there as a word, no attribute, no text, no call."""
    if len(names) <= FEW:
        return {name for name in names if _may_bind(source, name.encode())}
    left, found = {name.encode(): name for name in names}, set[str]()
    for match in _WORD.finditer(source):  # one pass, however many names there are
        name = left.get(match[0])
        if name is not None and _is_bound(source, match.start(), match.end()):
            found.add(name)
            del left[match[0]]
    return found


def _may_bind(source: bytes, name: bytes) -> bool:
    at = source.find(name)
    while at >= 0:
        if _is_bound(source, at, at + len(name)):
            return True
        at = source.find(name, at + 1)
    return False


def _is_bound(source: bytes, at: int, end: int) -> bool:
    before, after = source[at - 1 : at] if at else b"\n", source[end : end + 1]
    word = not (before.isalnum() or after.isalnum() or before in _NO_BINDING or after == b"_")
    return word and (after != b"(" or source[at - 4 : at] in (b"def ", b"ass "))


def bindings(source: bytes, package: str = "") -> frozenset[str] | None:
    """Return every name that a module binds anywhere; None: it makes names in ways that nobody can list; total.

    Args:
        source: its text.
        package: its name where it is a package: what it takes from itself (`from . import core`) is no binding of its
            own, for that works only when the submodule can be imported.
    """
    tree = parse(source)
    if tree is None:
        return None
    bound: set[str] = set()
    own: set[int] = set()  # nodes that bind nothing
    for node in ast.walk(tree):  # parents come before children
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                bound.add(node.id)
            elif node.id in ("globals", "exec", "setattr", "locals", "vars") and id(node) not in own:
                return None
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            answered = names_answered(node) if node.name == "__getattr__" else set()
            if answered is None:
                return None
            bound |= {node.name, *answered}
        elif isinstance(node, ast.ImportFrom) and package and _is_itself(node, package):
            own |= {id(alias) for alias in node.names if alias.asname in (None, alias.name) and alias.name != "*"}
        elif isinstance(node, ast.alias) and id(node) not in own:
            bound.add(node.asname or node.name.partition(".")[0])
            if node.name == "*":
                return None
        elif isinstance(node, ast.Attribute):
            if node.attr in ("__dict__", "modules"):
                return None
            own |= {id(node.value.func)} if node.attr in _LOOKING and isinstance(node.value, ast.Call) else set()
    return frozenset(bound)


def touches_path(source: bytes) -> bool:
    """Whether a module uses `sys.path` anywhere, rather than speaks of it; total."""
    tree = parse(source)
    nodes = ast.walk(tree) if tree else ()
    paths = (node.value for node in nodes if isinstance(node, ast.Attribute) and node.attr == "path")
    return tree is None or any(isinstance(value, ast.Name) and value.id == "sys" for value in paths)


def names_answered(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str] | None:
    """Return the names that a module's `__getattr__` (PEP 562) may know, None where it does not list them.

    It lists them when it asks for nothing but texts by `==`, and raises for the rest.
    """
    body: list[ast.stmt] = node.body
    names: set[str] = set()
    if not isinstance(node, ast.FunctionDef) or len(node.args.args) != 1:
        return None
    while body and not isinstance(body[0], ast.Raise):
        first, body = body[0], body[1:]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            continue
        test = first.test if isinstance(first, ast.If) else None
        text = test.comparators[0] if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq) else None
        asked = (
            isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == node.args.args[0].arg
        )
        if not (asked and isinstance(first, ast.If) and isinstance(text, ast.Constant) and isinstance(text.value, str)):
            return None
        names.add(text.value)
        body = [*first.orelse, *body]
    return names if body else None


def _is_itself(node: ast.ImportFrom, package: str) -> bool:
    return (node.level == 1 and not node.module) or (not node.level and node.module == package)


def ends_in_vain(source: bytes) -> bool:
    """Whether the last statement of a module surely uses a name that nothing binds: it was cut off; total."""
    tree = parse(source)
    bound = bindings(source)
    if tree is None or not tree.body or bound is None:
        return False
    used = [part.id for part in expressions_of(tree.body[-1], annotations=False) if isinstance(part, ast.Name)]
    return any(name not in bound and name not in GIVEN for name in used)
