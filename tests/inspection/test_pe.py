"""The PE reader: real modules from wheels, and garbage."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.binaries import mutated, real
from tests.support.wheel_samples import wheel_members
from venvdoctor.inspection.native import judge_extension
from venvdoctor.inspection.pe import PeFile, judge_pe, read_pe
from venvdoctor.model.binary import BinaryProblem
from venvdoctor.model.interpreter import Interpreter
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path


def made(machine: int = 0x8664, dll: bytes = b"python311.dll", *, delayed: bool = False) -> bytes:
    """Return a small PE32+ library with one import and one section."""
    section = bytearray(0x200)
    section[0x28:0x50] = bytes(40)
    at = 0x1000
    struct.pack_into("<5I", section, 0, 0, 0, 0, at + 0x80, 0)  # the import row; the next one is zeros
    struct.pack_into("<8I", section, 0x28, 0, at + 0x90, 0, 0, 0, 0, 0, 0)
    section[0x80 : 0x80 + len(dll) + 1] = dll + b"\0"
    section[0x90:0x9A] = b"later.dll\0"
    optional = struct.pack("<H", 0x20B) + bytes(106) + struct.pack("<I", 16)
    places = [(0, 0)] * 16
    places[1] = (at, 40)
    places[13] = (at + 0x28, 64) if delayed else (0, 0)
    optional += b"".join(struct.pack("<II", *place) for place in places)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x2022)
    row = b".rdata\0\0" + struct.pack("<IIII", 0x200, at, 0x200, 0x400) + bytes(16)
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + coff + optional + row
    return head + bytes(0x400 - len(head)) + bytes(section)


def read(place: Path, data: bytes) -> PeFile | BinaryProblem:
    place.write_bytes(data)
    with View().open(str(place)) as blob:
        return read_pe(blob)


def test_a_made_up_file(tmp_path: Path) -> None:
    found = read(tmp_path / "a", made(delayed=True))
    assert found == PeFile("x86_64", is_dll=True, imports=("python311.dll",), delayed=("later.dll",))


@pytest.mark.parametrize("data", [b"", b"MZ", b"MZ" + bytes(200), made()[:90], b"\x7fELF"])
def test_other_files(tmp_path: Path, data: bytes) -> None:
    assert isinstance(read(tmp_path / "a", data), BinaryProblem)


def test_what_is_certain(tmp_path: Path) -> None:
    def kinds(data: bytes, machine: str | None = "x86_64", library: str | None = "/py/python311.dll") -> list[str]:
        found = read(tmp_path / "a.pyd", data)
        assert isinstance(found, PeFile)
        return [fault.kind for fault in judge_pe(str(tmp_path / "a.pyd"), found, machine, library, real())]

    assert kinds(made()) == []
    assert kinds(made(dll=b"PYTHON39.DLL")) == ["library-missing"]
    assert kinds(made(dll=b"python39.dll"), library=None) == []
    assert kinds(made(dll=b"libpq.dll")) == []  # where Windows looks is for the process to say
    assert kinds(made(machine=0x14C)) == ["wrong-machine"]
    assert kinds(made(machine=0x14C), machine=None) == []
    assert kinds(made()[:-8]) == ["truncated"]


def test_through_the_one_question(tmp_path: Path) -> None:
    (tmp_path / "python.exe").write_bytes(made())
    (tmp_path / "fast.pyd").write_bytes(made(dll=b"python39.dll"))
    shared, exe = real(), str(tmp_path / "python.exe")
    shared.interpreters[exe] = Interpreter(executable=exe, machine="x86_64", libpython="/py/python311.dll")
    found = judge_extension(str(tmp_path / "fast.pyd"), exe, shared)
    assert ([fault.subject for fault in found.faults], found.initialises) == (["python39.dll"], False)


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=mutated((made(), made(delayed=True))))
def test_garbage_gives_facts(tmp_path: Path, data: bytes) -> None:
    read(tmp_path / "garbage", data)


@pytest.mark.real
@pytest.mark.slow
def test_real_extension_modules(tmp_path: Path) -> None:
    for name, data in wheel_members("markupsafe", "win_amd64", ".pyd"):
        found = read(tmp_path / "a", data)
        assert isinstance(found, PeFile)
        assert (found.machine, found.is_dll, found.cut) == ("x86_64", True, 0)
        assert "python311.dll" in found.imports
        assert "PyInit__speedups" in found.exports, name
