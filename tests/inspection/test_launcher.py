"""Windows launchers: distlib's stub and zip, uv's trampolines, and any bytes at all."""

from __future__ import annotations

import io
import zipfile
from struct import pack
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
    for magic in (b"UVUV", b"UVSC", b"UVPY"):
        tail = path + len(path).to_bytes(4, "little") + magic
        assert read(tmp_path / "x.exe", STUB + archive() + tail) == path.decode()


def with_resources(values: dict[str, bytes], *, signature: bytes = b"") -> bytes:
    """A 64-bit program with one section, of resources: type RCDATA, names, one language each, the data."""
    names = [len(name).to_bytes(2, "little") + name.encode("utf-16-le") for name in values]
    rows = len(values)
    languages = 16 + 8 + 16 + 8 * rows  # where the tables of languages begin
    leaves = languages + 24 * rows
    texts = leaves + 16 * rows
    data = texts + sum(len(name) for name in names)
    tables = pack("<12xHHII", 0, 1, 10, 24 | 1 << 31) + pack("<12xHH", rows, 0)
    at = texts
    for index, name in enumerate(names):
        tables += pack("<II", at | 1 << 31, languages + 24 * index | 1 << 31)
        at += len(name)
    tables += b"".join(pack("<12xHHII", 0, 1, 0, leaves + 16 * index) for index in range(rows))
    at = data
    for value in values.values():
        tables += pack("<IIII", 0x1000 + at, len(value), 0, 0)
        at += len(value)
    section = tables + b"".join(names) + b"".join(values.values())
    optional = pack("<H106xI", 0x20B, 16) + bytes(16) + pack("<II", 0x1000, len(section)) + bytes(104)
    header = b"PE\0\0" + pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 2) + optional
    header += pack("<8sIIII16x", b".rsrc", len(section), 0x1000, len(section), 64 + len(header) + 40)
    return b"MZ" + bytes(58) + pack("<I", 64) + header + section + signature


def test_uv_with_resources(tmp_path: Path) -> None:
    path = "C:\\ü\\Scripts\\python.exe"
    values = {"UV_PYTHON_PATH": path.encode(), "UV_SCRIPT_DATA": archive(), "UV_TRAMPOLINE_KIND": b"\1"}
    assert read(tmp_path / "x.exe", with_resources(values)) == path
    assert read(tmp_path / "x.exe", with_resources(values, signature=bytes(20_000))) == path
    assert read(tmp_path / "x.exe", with_resources({"UV_PYTHON_PATH": b"python.exe"})) == "python.exe"
    assert read(tmp_path / "x.exe", with_resources({"OTHER": b"C:\\python.exe"})) is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 700), noise=st.binary(max_size=12), cut=st.integers(0, 900))
def test_any_resources(tmp_path: Path, at: int, noise: bytes, cut: int) -> None:
    whole = with_resources({"UV_PYTHON_PATH": b"C:\\python.exe", "UV_TRAMPOLINE_KIND": b"\1"})
    read(tmp_path / "x.exe", whole[:at] + noise + whole[at + len(noise) :])
    read(tmp_path / "x.exe", whole[:cut])


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
