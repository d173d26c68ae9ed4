"""Activate files of every creator and shell name the environment they were written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.envs import make_environment
from tests.support.pythons import every
from venvdoctor.inspection.activate import parse_activate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pythons import Python

TOOLS = ("venv", "virtualenv", "uv")


@pytest.mark.real
@every("3.8")
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", ["plain", "sp ace", "it's", "d$llar"])
def test_real_files(tmp_path: Path, interpreter: Python, tool: str, name: str) -> None:
    env = make_environment(tool, interpreter, tmp_path / name)
    seen = 0
    for path in (env / "bin").glob("activate*"):
        named = parse_activate(path.read_text())
        if named is None or named.computed:
            continue
        seen += 1
        if named.path != str(env):  # csh and fish escape what sh does not
            assert name != "plain", (path.name, named)
            assert name != "sp ace", (path.name, named)
    # In double quotes a shell expands the dollar: such a file of venv names no place that anybody could tell.
    assert seen >= 2 or (tool, name) == ("venv", "d$llar")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('VIRTUAL_ENV="/a/b"\nexport VIRTUAL_ENV\n', "/a/b"),
        ('    export VIRTUAL_ENV=$(cygpath "/a")\nelse\n    export VIRTUAL_ENV="/a"\n', "/a"),
        ("VIRTUAL_ENV=/a\n", "/a"),
        ("VIRTUAL_ENV='/a b'\n", "/a b"),
        ("setenv VIRTUAL_ENV '/a'\n", "/a"),
        ('set -gx VIRTUAL_ENV "/a"\n', "/a"),
        ("    const virtual_env = '/a'\n", "/a"),
        ("let virtual_env = r#'/a'#\n", "/a"),
        ('            self.embedded_virtual_env = "/\\xfc b/it\'s"\n', "/ü b/it's"),
        ("self.embedded_virtual_env = '/a'\n", "/a"),
        ('@set "VIRTUAL_ENV=C:\\e"\n', "C:\\e"),
        ("set VIRTUAL_ENV=C:\\e\n", "C:\\e"),
        ('@for %%i in ("/a\\b") do @set "VIRTUAL_ENV=%%~fi"\n', "/a\\b"),
    ],
)
def test_dialects(text: str, path: str) -> None:
    named = parse_activate(text)
    assert named is not None
    assert named.path == path


def test_files_that_find_their_own_place() -> None:
    relocatable = 'VIRTUAL_ENV=\'\'"$(dirname -- "$(dirname -- "$(realpath -- "$SCRIPT_PATH")")")"\'\'\n'
    named = parse_activate(relocatable)
    assert named is not None
    assert named.computed
    assert parse_activate("$env:VIRTUAL_ENV = $VenvDir\n") is None
    assert parse_activate("unset VIRTUAL_ENV\n") is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_total(text: str) -> None:
    parse_activate(text)
    for start in ("VIRTUAL_ENV=", "setenv VIRTUAL_ENV ", "let virtual_env = "):
        parse_activate(start + text)
