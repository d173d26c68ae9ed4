"""Reads PE files (Windows): machine, imported and exported names, and what keeps a `.pyd` from being loaded.

Format: Microsoft's "PE Format". Where Windows finds a DLL depends on the running process (directories that packages
add, the known DLLs), so that a static reader says only what is certain: the machine, and the Python that is wanted.
"""

from __future__ import annotations

import posixpath
import re
from struct import error, unpack_from
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.model.binary import BinaryProblem
from venvdoctor.model.interpreter import Fault

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import Blob

MACHINES = {0x14C: "i386", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C4: "arm"}
MAX_SECTIONS = 96  # the format's own limit
MAX_IMPORTS = 4096
MAX_EXPORTS = 1 << 17
EXPORT, IMPORT, DELAY_IMPORT = 0, 1, 13  # places in the data directories
PYTHON_DLL = re.compile(r"python(\d)(\d+)(t?)(?:_d)?\.dll\Z", re.IGNORECASE)


class Section(NamedTuple):
    """`size` bytes at `offset` of the file appear at `address`."""

    address: int
    offset: int
    size: int


class PeFile(NamedTuple):
    """The headers of a PE file and the names it trades in.

    Attributes:
        machine: `x86_64`, `i386`, `aarch64` …; `pe-N` for numbers without a name.
        is_dll: it is a library (a `.pyd` is one).
        imports: DLLs that must be there; `delayed` those that are looked for on first use.
        exports: names it offers.
        cut: bytes of its sections that lie beyond the end of the file.
    """

    machine: str
    is_dll: bool
    imports: tuple[str, ...] = ()
    delayed: tuple[str, ...] = ()
    exports: frozenset[str] = frozenset()
    cut: int = 0


class _Image:
    """The bytes of a file addressed as Windows maps them."""

    def __init__(self, blob: Blob, sections: list[Section]) -> None:
        self.blob = blob
        self.sections = sections

    def read(self, address: int, count: int) -> bytes:
        for section in self.sections:
            if section.address <= address < section.address + section.size:
                offset = address - section.address + section.offset
                return self.blob.read_at(offset, min(count, section.size)) if offset < self.blob.size else b""
        return b""

    def text(self, address: int) -> str:
        return self.read(address, 512).split(b"\0", 1)[0].decode("utf-8", "replace")


def read_pe(blob: Blob) -> PeFile | BinaryProblem:
    """Return what an open file says as PE, or why it is none; total for any content.

    Raises:
        OSError: the file cannot be read at all.
    """
    head = blob.read_at(0, 4096)
    if head[:2] != b"MZ":
        return BinaryProblem("not-binary", f"it starts with {head[:2].hex(' ')}")
    try:
        return _read(blob, head)
    except error:
        return BinaryProblem("truncated", "the file ends before its headers do")


def _read(blob: Blob, head: bytes) -> PeFile | BinaryProblem:
    (start,) = unpack_from("<I", head, 0x3C)
    if start >= blob.size:
        return BinaryProblem("truncated", "the file ends before its PE header")
    header = blob.read_at(start, 24 + 240 + 40 * MAX_SECTIONS)
    if header[:4] != b"PE\0\0":
        return BinaryProblem("not-binary", "a DOS program")
    machine, count, _, _, _, optional, flags = unpack_from("<HHIIIHH", header, 4)
    wide = unpack_from("<H", header, 24)[0] == 0x20B
    base = 24 + (108 if wide else 92)
    directories = min(unpack_from("<I", header, base)[0], 16)
    places = [unpack_from("<II", header, base + 4 + 8 * index) for index in range(directories)]
    sections = []
    for index in range(min(count, MAX_SECTIONS)):
        virtual, address, size, offset = unpack_from("<IIII", header, 24 + optional + 40 * index + 8)
        sections.append(Section(address, offset, max(size, min(virtual, size))))
    image = _Image(blob, sections)
    return PeFile(
        machine=MACHINES.get(machine, f"pe-{machine:#x}"),
        is_dll=bool(flags & 0x2000),
        imports=_imports(image, places, IMPORT, 20, 12),
        delayed=_imports(image, places, DELAY_IMPORT, 32, 4),
        exports=_exports(image, places),
        cut=max([0, *(item.offset + item.size - blob.size for item in sections)]),
    )


def _imports(image: _Image, places: list[tuple[int, int]], which: int, row: int, name_at: int) -> tuple[str, ...]:
    """Return the DLL names of an import directory, which ends with a row of zeros."""
    address = places[which][0] if len(places) > which else 0
    found: list[str] = []
    for index in range(MAX_IMPORTS if address else 0):
        data = image.read(address + row * index, row)
        if len(data) < row or not any(data):
            break
        name = image.text(unpack_from("<I", data, name_at)[0])
        if name:
            found.append(name)
    return tuple(dict.fromkeys(found))


def _exports(image: _Image, places: list[tuple[int, int]]) -> frozenset[str]:
    data = image.read(places[EXPORT][0], 40) if places and places[EXPORT][0] else b""
    if len(data) < 40:
        return frozenset()
    count, _, names = unpack_from("<III", data, 24)
    table = image.read(names, 4 * min(count, MAX_EXPORTS))
    return frozenset(image.text(unpack_from("<I", table, 4 * index)[0]) for index in range(len(table) // 4))


def judge_pe(path: str, found: PeFile, machine: str | None, library: str | None, shared: Shared) -> tuple[Fault, ...]:
    """Return why Windows would refuse an extension module, as far as that is certain.

    Args:
        path: the `.pyd`.
        found: what it holds.
        machine: what the interpreter is built for; None: nobody knows.
        library: path of the interpreter's own `pythonXY.dll`, where it is known.
        shared: the context of the scan.
    """
    if machine is not None and found.machine != machine:
        return (Fault("wrong-machine", path, found.machine, f"the interpreter is built for {machine}"),)
    if found.cut:
        return (Fault("truncated", path, "", f"{found.cut} bytes of it are missing"),)
    own = posixpath.basename(library).lower() if library else ""
    beside = posixpath.dirname(path)
    return tuple(
        Fault("library-missing", path, name, f"the interpreter brings {own}")
        for name in found.imports
        if own and PYTHON_DLL.match(name) and name.lower() != own and shared.view.kind(f"{beside}/{name}") == "missing"
    )
