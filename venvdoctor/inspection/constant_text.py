"""What expressions of a source come to that depend on nothing but the interpreter: names in strings, version tests."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from venvdoctor.model.fact import fact, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FALSE = frozenset({"TYPE_CHECKING", "PY2"})
_TRUE = frozenset({"PY3"})
_METHODS: dict[type[ast.cmpop], str] = {
    ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__",
}  # fmt: skip


class _Version(tuple[int, int]):
    """`sys.version_info`, of whose five parts two are known."""

    __slots__ = ()


@fact
class Known:
    """What is known when a module begins.

    Attributes:
        module: its name; `package` the package that its relative imports start from.
        version: (major, minor) of the interpreter, None: unknown.
        platform: `sys.platform`, "" where that is not known.
        implementation: `cpython`, `pypy`, … or "".
        values: variables that hold a text, or several, or a truth value.
    """

    module: str = ""
    package: str = ""
    version: tuple[int, int] | None = None
    platform: str = ""
    implementation: str = ""
    values: Mapping[str, str | bool | Sequence[str]] = field(default_factory=dict)

    def having(self, name: str, value: str | bool | Sequence[str] | None) -> Known:
        """Return the same after an assignment; None: the variable holds what nobody knows."""
        if value is None and name not in self.values:
            return self
        values = {key: item for key, item in self.values.items() if key != name}
        if value is not None:
            values[name] = value
        return replace(self, values=values)


def text_of(node: ast.expr, known: Known) -> str | None:
    """Return the text that an expression certainly is, None for others."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        own = {"__name__": known.module, "__package__": known.package}.get(node.id)
        value = own or known.values.get(node.id)
        return value if isinstance(value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [text_of(node.left, known), text_of(node.right, known)]
        return None if None in parts else "".join(part or "" for part in parts)
    if isinstance(node, ast.JoinedStr):
        pieces = [
            text_of(part.value if isinstance(part, ast.FormattedValue) else part, known)
            for part in node.values
            if not (isinstance(part, ast.FormattedValue) and (part.format_spec or part.conversion != -1))
        ]
        whole = len(pieces) == len(node.values) and None not in pieces
        return "".join(piece or "" for piece in pieces) if whole else None
    return None


def texts_of(node: ast.expr, known: Known) -> tuple[str, ...] | None:
    """Return the texts of a tuple or list that stands in the source, None for anything else."""
    if isinstance(node, ast.Name):
        value = known.values.get(node.id)
        return tuple(value) if value is not None and not isinstance(value, (str, bool)) else None
    if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return None
    found = [text_of(item, known) for item in node.elts]
    return None if None in found else tuple(item or "" for item in found)


def decided(test: ast.expr, known: Known) -> bool | None:
    """Return what a condition comes to where version and platform decide it, None where they do not."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = decided(test.operand, known)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        return _combined(test, known)
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, (ast.Name, ast.Attribute)):
        name = test.attr if isinstance(test, ast.Attribute) else test.id
        value = known.values.get(name) if isinstance(test, ast.Name) else None
        if isinstance(value, bool):
            return value
        return False if name in _FALSE else True if name in _TRUE else None
    if isinstance(test, ast.Call):
        return _starts_with(test, known)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(_value(test.left, known), test.ops[0], _value(test.comparators[0], known))
    return None


def _combined(test: ast.BoolOp, known: Known) -> bool | None:
    parts = [decided(item, known) for item in test.values]
    ends = isinstance(test.op, ast.Or)
    if ends in parts:
        return ends
    return None if None in parts else not ends


def _starts_with(call: ast.Call, known: Known) -> bool | None:
    """`sys.platform.startswith("win")`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "startswith" and len(call.args) == 1:
        subject, start = _value(call.func.value, known), _value(call.args[0], known)
        if isinstance(subject, str) and isinstance(start, (str, tuple)):
            return subject.startswith(start)
    return None


def _value(node: ast.expr, known: Known) -> Any:
    """Return what is compared: constants, `sys.version_info` and its parts, `sys.platform`; None: unknown."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple):
        parts = [_value(item, known) for item in node.elts]
        return None if None in parts else tuple(parts)
    if isinstance(node, ast.Subscript):
        whole = _value(node.value, known)
        return _part(whole, node.slice) if isinstance(whole, tuple) else None
    text = ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute, ast.Call)) else ""
    version = known.version
    names: dict[str, Any] = {
        "sys.version_info": _Version(version) if version else None,
        "version_info": _Version(version) if version else None,
        "sys.version_info.major": version[0] if version else None,
        "sys.version_info.minor": version[1] if version else None,
        "sys.platform": known.platform or None,
        "os.name": {"win32": "nt"}.get(known.platform, "posix") if known.platform else None,
        "sys.implementation.name": known.implementation or None,
        "__name__": known.module or None,
    }
    return names.get(text)


def _part(whole: tuple[Any, ...], index: ast.expr) -> Any:
    if isinstance(index, ast.Constant) and isinstance(index.value, int) and 0 <= index.value < len(whole):
        return whole[index.value]
    if isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Constant):
        end = index.upper.value
        return tuple(whole[:end]) if isinstance(end, int) and 0 <= end <= len(whole) else None
    return None


def _compared(left: Any, operator: ast.cmpop, right: Any) -> bool | None:
    if (
        left is None
        or right is None
        or isinstance(right, _Version)
        or isinstance(left, tuple) != isinstance(right, tuple)
    ):
        return None
    if isinstance(left, _Version):
        if left[: len(right)] == right[: len(left)]:  # equal as far as it is known, and it has more parts than this
            return isinstance(operator, (ast.Gt, ast.GtE, ast.NotEq)) if len(right) <= len(left) else None
        left, right = tuple(left), right[: len(left)]
    method = _METHODS.get(type(operator))
    result = getattr(left, method)(right) if method else NotImplemented
    return None if result is NotImplemented else bool(result)
