"""What an older Python refuses in a module that was written for newer ones: syntax, and `int | None` (PEP 604)."""

from __future__ import annotations

import ast
import builtins
import sys
import warnings
from typing import TYPE_CHECKING

from venvdoctor.inspection.evaluated import dotted
from venvdoctor.inspection.import_run import Failure, Oracle, first_failure
from venvdoctor.inspection.python_source import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvdoctor.inspection.constant_text import Known

CLASSES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type))
UNIONS = (3, 10)  # since when classes have the operator
WORDS = 80  # letters of what is refused
_OLDEST = (3, 7)  # below, nobody knows what its parser refused (ast.parse)


def refusal(source: bytes, known: Known, is_stdlib: Callable[[str], bool]) -> Failure | None:
    """Return the failure that a module surely ends with in an older Python: what is refused, the exception; total."""
    tree = parse(source)
    if tree is None or known.version is None:
        return None
    if known.version >= _OLDEST and not _is_of(source, known.version):
        return Failure("its syntax", "SyntaxError")
    if known.version >= UNIONS or b"|" not in source:
        return None
    return first_failure(source, _Unions(tree, is_stdlib), known, whole=True)


def _is_of(source: bytes, version: tuple[int, int]) -> bool:
    """Whether a parser of a version takes a source, as far as this one, which must be newer, knows."""
    if version >= sys.version_info[:2]:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source, feature_version=version)
    except SyntaxError:
        return False
    except (ValueError, RecursionError, MemoryError):
        return True
    return True


class _Unions(Oracle):
    """Meets operators between what plainly are classes, of which one at least cannot be anything else."""

    def __init__(self, tree: ast.Module, is_stdlib: Callable[[str], bool]) -> None:
        imported: dict[str, bool] = {}  # name → of the standard library
        bound: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imported.update(_imported(node, is_stdlib))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bound.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        self._library = {name for name, known in imported.items() if known} - bound
        self._classes = CLASSES - bound - imported.keys()

    def joined(self, node: ast.BinOp) -> Failure | None:
        """Classes, None and generic aliases have no `|` before Python 3.10, and no object of the library takes them."""
        if not isinstance(node.op, ast.BitOr):
            return None
        sides = (node.left, node.right)
        sure = any(map(self._is_class, sides)) and all(self._is_class(side) or self._is_library(side) for side in sides)
        return Failure(ast.unparse(node)[:WORDS], "TypeError") if sure else None

    def _is_class(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return node.value is None or isinstance(node.value, str)
        if isinstance(node, ast.Subscript):
            return self._is_class(node.value)
        return isinstance(node, ast.Name) and node.id in self._classes

    def _is_library(self, node: ast.expr) -> bool:
        value = node.value if isinstance(node, ast.Subscript) else node
        return next(iter(dotted(value)), "") in self._library


def _imported(node: ast.Import | ast.ImportFrom, is_stdlib: Callable[[str], bool]) -> dict[str, bool]:
    """Return the names that an import binds, and whether the standard library is behind each; mocks join with all."""
    if isinstance(node, ast.Import):
        firsts = {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names}
        return {name: is_stdlib(module.partition(".")[0]) and name != "unittest" for name, module in firsts.items()}
    module = node.module or ""
    known = not node.level and module != "unittest.mock" and is_stdlib(module.partition(".")[0])
    return {alias.asname or alias.name: known for alias in node.names}
