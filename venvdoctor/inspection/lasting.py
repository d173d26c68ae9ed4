"""The variables of a module that keep what they are given: one place gives them a value."""

from __future__ import annotations

import ast
import re

_LOCAL = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_GLOBAL = re.compile(rb"\bglobal\b((?:\\\r?\n|[^\n])*)")
_OPEN = re.compile(
    rb"\b(?:globals|locals|vars)\(\)\[(?![ \t]{0,9}\w{1,99}[ \t]{0,9}\])[^\n]{1,200}?\][ \t]{0,9}=|\bexec\("
)


class Lasting:
    """The variables that keep what they are given; the tree is searched only for names that stand there more often.

    None does where the module gives values to names that it makes up: `globals()["fla" + "g"] = False`. A bare name in
    the brackets is that of a loop over what the module offers.
    """

    def __init__(self, tree: ast.Module, source: bytes) -> None:
        self._tree = tree
        self._source = source
        self._names: frozenset[str] | None = frozenset() if _OPEN.search(source) else None

    def __contains__(self, name: object) -> bool:
        if self._names is None and self._source.isascii() and self._source.count(str(name).encode()) == 1:
            return True
        if self._names is None:
            self._names = _assigned_once(self._tree, self._source)
        return name in self._names


def _assigned_once(tree: ast.Module, source: bytes) -> frozenset[str]:
    """Return the variables that one place of a module gives a value, functions aside unless they say `global`.

    `ast.walk` takes three times as long, and with the bodies of functions it is ten times as much.
    """
    seen: dict[str, int] = {}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                seen[node.id] = seen.get(node.id, 0) + 1
        elif not isinstance(node, _LOCAL):
            for value in vars(node).values():
                if isinstance(value, list):
                    waiting += [item for item in value if isinstance(item, ast.AST)]
                elif isinstance(value, ast.AST):
                    waiting.append(value)
    outside = {name for line in _GLOBAL.findall(source) for name in re.findall(r"\w+", line.decode("utf-8", "replace"))}
    return frozenset(name for name, count in seen.items() if count == 1 and name not in outside)
