"""The expressions that running a statement certainly evaluates: no functions' bodies, no branch that may be skipped."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS_LIMIT = 64  # of a dotted name


def expressions_of(node: ast.stmt, *, annotations: bool) -> Iterator[ast.expr]:
    """Yield what a statement certainly evaluates before anything that its blocks do, the innermost first.

    Args:
        node: a statement.
        annotations: whether those of functions and variables are evaluated (PEP 563, PEP 649).
    """
    for part in _parts_of(node, annotations=annotations):
        yield from evaluated(part)


def _parts_of(node: ast.stmt, *, annotations: bool) -> Iterator[ast.expr | None]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults)
        if annotations:
            given = (*node.args.posonlyargs, *node.args.args, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg)
            yield from (item.annotation for item in given if item)
            yield node.returns
    elif isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *(item.value for item in node.keywords))
    elif isinstance(node, ast.AnnAssign):
        yield node.value
        if annotations:
            yield node.annotation
    elif isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign)):
        yield node.value
    elif isinstance(node, (ast.If, ast.While, ast.Assert)):
        yield node.test
    elif isinstance(node, ast.For):
        yield node.iter
    elif isinstance(node, ast.With):
        yield from (item.context_expr for item in node.items[:1])
    elif isinstance(node, ast.Raise):
        yield node.exc


def evaluated(node: ast.expr | None) -> Iterator[ast.expr]:
    """Yield the expressions that evaluating one certainly evaluates, the innermost first and itself at the end."""
    waiting, found = [node], []
    while waiting:  # no recursion: chains of operators are thousands of levels deep
        part = waiting.pop()
        if part is not None:
            found.append(part)
            waiting += _inner(part)
    return reversed(found)


def _inner(node: ast.expr) -> Iterator[ast.expr | None]:
    if isinstance(node, ast.Call):
        yield from (node.func, *node.args, *(item.value for item in node.keywords))
    elif isinstance(node, ast.Subscript):
        yield from (node.value, node.slice)
    elif isinstance(node, (ast.Attribute, ast.Starred, ast.NamedExpr, ast.FormattedValue)):
        yield node.value
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from (item for pair in zip(node.keys, node.values, strict=True) for item in pair)
    elif isinstance(node, (ast.BoolOp, ast.JoinedStr)):
        yield from node.values[:1] if isinstance(node, ast.BoolOp) else node.values
    elif isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators[:1])
    elif isinstance(node, ast.IfExp):
        yield node.test
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        yield node.generators[0].iter


def dotted(node: ast.expr) -> tuple[str, ...]:
    """Return the parts of `a.b.c`, nothing for other expressions and endless names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < PARTS_LIMIT:
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def names_bound(node: ast.stmt) -> Iterator[str]:
    """Yield the variables that a statement gives a value or takes it from, its blocks left aside."""
    targets: list[ast.expr | None] = []
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.Delete)):
        targets += node.targets
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For)):
        targets.append(node.target)
    elif isinstance(node, ast.With):
        targets += [item.optional_vars for item in node.items]
    yield from (part.id for target in targets for part in evaluated(target) if isinstance(part, ast.Name))
