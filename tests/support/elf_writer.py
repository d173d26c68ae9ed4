"""Writes small ELF files: what a loader and venvdoctor read of a program or a library, and nothing else.

64-bit, position independent: one segment of constants, one of tables. glibc's loader takes them (a test does that), so
they are no private dialect. Source: gABI, "Dynamic Section"; Linux Standard Base, "Symbol Versioning".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

X86_64, AARCH64 = 62, 183
LOADER = "/lib64/ld-linux-x86-64.so.2"
_NULL, _NEEDED, _STRTAB, _SYMTAB, _STRSZ, _SYMENT, _SONAME, _RPATH, _RUNPATH = 0, 1, 5, 6, 10, 11, 14, 15, 29
_GNU_HASH, _VERSYM, _VERDEF, _VERDEFNUM, _VERNEED, _VERNEEDNUM = (
    0x6FFFFEF5,
    0x6FFFFFF0,
    0x6FFFFFFC,
    0x6FFFFFFD,
    0x6FFFFFFE,
    0x6FFFFFFF,
)


@dataclass(kw_only=True)
class Elf:
    """What the file says.

    Attributes:
        exports: symbol → its bytes (data) or b"" (a function).
        verneed: library → version nodes wanted of it; `verdef`: nodes that it defines itself.
        rodata: text that stands in the file, as compiled-in strings do.
    """

    soname: str = ""
    needed: Sequence[str] = ()
    runpath: str = ""
    rpath: str = ""
    interp: str = ""
    exports: Mapping[str, bytes] = field(default_factory=dict)
    undefined: Sequence[str] = ()
    verneed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    verdef: Sequence[str] = ()
    rodata: bytes = b""
    machine: int = X86_64

    def build(self) -> bytes:
        """Return the bytes of the file."""
        return _Builder(self).build()


class _Builder:
    """Lays the parts out one after the other; an address is an offset."""

    def __init__(self, elf: Elf) -> None:
        self.elf = elf
        self.strings = bytearray(b"\0")
        self.known: dict[str, int] = {"": 0}
        self.body = bytearray(bytes(64 + 56 * 6))
        self.dynamic: list[tuple[int, int]] = []

    def build(self) -> bytes:
        elf = self.elf
        interp = self.place(elf.interp.encode() + b"\0") if elf.interp else 0
        self.place(b"\0" + elf.rodata + b"\0")
        self.constants = len(self.body)
        self.body += bytes(-len(self.body) % 0x1000)
        for tag, names in (
            (_NEEDED, elf.needed),
            (_SONAME, [elf.soname]),
            (_RPATH, [elf.rpath]),
            (_RUNPATH, [elf.runpath]),
        ):
            self.dynamic += [(tag, self.text(name)) for name in names if name]
        self.symbols()
        self.versions()
        strings = self.place(bytes(self.strings))
        self.dynamic += [(_STRTAB, strings), (_STRSZ, len(self.strings)), (_NULL, 0)]
        dynamic = self.place(b"".join(struct.pack("<QQ", *entry) for entry in self.dynamic))
        self.headers(interp, dynamic)
        return bytes(self.body)

    def place(self, data: bytes) -> int:
        """Append a part at the next multiple of 8, and return where it stands."""
        self.body += bytes(-len(self.body) % 8)
        at = len(self.body)
        self.body += data
        return at

    def text(self, name: str) -> int:
        """Return the string's offset in the string table."""
        if name not in self.known:
            self.known[name] = len(self.strings)
            self.strings += name.encode() + b"\0"
        return self.known[name]

    def symbols(self) -> None:
        """Undefined symbols first, then the defined ones, all in one bucket of the hash table."""
        rows = [struct.pack("<IBBHQQ", 0, 0, 0, 0, 0, 0)]
        rows += [struct.pack("<IBBHQQ", self.text(name), 0x10, 0, 0, 0, 0) for name in self.elf.undefined]
        first, hashes = len(rows), []
        for name, data in self.elf.exports.items():
            kind = 0x11 if data else 0x12  # a global object, a global function
            rows.append(
                struct.pack("<IBBHQQ", self.text(name), kind, 0, 1, self.place(data or b"\xc3"), len(data or b"\xc3"))
            )
            hashes.append(_gnu_hash(name) & ~1)
        if hashes:
            hashes[-1] |= 1
        table = struct.pack("<IIIIQI", 1, first, 1, 6, (1 << 64) - 1, first if hashes else 0)
        table += b"".join(struct.pack("<I", item) for item in hashes)
        self.count = len(rows)
        self.relocations()
        self.dynamic += [(_SYMTAB, self.place(b"".join(rows))), (_SYMENT, 24), (_GNU_HASH, self.place(table))]

    def relocations(self) -> None:
        """One slot for each undefined symbol, which the loader fills: so that the symbol is really used."""
        names = self.elf.undefined
        if names:
            slots, kind = self.place(bytes(8 * len(names))), 6 if self.elf.machine == X86_64 else 1025  # GLOB_DAT
            rows = [
                struct.pack("<QQq", slots + 8 * number, (number + 1) << 32 | kind, 0) for number in range(len(names))
            ]
            self.dynamic += [(7, self.place(b"".join(rows))), (8, 24 * len(names)), (9, 24)]

    def versions(self) -> None:
        """Version nodes wanted and defined, and the table that says which symbol has which (none but the base)."""
        elf = self.elf
        if not elf.verneed and not elf.verdef:
            return
        plain = struct.pack("<H", 1) * (self.count - 1)
        self.dynamic.append((_VERSYM, self.place(b"\0\0" + plain)))
        if elf.verdef:
            self.dynamic += [(_VERDEF, self.place(self.defined())), (_VERDEFNUM, len(elf.verdef) + 1)]
        if elf.verneed:
            self.dynamic += [(_VERNEED, self.place(self.wanted())), (_VERNEEDNUM, len(elf.verneed))]

    def defined(self) -> bytes:
        nodes = [(self.elf.soname or "base", 1), *((name, 0) for name in self.elf.verdef)]
        out = b""
        for number, (name, flags) in enumerate(nodes, start=1):
            following = 28 if number < len(nodes) else 0
            out += struct.pack("<HHHHIII", 1, flags, number, 1, _sysv_hash(name), 20, following)
            out += struct.pack("<II", self.text(name), 0)
        return out

    def wanted(self) -> bytes:
        out, index = b"", 2 + len(self.elf.verdef)
        for number, (library, nodes) in enumerate(self.elf.verneed.items(), start=1):
            size = 16 * (1 + len(nodes))
            following = size if number < len(self.elf.verneed) else 0
            out += struct.pack("<HHIII", 1, len(nodes), self.text(library), 16, following)
            for place, node in enumerate(nodes, start=1):
                out += struct.pack(
                    "<IHHII", _sysv_hash(node), 0, index, self.text(node), 16 if place < len(nodes) else 0
                )
                index += 1
        return out

    def headers(self, interp: int, dynamic: int) -> None:
        size, elf = len(self.body), self.elf
        start = self.constants + -self.constants % 0x1000
        rows = [(6, 4, 64, 56 * 6, 8)] if elf.interp else []
        rows += [(3, 4, interp, len(elf.interp) + 1, 1)] if elf.interp else []
        rows += [(1, 4, 0, self.constants, 0x1000), (1, 6, start, size - start, 0x1000)]
        rows += [(2, 6, dynamic, 16 * len(self.dynamic), 8), (0x6474E551, 6, 0, 0, 16)]
        ident = b"\x7fELF\x02\x01\x01" + bytes(9)
        head = struct.pack("<HHIQQQIHHHHHH", 3, elf.machine, 1, 0, 64, 0, 0, 64, 56, len(rows), 64, 0, 0)
        self.body[:64] = ident + head
        for number, (kind, flags, offset, length, align) in enumerate(rows):
            row = struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, length, length, align)
            self.body[64 + 56 * number : 120 + 56 * number] = row


def _gnu_hash(name: str) -> int:
    value = 5381
    for byte in name.encode():
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def _sysv_hash(name: str) -> int:
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value
