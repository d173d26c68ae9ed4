"""Windows launchers: distlib's stub and zip, uv's trampolines, and any bytes at all."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.launcher import launcher_shebang
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("__main__.py", "import sys\nfrom pip import main\nsys.exit(main())\n")
    return buffer.getvalue()


def read(path: Path, data: bytes) -> str | None:
    path.write_bytes(data)
    with View().open(str(path)) as blob:
        return launcher_shebang(blob)


STUB = b"MZ" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (rb"#!C:\e\Scripts\python.exe", r"C:\e\Scripts\python.exe"),
        (rb'#!"C:\sp ace\Scripts\python.exe"', r"C:\sp ace\Scripts\python.exe"),
        (b"#!python.exe", "python.exe"),
        ("#!C:\\ü\\python.exe".encode(), "C:\\ü\\python.exe"),
    ],
)
def test_distlib(tmp_path: Path, line: bytes, command: str) -> None:
    assert read(tmp_path / "x.exe", STUB + line + b"\r\n" + archive()) == command
    assert read(tmp_path / "x.exe", STUB + line + b"\n" + archive()) == command


def test_uv(tmp_path: Path) -> None:
    path = rb"C:\e\Scripts\python.exe"
    tail = path + len(path).to_bytes(4, "little") + b"UVSC"
    assert read(tmp_path / "x.exe", STUB + archive() + tail) == path.decode()


def test_other_programs(tmp_path: Path) -> None:
    assert read(tmp_path / "x.exe", STUB) is None
    assert read(tmp_path / "x.exe", STUB + archive()) is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 200), cut=st.integers(0, 400), noise=st.binary(max_size=40))
def test_total(tmp_path: Path, at: int, cut: int, noise: bytes) -> None:
    whole = STUB[:100] + b"#!C:\\python.exe\r\n" + archive()
    read(tmp_path / "x.exe", whole[:at] + noise + whole[at:cut])
    read(tmp_path / "x.exe", whole[: len(whole) - at] + noise)
    read(tmp_path / "x.exe", noise + b"UVSC")


def test_a_windows_tree_seen_from_elsewhere_is_undecided(tmp_path: Path) -> None:
    env = tmp_path / "env"
    (env / "Scripts").mkdir(parents=True)
    (env / "Lib" / "site-packages").mkdir(parents=True)
    (env / "pyvenv.cfg").write_text("home = C:\\Python311\r\nversion = 3.11.7\r\n")
    (env / "Scripts" / "python.exe").write_bytes(STUB)
    (env / "Scripts" / "pip.exe").write_bytes(STUB + b"#!C:\\e\\Scripts\\python.exe\r\n" + archive())
    (env / "Scripts" / "activate.bat").write_text('@echo off\r\nset "VIRTUAL_ENV=C:\\e"\r\n')
    shared = Shared(view=View(), host=Host(), needs=frozenset({"scripts"}))
    facts = examine(Candidate(path=str(env)), shared)
    assert facts is not None
    assert facts.scripts is not None
    (pip,) = [item for item in facts.scripts.scripts if item.path.endswith("pip.exe")]
    assert (pip.kind, pip.problem, pip.interpreter) == ("launcher", "undecided", "C:\\e\\Scripts\\python.exe")
    assert facts.scripts.former is None
