"""Readers of binary files."""

from __future__ import annotations

import os
import struct
import sys
from typing import Any

from tests.fuzz.memory import MemoryBlob
from tests.fuzz.target import part, shared_over, target
from tests.support.elf_writer import Elf


def _head(path: str, count: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(count)
    except OSError:
        return b""


PYTHON = os.path.realpath(sys.executable)
LIBRARY = Elf(
    soname="libx.so.1", needed=["libc.so.6", "$ORIGIN/y.so"], runpath="$ORIGIN/../lib", exports={"PyInit_x": b"1"}
).build()


@target(LIBRARY, _head(PYTHON, 20_000), words=b"\x7fELF \xff\xff\xff\xff \x7f\xff\xff\xff\xff\xff\xff\xff \0\0\0\0")
def elf(data: bytes) -> None:
    from venvdoctor.inspection import elf_symbols, program_text

    blob: Any = MemoryBlob("/x", data)
    found = part("inspection.elf").read_elf(blob)
    if type(found).__name__ == "ElfFile":
        elf_symbols.exported_symbols(blob, found)
        elf_symbols.undefined_symbols(blob, found)
        elf_symbols.has_export(blob, found, "PyInit_x")
        elf_symbols.symbol_value_bytes(blob, found, "Py_Version", 4)
        program_text.elf_constants(blob, found)


@target(LIBRARY, words=b"\x7fELF \xff\xff\xff\xff \0\0\0\0 3.11.2 libpython3.11.so.1.0")
def elf_interpreter(data: bytes) -> None:
    part("inspection.interpreter").read_interpreter("/p/bin/python3.11", shared_over({"/p/bin/python3.11": data}))


MACHO = (
    struct.pack("<IIIIIIII", 0xFEEDFACF, 0x01000007, 3, 6, 3, 200, 0, 0)
    + struct.pack("<IIIIII", 0xC, 56, 24, 2, 0, 0)
    + b"@rpath/libpython3.11.dylib".ljust(32, b"\0")
    + struct.pack("<III", 0x8000001C, 40, 12)
    + b"@loader_path/../lib".ljust(28, b"\0")
    + struct.pack("<IIIIII", 2, 24, 300, 4, 400, 60)
    + bytes(400)
)
FAT = struct.pack(">II", 0xCAFEBABE, 1) + struct.pack(">IIIII", 0x01000007, 3, 64, len(MACHO), 0)
FAT = FAT.ljust(64, b"\0") + MACHO


@target(MACHO, FAT, words=b"\xcf\xfa\xed\xfe \xca\xfe\xba\xbe \xca\xfe\xba\xbf \xff\xff\xff\xff \0\0\0\0")
def macho(data: bytes) -> None:
    from venvdoctor.inspection import interpreter_macho
    from venvdoctor.inspection import macho as reader

    blob: Any = MemoryBlob("/x", data)
    found = reader.read_macho(blob)
    for piece in () if isinstance(found, part("model.binary").BinaryProblem) else found:
        reader.macho_symbols(blob, piece)
        reader.macho_value(blob, piece, "_Py_Version")
    interpreter_macho.read_macho_interpreter("/x", shared_over({"/x": data}))


PE = (b"MZ".ljust(60, b"\0") + (64).to_bytes(4, "little") + b"PE\0\0") + struct.pack(
    "<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22
)
PE += struct.pack("<H", 0x20B).ljust(112, b"\0") + struct.pack("<II", 0x1000, 40) * 16
PE += b".text\0\0\0" + struct.pack("<IIII", 0x1000, 0x1000, 0x400, 0x200) + bytes(16)
PE = (
    PE.ljust(0x200, b"\0")
    + struct.pack("<IIIII", 0x1040, 0, 0, 0x1060, 0x1040)
    + bytes(44)
    + b"python311.dll\0".ljust(0x300, b"\0")
)


@target(PE, words=b"MZ PE\0\0 \xff\xff\xff\xff \0\0\0\0 \x0b\x02 \x0b\x01")
def pe(data: bytes) -> None:
    from venvdoctor.inspection import interpreter_pe, launcher
    from venvdoctor.inspection import pe as reader

    blob: Any = MemoryBlob("/x", data)
    reader.read_pe(blob)
    launcher.launcher_shebang(blob)
    interpreter_pe.read_pe_interpreter("/x", shared_over({"/x": data}))


@target(
    _head("/etc/ld.so.cache", 8000),
    b"glibc-ld.so.cache1.1" + struct.pack("<IIIIIIIII", 1, 20, 2, 0, 0, 0, 0, 0, 0) + bytes(80),
)
def ld_cache(data: bytes) -> None:
    part("inspection.ld_cache").parse_cache(data)
