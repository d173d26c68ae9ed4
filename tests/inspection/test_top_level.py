"""Sources without the bodies of their functions do the same at their top level."""

from __future__ import annotations

import ast
import glob
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from venvdoctor.inspection.constant_text import Known
from venvdoctor.inspection.import_run import Failure, Oracle, first_failure
from venvdoctor.inspection.python_source import parse
from venvdoctor.inspection.top_level import that_may_fail, without_functions

if TYPE_CHECKING:
    from venvdoctor.inspection.source_imports import Wanted

LIBRARY = sorted(glob.glob(f"{os.path.dirname(os.__file__)}/**/*.py", recursive=True))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class _Bare(ast.NodeTransformer):
    """Takes away what `without_functions` may: functions, and whatever a text says."""

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, FUNCTIONS):
            return ast.Pass()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return ast.Constant("")
        return self.generic_visit(node)


def shape(source: bytes) -> str | None:
    tree = parse(source)
    return None if tree is None else ast.dump(_Bare().visit(tree))


def test_real_modules_keep_their_top_level() -> None:
    chosen = [path for path in LIBRARY[::16] if "/test" not in path and os.path.getsize(path) < 40_000]
    assert len(chosen) > 20
    for path in chosen:
        with open(path, "rb") as stream:
            source = stream.read()
        short = shape(without_functions(source))
        assert short is None or short == shape(source), path


@pytest.mark.parametrize(
    "source",
    [
        'X = """\ndef f():\n    """\nimport gone\n',
        'def f():\n    """Text\nat the first column.\n    """\nimport gone\n',
        "def f(a,\n      b):\n    '''x'''\n    # \"\"\"\n\n    return 1\nimport gone\n",
        '@decorated\ndef f(\n    a,\n) -> None:\n    return \'"""\'\nimport gone\n',
        "class A:\n    def f(self): return 1\n    def g(self):\n\n        return 2\n\n    import gone\n",
        "if 1:\n\tdef f():\n\t\treturn 1\nimport gone\n",
        "async def f():\n    await x\nimport gone",
        "def f(): pass\r\n\r\n# said\r\nimport gone\r\n",
        "def f(): return 1 + \\\n2\nimport gone\n",
        "import gone\ndef f(:\n",
    ],
)
def test_what_fails_for_certain_fails_with_the_whole_source(source: str) -> None:
    class Gone(Oracle):
        def imported(self, wanted: Wanted) -> Failure | None:
            return Failure("gone", "ModuleNotFoundError") if wanted == ("gone", 0, ()) else None

    found = first_failure(source.encode(), Gone(), Known())
    assert (found is not None) == (parse(source) is not None)


class _Failing(ast.NodeTransformer):
    """Leaves what `that_may_fail` has to: statements that import or raise, with what is around them."""

    def visit(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Module):
            return self.generic_visit(node)
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise)):
            return node
        if isinstance(node, (ast.Try, ast.If, ast.For, ast.With, ast.ClassDef, ast.ExceptHandler)):
            kept = self.generic_visit(node)
            return (
                kept
                if any(isinstance(part, (ast.Import, ast.ImportFrom, ast.Raise)) for part in ast.walk(kept))
                else None
            )
        return None if isinstance(node, ast.stmt) else node


def failing(source: bytes) -> list[str] | None:
    """Return the statements that import or raise, wherever they stand outside of functions."""
    tree = parse(source)
    if tree is None:
        return None
    kept = _Failing().visit(tree)
    return [ast.unparse(part) for part in ast.walk(kept) if isinstance(part, (ast.Import, ast.ImportFrom, ast.Raise))]


def test_real_modules_keep_what_may_fail() -> None:
    told = 0
    for path in LIBRARY[::24]:
        with open(path, "rb") as stream:
            source = stream.read(40_000)
        short = that_may_fail(source)
        if short is None or "/test" in path or (left := failing(short)) is None:
            continue
        told += 1
        assert not Counter(failing(source)) - Counter(left), path  # lines of texts may be taken for more of them
    assert told > 15


def test_functions_cost_nothing() -> None:
    body = "".join(f"    x{number} = call({number}, [{number}])\n" for number in range(500))
    source = f"import os\ndef f():\n{body}class A:\n    def g(self):\n{body.replace('    ', '        ')}".encode()
    assert len(without_functions(source)) < 100
