"""Who would notice that an extension module does not load, on the patterns of real packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.extension_use import GUARDS, TAG_GUARDS, Sources
from venvdoctor.inspection.import_statements import STATEMENT, statements_of
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

MARKUPSAFE = "try:\n    from ._fast import escape\nexcept ImportError:\n    from ._native import escape\n"
NUMPY = "try:\n    from . import _fast\nexcept ImportError as exc:\n    raise ImportError('broken') from exc\n"
MULTIDICT = (
    "from typing import TYPE_CHECKING\n"
    "USE = True\n"
    "try:\n    from . import _fast\nexcept ImportError:\n    USE = False\n"
    "if TYPE_CHECKING or not USE:\n    from ._slow import x\nelse:\n    from ._fast import x\n"
)


PIECES = (
    b"import",
    b"from",
    b"from a import b",
    b"from a import (b,\nimport c)",
    b" ",
    b"\n",
    b"\\\r\n",
    b"\t",
    b"a.b",
    b"(",
    b")",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from((*PIECES, b"a" * 2001)), max_size=30).map(b"".join))
def test_statements_are_looked_for_where_the_word_stands(source: bytes) -> None:
    wanted = [(match[2], bool(match[1])) for match in STATEMENT.finditer(source)]
    assert [(item.text, item.indented) for item in statements_of(source)] == wanted


def use(root: Path, name: str, *, wrong_tag: bool = False, **sources: str) -> str:
    files = []
    for key, text in sources.items():
        file = key.replace("__", "/").replace("INIT", "__init__") + ".py"
        files.append(file)
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    return Sources(files, str(root), View()).use_of(name, TAG_GUARDS if wrong_tag else GUARDS).kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("from pkg import _fast\n", "required"),
        ("from . import (\n    other,\n    _fast,\n)\n", "required"),
        ("import pkg._fast as fast\n", "required"),
        ("from ._fast import *\n", "required"),
        (MARKUPSAFE, "optional"),
        (NUMPY, "required"),
        (MULTIDICT, "optional"),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    from . import _fast\n", "optional"),
        ("try:\n    from . import _fast\nexcept (AttributeError, ImportError):\n    _fast = None\n", "optional"),
        ("try:\n    from . import _fast\nexcept ValueError:\n    pass\n", "required"),
        ("try:\n    from . import _fast\nfinally:\n    pass\n", "required"),
        ("import sys\nif sys.platform == 'linux':\n    from . import _fast\n", "conditional"),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from ._fast import x\n", "unknown"),
        ("def load():\n    from . import _fast\n    return _fast\n", "unknown"),
        ("import importlib\nfast = importlib.import_module('pkg._fast')\n", "unknown"),
        ("from . import broken syntax\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_package_itself(tmp_path: Path, text: str, kind: str) -> None:
    assert use(tmp_path, "pkg._fast", pkg__INIT=text) == kind


def test_failure_travels_outwards_until_somebody_is_prepared(tmp_path: Path) -> None:
    inner = "from pkg._fast import Parser\n"  # yaml.cyaml
    assert (
        use(
            tmp_path,
            "pkg._fast",
            pkg__cyaml=inner,
            pkg__INIT="try:\n    from .cyaml import *\nexcept ImportError:\n    pass\n",
        )
        == "optional"
    )
    assert use(tmp_path / "2", "pkg._fast", pkg__cyaml=inner, pkg__INIT="from .cyaml import *\n") == "required"


def test_a_public_submodule_counts_and_tests_do_not(tmp_path: Path) -> None:
    plain = "from pkg import _fast\n"
    assert use(tmp_path / "1", "pkg._fast", pkg__INIT="", pkg__signal=plain) == "required"
    assert use(tmp_path / "2", "pkg._fast", pkg__INIT="", pkg__tests__test_fast=plain) == "unknown"
    assert use(tmp_path / "3", "pkg._fast", pkg__INIT="", pkg___internal=plain) == "unknown"


def test_a_handler_for_missing_modules_serves_foreign_tags_only(tmp_path: Path) -> None:
    text = "try:\n    from . import _fast\nexcept ModuleNotFoundError:\n    _fast = None\n"
    assert use(tmp_path, "pkg._fast", pkg__INIT=text, wrong_tag=True) == "optional"
    assert use(tmp_path, "pkg._fast", pkg__INIT=text) == "required"


def test_top_level_modules(tmp_path: Path) -> None:
    assert use(tmp_path, "fast") == "required"
    assert use(tmp_path, "_cffi_backend", cffi__INIT="") == "required"
    assert use(tmp_path, "_brotli", brotli="import _brotli\n") == "required"


def test_circles_end(tmp_path: Path) -> None:
    sources = {"pkg___a": "from pkg import _b, _fast\n", "pkg___b": "from pkg import _a\n", "pkg__INIT": ""}
    assert use(tmp_path, "pkg._fast", **sources) == "unknown"
