"""The ELF reader against real files, made-up files and garbage."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.binaries import mutated, samples
from tests.support.elf_writer import LOADER, Elf
from venvdoctor.inspection.elf import read_elf
from venvdoctor.inspection.elf_symbols import (
    SymbolTable,
    exported_symbols,
    has_export,
    search_rodata,
    symbol_value_bytes,
    undefined_symbols,
)
from venvdoctor.model.binary import BinaryProblem, ElfFile
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs ELF files of this machine")


def read(path: Path) -> ElfFile | BinaryProblem:
    with View().open(str(path)) as blob:
        return read_elf(blob)


def test_a_made_up_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    elf = Elf(
        soname="liba.so.1",
        needed=["libb.so.2", "$ORIGIN/../libc.so"],
        runpath="$ORIGIN/x:/y",
        rpath="/z",
        interp=LOADER,
        verneed={"libb.so.2": ["B_1", "B_2"]},
        verdef=["A_1"],
    )
    (tmp_path / "a").write_bytes(elf.build())
    found = read(tmp_path / "a")
    assert isinstance(found, ElfFile)
    assert (found.machine, found.bits, found.little, found.type) == ("x86_64", 64, True, "dyn")
    assert (found.soname, found.needed) == ("liba.so.1", ("libb.so.2", "$ORIGIN/../libc.so"))
    assert (found.runpath, found.rpath, found.interp) == ("$ORIGIN/x:/y", "/z", LOADER)
    assert [(need.library, need.version, need.weak) for need in found.verneed] == [
        ("libb.so.2", "B_1", False),
        ("libb.so.2", "B_2", False),
    ]
    assert "A_1" in found.verdef
    assert (found.cut, found.is_library) == (0, True)


def test_symbols_of_a_made_up_file(tmp_path: Path) -> None:
    elf = Elf(exports={"Py_Version": struct.pack("<I", 0x030B07F0), "other": b""}, undefined=["PyList_New", "puts"])
    (tmp_path / "a").write_bytes(elf.build())
    with View().open(str(tmp_path / "a")) as blob:
        found = read_elf(blob)
        assert isinstance(found, ElfFile)
        assert symbol_value_bytes(blob, found, "Py_Version", 4) == b"\xf0\x07\x0b\x03"
        assert symbol_value_bytes(blob, found, "absent", 4) is None
        assert has_export(blob, found, "other")
        assert not has_export(blob, found, "puts")
        assert exported_symbols(blob, found) == {"Py_Version", "other"}
        assert [symbol.name for symbol in undefined_symbols(blob, found)] == ["PyList_New", "puts"]
        assert [symbol.name for symbol in SymbolTable(blob, found).undefined(("Py",))] == ["PyList_New"]


def test_32_bit_big_endian(tmp_path: Path) -> None:
    header = (
        b"\x7fELF\x01\x02\x01" + bytes(9) + struct.pack(">HHIIIIIHHHHHH", 3, 20, 1, 0, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    )
    load = struct.pack(">IIIIIIII", 1, 0, 0, 0, 84, 84, 5, 0x1000)
    (tmp_path / "a").write_bytes(header + load)
    found = read(tmp_path / "a")
    assert isinstance(found, ElfFile)
    assert (found.machine, found.bits, found.endianness, found.needed) == ("ppc", 32, "big", ())


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"#!/bin/sh\n", "text"),
        (b"version https://git-lfs", "text"),
        (b"MZ\0\0" * 9, "not-binary"),
        (b"\x7fELF\x02\x01\x01", "truncated"),
        (b"\x7fELF\x02\x01\x01" + bytes(20), "truncated"),
        (b"\x7fELF\x09\x01\x01" + bytes(100), "garbled"),
    ],
)
def test_other_files(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "a").write_bytes(data)
    found = read(tmp_path / "a")
    assert isinstance(found, BinaryProblem)
    assert found.kind == kind


def test_bytes_that_are_missing_are_counted(tmp_path: Path) -> None:
    data = Elf(soname="x", rodata=b"a" * 5000).build()
    (tmp_path / "a").write_bytes(data[:-100])
    found = read(tmp_path / "a")
    assert isinstance(found, ElfFile)
    assert found.cut == 100


def test_search_gives_a_match_on_the_border_of_two_chunks_once(tmp_path: Path) -> None:
    data = Elf(rodata=b"\0" * ((1 << 20) - 600) + b"3.9.18".join([b"\0" * 300] * 4)).build()
    (tmp_path / "a").write_bytes(data)
    with View().open(str(tmp_path / "a")) as blob:
        found = read_elf(blob)
        assert isinstance(found, ElfFile)
        assert len(list(search_rodata(blob, found, re.compile(rb"3\.9\.18")))) == 3


@linux
@pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm of binutils")
def test_symbols_agree_with_nm() -> None:
    path = shutil.which("ls") or "/bin/ls"
    lines = subprocess.run(["nm", "-D", path], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [(line.split()[-2], line.split()[-1].partition("@")[0]) for line in lines]
    with View().open(path) as blob:
        elf = read_elf(blob)
        assert isinstance(elf, ElfFile)
        assert {symbol.name for symbol in undefined_symbols(blob, elf)} == {
            name for kind, name in rows if kind in "Uvw"
        }
        defined = {name for kind, name in rows if kind not in "Uvw"}
        assert exported_symbols(blob, elf) == defined
        assert all(has_export(blob, elf, name) for name in defined)


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=mutated(samples()))
def test_garbage_gives_facts(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "garbage"
    place.write_bytes(data)
    with View().open(str(place)) as blob:
        found = read_elf(blob)
        if isinstance(found, ElfFile):
            table = SymbolTable(blob, found)
            table.find("PyInit_x")
            table.relocated({1, 2})
            exported_symbols(blob, found)
            undefined_symbols(blob, found)
            list(search_rodata(blob, found, re.compile(rb"\d\.\d")))
