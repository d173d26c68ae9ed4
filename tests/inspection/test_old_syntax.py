"""What a Python 3 refuses in modules written for Python 2, and what merely looks like it."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.pythons import pythons
from venvdoctor.inspection.old_syntax import may_be_old, old_syntax
from venvdoctor.inspection.source_imports import bindings, touches_path

REFUSED = [
    b"print 'hello'\n", b"if 1:\n    print x, y\n", b"try:\n    1\nexcept OSError, e:\n    pass\n",
    b"try:\n    1\nexcept (OSError, ValueError), e:\n    pass\n", b"def f():\n    raise ValueError, 'x'\n",
    b"if 1:\n        a = 1\n\tb = 1\n", b"def f():\n\tprint x\n",
]  # fmt: skip
TAKEN = [
    b"print('hello')\n", b"'''\nprint x,\nraise ValueError, 'x'\n'''\n", b"try:\n    1\nexcept (OSError, ValueError):\n    1\n",
    b"if 1:\n\ta = 1\n\tb = 1\nif 2:\n    a = 1\n", b"# print x\nprint = 1\n", b"raise_, e = 1, 2\n", b"", b"\0print 'x'\n",
]  # fmt: skip


@pytest.mark.parametrize("source", REFUSED + TAKEN)
def test_as_the_interpreter_says(source: bytes) -> None:
    told = old_syntax(source, (3, 8))
    assert bool(told) == (source in REFUSED)
    for python in pythons("3.8", "3.13")[-1:] if b"\0" not in source else ():
        code = "import sys; compile(sys.stdin.buffer.read(), 'x', 'exec')"
        done = subprocess.run([python.path, "-c", code], input=source, capture_output=True, check=False)
        assert (done.returncode != 0) == bool(told)
        assert told.encode() in done.stderr


def test_only_projects_that_do_not_ask_for_python_3() -> None:
    assert [may_be_old(text) for text in (None, "", ">=2.7", ">=2.7, !=3.0.*", "<4")] == [True] * 5
    assert [may_be_old(text) for text in (">=3.8", ">3", "~=3.6", "==3.*", ">= 3.10,<4")] == [False] * 5


def test_a_getattr_that_lists_its_names_hides_no_others() -> None:
    known = b"def __getattr__(name):\n    'words'\n    if name == 'a':\n        return 1\n    elif name == 'b':\n        return 2\n"
    assert bindings(known + b"    raise AttributeError(name)\n") == {"__getattr__", "a", "b"}
    assert bindings(known + b"    else:\n        raise AttributeError(name)\n") == {"__getattr__", "a", "b"}
    assert bindings(known) is None
    assert bindings(known + b"    return load(name)\n") is None
    assert bindings(b"x = globals().keys()\n") == {"x"}
    assert bindings(b"x = globals()\n") is None


def test_speaking_of_the_path_is_not_using_it() -> None:
    assert not touches_path(b"'your sys.path'\n# sys.path\n")
    assert touches_path(b"import sys\nsys.path.insert(0, 'x')\n")
    assert touches_path(b"sys.path = ")


def test_a_keyword_of_later_versions_is_a_name_in_earlier_ones() -> None:
    """Python 3.6 runs it, whatever the one that looks at it says."""
    source = b'"""\nprint "so it was"\n"""\nasync = True\n'
    assert old_syntax(source, (3, 6)) == ""
    assert old_syntax(source, (3, 8)) == "SyntaxError"
