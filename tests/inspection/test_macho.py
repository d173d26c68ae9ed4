"""The Mach-O reader: made-up files, real ones from wheels, garbage."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.binaries import mutated, real, tree
from tests.support.elf_writer import Elf
from tests.support.wheel_samples import wheel_members
from venvdoctor.inspection.macho import Slice, judge_macho, macho_symbols, read_macho
from venvdoctor.inspection.native import judge_extension
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.binary import BinaryProblem
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Interpreter
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from pathlib import Path

ARM, INTEL = 0x0100000C, 0x01000007
LOAD, WEAK, RPATH, IDENTITY = 0xC, 0x80000018, 0x8000001C, 0xD
EXT = "/env/lib/python3.11/site-packages/pkg/fast.cpython-311-darwin.so"
EXE = "/opt/py/bin/python3.11"


def command(kind: int, text: str) -> bytes:
    start = 24 if kind != RPATH else 12
    body = text.encode() + b"\0"
    body += bytes(-(start + len(body)) % 8)
    return struct.pack("<3I", kind, start + len(body), start) + bytes(start - 12) + body


def thin(*commands: bytes, cpu: int = ARM, kind: int = 8) -> bytes:
    """Return a file with one exported symbol, `_PyInit_fast`."""
    names = b"\0_PyInit_fast\0_PyList_New\0"
    body = b"".join(commands)
    start = 32 + len(body) + 24
    rows = struct.pack("<IBBHQ", 1, 0x0F, 1, 0, 0) + struct.pack("<IBBHQ", 14, 0x01, 0, 0, 0)
    body += struct.pack("<6I", 2, 24, start, 2, start + len(rows), len(names))
    head = struct.pack("<8I", 0xFEEDFACF, cpu, 0, kind, len(commands) + 1, len(body), 0, 0)
    return head + body + rows + names


def fat(*parts: bytes) -> bytes:
    head = struct.pack(">II", 0xCAFEBABE, len(parts))
    body = b""
    for part in parts:
        cpu = struct.unpack_from("<I", part, 4)[0]
        head += struct.pack(">5I", cpu, 0, 4096 + len(body), len(part), 0)
        body += part
    return head + bytes(4096 - len(head)) + body


SAMPLE = fat(thin(command(LOAD, "@rpath/liba.dylib"), command(RPATH, "@loader_path/x")), thin(cpu=INTEL))


def slices(place: Path, data: bytes) -> tuple[Slice, ...] | BinaryProblem:
    place.write_bytes(data)
    with View().open(str(place)) as blob:
        return read_macho(blob)


def test_a_universal_file(tmp_path: Path) -> None:
    found = slices(tmp_path / "a", SAMPLE)
    assert not isinstance(found, BinaryProblem)
    assert [(part.machine, part.type) for part in found] == [("aarch64", "bundle"), ("x86_64", "bundle")]
    assert found[0].dylibs == (("@rpath/liba.dylib", "load"),)
    assert found[0].rpaths == ("@loader_path/x",)
    with View().open(str(tmp_path / "a")) as blob:
        assert macho_symbols(blob, found[1]) == ({"PyInit_fast"}, {"PyList_New"})


@pytest.mark.parametrize("data", [b"", b"\xca\xfe\xba\xbe\0\0\0\x34java", b"\xcf\xfa\xed\xfe", thin()[:50], b"text"])
def test_other_files(tmp_path: Path, data: bytes) -> None:
    assert isinstance(slices(tmp_path / "a", data), BinaryProblem)


def judge(root: Path, data: bytes, *there: str) -> list[tuple[str, str]]:
    tree(root, {EXT: data, EXE: thin(command(RPATH, "@loader_path/../lib"), kind=2), **dict.fromkeys(there, b"x")})
    shared = Shared(view=rooted_view(str(root)), host=Host(platform="darwin", machine="aarch64"))
    shared.interpreters[EXE] = Interpreter(executable=EXE, machine="aarch64")
    return [(fault.kind, fault.subject) for fault in judge_extension(EXT, EXE, shared).faults]


@pytest.mark.parametrize(
    ("wanted", "rpath", "there"),
    [
        ("/usr/lib/libSystem.B.dylib", "", ""),
        ("/System/Library/Frameworks/Security.framework/Security", "", ""),
        ("@loader_path/.dylibs/liba.dylib", "", "/env/lib/python3.11/site-packages/pkg/.dylibs/liba.dylib"),
        ("@rpath/liba.dylib", "@loader_path/x", "/env/lib/python3.11/site-packages/pkg/x/liba.dylib"),
        ("@rpath/liba.dylib", "/opt/homebrew/lib", "/opt/homebrew/lib/liba.dylib"),
        ("@rpath/liba.dylib", "", "/opt/py/lib/liba.dylib"),
        ("@executable_path/../lib/liba.dylib", "", "/opt/py/lib/liba.dylib"),
        ("/opt/homebrew/opt/a/lib/liba.dylib", "", "/opt/homebrew/opt/a/lib/liba.dylib"),
        ("@rpath/libtorch.dylib", "", "/env/lib/python3.11/site-packages/torch/lib/libtorch.dylib"),
        ("/Library/Frameworks/Python.framework/Versions/3.11/Python", "", ""),
    ],
)
def test_where_libraries_are_found(tmp_path: Path, wanted: str, rpath: str, there: str) -> None:
    data = thin(command(LOAD, wanted), *([command(RPATH, rpath)] if rpath else []))
    assert judge(tmp_path, data, *([there] if there else [])) == []


def test_faults(tmp_path: Path) -> None:
    gone = "/opt/homebrew/opt/libpq/lib/libpq.5.dylib"
    assert judge(tmp_path / "1", thin(command(LOAD, gone))) == [("library-missing", gone)]
    assert judge(tmp_path / "2", thin(command(WEAK, gone))) == []
    assert judge(tmp_path / "3", thin(cpu=INTEL)) == [("wrong-machine", "x86_64")]
    assert judge(tmp_path / "4", fat(thin(cpu=INTEL), thin())) == []
    assert judge(tmp_path / "5", Elf().build()) == [("foreign-format", "ELF")]
    assert judge(tmp_path / "6", b"MZ" + bytes(90)) == [("foreign-format", "PE")]


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=mutated((SAMPLE, thin(command(LOAD, "/a"), command(IDENTITY, "b")))))
def test_garbage_gives_facts(tmp_path: Path, data: bytes) -> None:
    found = slices(tmp_path / "garbage", data)
    if not isinstance(found, BinaryProblem):
        with View().open(str(tmp_path / "garbage")) as blob:
            for part in found:
                macho_symbols(blob, part)
        judge_macho(EXT, found, "aarch64", EXE, real())


@pytest.mark.real
@pytest.mark.slow
def test_real_extension_modules(tmp_path: Path) -> None:
    for name, data in wheel_members("markupsafe", "macosx_11_0_arm64", ".so"):
        found = slices(tmp_path / "a", data)
        assert not isinstance(found, BinaryProblem)
        assert (found[0].machine, found[0].type, found[0].cut) == ("aarch64", "bundle", 0)
        with View().open(str(tmp_path / "a")) as blob:
            defined, undefined = macho_symbols(blob, found[0])
        assert "PyInit__speedups" in defined, name
        assert any(symbol.startswith("Py") for symbol in undefined)
        cut = slices(tmp_path / "a", data[: len(data) // 2])
        assert not isinstance(cut, BinaryProblem)
        assert cut[0].cut > 0
