"""pyvenv.cfg in every state of disrepair: facts, never an exception, and no more than a bounded look."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.privileges import bound_by_modes
from venvdoctor.inspection.getpath import classic_home, modern_home, modern_lines
from venvdoctor.inspection.pyvenv_cfg import parse_cfg, read_cfg
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"home = /usr/bin\nversion = 3.11.2\n"


def problem(path: Path) -> str | None:
    found = read_cfg(str(path), View())
    return found.problem if found else "no file"


def test_what_stands_in_its_place(tmp_path: Path) -> None:
    cfg = tmp_path / "pyvenv.cfg"
    assert problem(tmp_path) == "no file"
    for make in (cfg.mkdir, lambda: os.mkfifo(cfg), lambda: cfg.symlink_to("/gone")):
        make()
        assert problem(tmp_path) == "not-a-file"
        cfg.rmdir() if cfg.is_dir() else cfg.unlink()
    cfg.write_bytes(TEXT)
    os.truncate(cfg, 10 << 30)
    assert problem(tmp_path) == "too-large"


def test_denied_is_not_absent(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_bytes(TEXT)
    (tmp_path / "pyvenv.cfg").chmod(0)
    with bound_by_modes():
        assert problem(tmp_path) == "unreadable"


def test_keys_are_read_as_site_does() -> None:
    found = parse_cfg("/e/pyvenv.cfg", b"Home = /a\nhome=/b\n = x\nnothing\nINCLUDE-system-site-packages = True \n")
    assert found.entries == (("home", "/a"), ("home", "/b"), ("", "x"), ("include-system-site-packages", "True"))
    assert (found.first("home"), found.get("home"), found.system_site) == ("/a", "/b", True)


def test_other_encodings_are_told_apart() -> None:
    assert parse_cfg("/c", b"\xef\xbb\xbf" + TEXT).problem == "bom"
    assert parse_cfg("/c", TEXT.decode().encode("utf-16")).detail == "the file is UTF-16"
    latin = parse_cfg("/c", TEXT + b"prompt = caf\xe9\n")
    assert (latin.problem, latin.detail) == ("not-utf8", "byte 0xe9 in line 3")
    assert latin.get("home") == "/usr/bin"


def test_only_three_line_breaks_count() -> None:
    found = parse_cfg("/c", "home = /a\x0b\x85b\rversion = 1\r\nx = y".encode())
    assert found.entries == (("home", "/a\x0b\x85b"), ("version", "1"), ("x", "y"))


@pytest.mark.parametrize(
    ("data", "classic", "modern"),
    [
        (b"home = /usr/bin\n", "/usr/bin", "/usr/bin"),
        (b"home = /usr/bin", None, "/usr/bin"),
        (b"home=/usr/bin\n", None, "/usr/bin"),
        (b"home =  /usr/bin \n", " /usr/bin ", "/usr/bin"),
        (b"  home\t=\t/usr/bin\n", "/usr/bin", "/usr/bin"),
        (b"HOME = /usr/bin\n", None, "/usr/bin"),
        (b"home = /usr/bin\r\n", "/usr/bin", "/usr/bin"),
        (b"home =\nhome = /b\n", "/b", ""),
        (b"#home = /a\nhome = /b\n", "/b", "/b"),
        (b"home = /a # b\n", "/a # b", "/a # b"),
        (b"\0home = /a\n", None, None),
        (b"x = " + b"y" * 9000 + b"\nhome = /a\n", None, "/a"),
        (b"", None, None),
    ],
)
def test_home_as_either_getpath_reads_it(data: bytes, classic: str | None, modern: str | None) -> None:
    assert classic_home(data) == classic
    assert modern_home(modern_lines(data)) == modern


@given(st.binary(max_size=400) | st.text(alphabet='home=/ab \t\r\n#"\0\ufeffé', max_size=80).map(str.encode))
def test_any_bytes_give_facts(data: bytes) -> None:
    found = parse_cfg("/e/pyvenv.cfg", data)
    assert found.text.encode("utf-8", "surrogateescape") == data
    assert all(key == key.strip().lower() for key, _ in found.entries)
    for home in (classic_home(data), modern_home(modern_lines(data))):
        assert home is None or "\n" not in home
