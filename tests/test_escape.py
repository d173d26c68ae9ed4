"""What a name may do to a terminal, a log or a shell: nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvdoctor.escape import inert, json_text, printable
from venvdoctor.typeset import quote


@given(st.text(st.characters(codec=None)))
def test_what_is_printable_prints(text: str) -> None:
    assert printable(text).isprintable()
    assert inert(text).isprintable()
    assert printable(text) == text or not text.isprintable()


@given(st.text(st.characters(codec=None)))
def test_json_is_ascii_and_comes_back(text: str) -> None:
    written = json_text({"a": text, text: [text]})
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written) == {"a": text, text: [text]}
    assert "##[" not in written


def test_examples() -> None:
    assert printable("a\nb\x1b[0m\udcff\u202e") == "a\\x0ab\\x1b[0m\\xff\\u202e"
    assert printable("naïve 环境 \\") == "naïve 环境 \\"
    assert inert("x ::error:: ##[y] ##vso[z]") == "x \\x3a:error:: ##\\x5by] ##vso\\x5bz]"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_quoted_path_is_read_back_by_a_shell() -> None:
    names = ["a b", "a\nb", "x##[y]", " ::a'b\\", "caf\udce9", "$(x) `y` !z *", "-n", "环境\t", "\x1b[31m", "'", '"']
    for name in names:
        shown = quote(name)
        assert shown.isprintable()
        done = subprocess.run(["bash", "-c", f"printf %s {shown}"], capture_output=True, check=True, timeout=30)
        if name != "-n":
            assert done.stdout == os.fsencode(name), shown
