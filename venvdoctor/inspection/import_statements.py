"""Reads import statements of a source, indented ones included, and what is caught around each."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.python_source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STATEMENT = re.compile(
    rb"^([ \t]*)(from[ \t]+[.\w][ \t.\w]*[ \t]import[ \t]*(?:\([^()]{0,20000}\)|(?:\\\r?\n|[^\n]){1,2000})"
    rb"|import[ \t]+(?:\\\r?\n|[^\n]){1,2000})",
    re.MULTILINE,
)


class Imported(NamedTuple):
    """One statement that looks like an import (a line of a docstring may look so too)."""

    text: bytes
    indented: bool

    def targets(self, package: str) -> list[str]:
        """Return the absolute names that it may run; total."""
        tree = parse(self.text)
        nodes = tree.body if tree else []
        return [name for node in nodes for name in targets(node, package)]


def statements_of(source: bytes) -> list[Imported]:
    """Return what looks like an import statement, at any depth; total."""
    return [Imported(match[2], bool(match[1])) for match in _matches(source)]


def _matches(source: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what `STATEMENT.finditer` does; it tries each byte, this one only lines that hold the word."""
    end, hit = 0, source.find(b"import")
    while hit >= 0:
        start = source.rfind(b"\n", 0, hit) + 1
        match = STATEMENT.match(source, start) if start >= end else None
        if match is not None:
            yield match
            end = match.end()
        rest = source.find(b"\n", hit)
        hit = source.find(b"import", max(rest, end)) if rest >= 0 else -1


def targets(node: ast.stmt, package: str) -> list[str]:
    """Return the absolute names that an import may run: the module, and each name that may be a submodule."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1]
        base = ".".join([*above, *([base] if base else [])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")] if base else []


def ways_of(source: bytes, package: str) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return, by target, how each import that running a module performs is reached, and what is caught around it.

    The way is `plain`, or `conditional` below an `if` or inside a handler; what is caught are names of exceptions
    after which the module goes on. A source that cannot be parsed has none; total.
    """
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    tree = parse(source)
    for target, way, caught in _walk(tree.body if tree else [], package, "plain", frozenset()):
        found.setdefault(target, []).append((way, caught))
    return found


def _walk(
    body: Sequence[ast.stmt], package: str, way: str, caught: frozenset[str]
) -> Iterator[tuple[str, str, frozenset[str]]]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((target, way, caught) for target in targets(node, package))
        elif isinstance(node, ast.Try):
            yield from _walk(node.body, package, way, caught | _caught(node))
            yield from _walk([*node.orelse, *node.finalbody], package, way, caught)
            for handler in node.handlers:
                yield from _walk(handler.body, package, "conditional", caught)
        elif isinstance(node, ast.If):
            if _last_name(node.test) != "TYPE_CHECKING":
                yield from _walk(node.body, package, "conditional", caught)
            yield from _walk(node.orelse, package, "conditional", caught)
        elif isinstance(node, ast.With):
            yield from _walk(node.body, package, way, caught | _suppressed(node))
        elif isinstance(node, ast.ClassDef):
            yield from _walk(node.body, package, way, caught)


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
