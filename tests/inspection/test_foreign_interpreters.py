"""Interpreters of macOS and Windows, made up byte by byte: what their files say on any system."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.interpreter import Interpreter

X86_64, ARM64 = 0x01000007, 0x0100000C
MAC = Host(platform="darwin", machine="aarch64")
TEXTS = b"\0".join([b"", b"PYTHONHOME", b"3.2.0", b"3.11.9", b".cpython-311-darwin.so", b".abi3.so", b""])
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def command(kind: int, name: str, head: int) -> bytes:
    text = name.encode() + b"\0"
    body = text.ljust(-(-(head + len(text)) // 8) * 8 - head, b"\0")
    return struct.pack("<3I", kind, head + len(body), head).ljust(head, b"\0") + body


def macho(cpu: int, *libraries: str, rpaths: tuple[str, ...] = (), texts: bytes = b"") -> bytes:
    commands = [command(0xC, name, 24) for name in libraries] + [command(0x8000001C, path, 12) for path in rpaths]
    body = b"".join(commands)
    return struct.pack("<8I", 0xFEEDFACF, cpu, 0, 2, len(commands), len(body), 0, 0) + body + texts


def universal(*parts: tuple[int, bytes]) -> bytes:
    head, body, offset = struct.pack(">2I", 0xCAFEBABE, len(parts)), b"", 1024
    for cpu, data in parts:
        head += struct.pack(">5I", cpu, 0, offset + len(body), len(data), 12)
        body += data
    return head.ljust(offset, b"\0") + body


def read(path: Path, host: Host = MAC) -> Interpreter:
    return read_interpreter(str(path), Shared(view=View(), host=host))


@pytest.mark.parametrize(
    ("name", "rpaths"),
    [
        ("{root}/Versions/3.11/Python", ()),
        ("@executable_path/../Python", ()),
        ("@rpath/Python", ("/nowhere", "@loader_path/..")),
    ],
)
def test_a_framework_stub_has_the_version_of_its_library(tmp_path: Path, name: str, rpaths: tuple[str, ...]) -> None:
    home = tmp_path / "Versions" / "3.11"
    (home / "bin").mkdir(parents=True)
    (home / "lib" / "python3.11").mkdir(parents=True)
    (home / "lib" / "python3.11" / "os.py").touch()
    (home / "Python").write_bytes(universal((X86_64, macho(X86_64, texts=TEXTS)), (ARM64, macho(ARM64, texts=TEXTS))))
    stub = home / "bin" / "python3.11"
    stub.write_bytes(macho(ARM64, name.format(root=tmp_path), "/usr/lib/libSystem.B.dylib", rpaths=rpaths))
    facts = read(stub)
    assert facts.version is not None
    assert facts.version.text == "3.11.9"
    assert (facts.machine, facts.faults, facts.undecided) == ("aarch64", (), ())
    assert facts.suffixes == (".cpython-311-darwin.so", ".abi3.so", ".so")
    assert facts.libpython == str(home / "Python")
    assert (facts.prefix, facts.stdlib) == (str(home), f"{home}/lib/python3.11")


def test_its_library_is_gone(tmp_path: Path) -> None:
    (tmp_path / "python3.11").write_bytes(macho(ARM64, "/Library/Frameworks/Python.framework/Versions/3.11/Python"))
    facts = read(tmp_path / "python3.11")
    assert [fault.kind for fault in facts.faults] == ["library-missing"]
    assert facts.version is not None
    assert facts.version.text == "3.11"


def test_the_other_processor_runs_only_under_rosetta(tmp_path: Path) -> None:
    (tmp_path / "python").write_bytes(macho(X86_64, texts=TEXTS))
    assert [fault.kind for fault in read(tmp_path / "python").faults] == ["wrong-machine"]
    assert read(tmp_path / "python", replace(MAC, foreign_machines=frozenset({"x86_64"}))).faults == ()
    assert [fault.subject for fault in read(tmp_path / "python", Host(machine="x86_64")).faults] == ["darwin"]


def portable_executable(version: str, owner: str = "Python Software Foundation", machine: int = 0x8664) -> bytes:
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    head = head.ljust(0x80, b"\0") + b"PE\0\0" + struct.pack("<H", machine)
    texts = ["CompanyName", owner, "ProductVersion", version]
    return head.ljust(512, b"\0") + b"".join(text.encode("utf-16-le") + b"\0\0\0\0" for text in texts)


def test_a_windows_interpreter_beside_its_library(tmp_path: Path) -> None:
    (tmp_path / "Lib").mkdir()
    (tmp_path / "Lib" / "os.py").touch()
    for name in ("python.exe", "python311.dll"):
        (tmp_path / name).write_bytes(portable_executable("3.11.9"))
    facts = read(tmp_path / "python.exe", Host())
    assert facts.version is not None
    assert facts.version.text == "3.11.9"
    assert facts.suffixes == (".cp311-win_amd64.pyd", ".pyd")
    assert (facts.machine, facts.stdlib) == ("x86_64", f"{tmp_path}/Lib")


def test_a_redirector_is_not_taken_for_an_interpreter(tmp_path: Path) -> None:
    (tmp_path / "python.exe").write_bytes(portable_executable("3.11.9"))
    facts = read(tmp_path / "python.exe", Host())
    assert facts.version is None
    assert "redirects" in facts.undecided[0]
    (tmp_path / "python.exe").write_bytes(portable_executable("1.0", owner="Somebody"))
    assert read(tmp_path / "python.exe", Host()).version is None


@QUIET
@given(data=st.data())
def test_changed_files_give_facts(tmp_path: Path, data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from(
            [
                universal((X86_64, macho(X86_64, "@rpath/Python", rpaths=("/x",), texts=TEXTS))),
                macho(ARM64, "@rpath/Python", texts=TEXTS),
                portable_executable("3.11.9"),
            ]
        )
    )
    changed = bytearray(whole[: data.draw(st.integers(4, len(whole)))])
    for _ in range(data.draw(st.integers(0, 10))):
        changed[data.draw(st.integers(4, min(len(changed), 300) - 1)) if len(changed) > 4 else 0] = data.draw(
            st.integers(0, 255)
        )
    (tmp_path / "python").write_bytes(changed)
    assert read(tmp_path / "python").executable == str(tmp_path / "python")
