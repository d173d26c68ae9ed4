"""Change the RUNPATH of a real 64-bit little-endian ELF executable, as patchelf does, in a few lines.

The dynamic string table moves to the end of the file with the new text appended, and the PT_NOTE segment, which
nothing needs at run time, becomes the PT_LOAD that maps it. Source: gABI, chapters "Program Header" and "Dynamic
Section".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_PT_LOAD, _PT_DYNAMIC, _PT_NOTE = 1, 2, 4
_DT_STRTAB, _DT_STRSZ, _DT_RPATH, _DT_RUNPATH = 5, 10, 15, 29
_PAGE = 0x10000


class _Segment(NamedTuple):
    at: int  # where its header stands
    kind: int
    offset: int
    address: int
    size: int
    end: int


def set_runpath(path: Path, runpath: str) -> None:
    """Give an executable that has a DT_RUNPATH (or DT_RPATH) another one; one without (static) stays as it is."""
    data = bytearray(path.read_bytes())
    segments = _segments(data)
    dynamic = next((item for item in segments if item.kind == _PT_DYNAMIC), None)
    if dynamic is None:
        return
    tags = {
        struct.unpack_from("<q", data, at)[0]: at + 8 for at in range(dynamic.offset, dynamic.offset + dynamic.size, 16)
    }
    slot = tags.get(_DT_RUNPATH, tags.get(_DT_RPATH))
    if slot is None:
        return
    address, size = (struct.unpack_from("<Q", data, tags[tag])[0] for tag in (_DT_STRTAB, _DT_STRSZ))
    start = next(item.offset + address - item.address for item in segments if _holds(item, address))
    table = bytes(data[start : start + size]) + runpath.encode() + b"\0"
    place = -(-len(data) // _PAGE) * _PAGE
    target = -(-max(item.end for item in segments if item.kind == _PT_LOAD) // _PAGE) * _PAGE
    data += bytes(place - len(data)) + table
    note = next(item for item in segments if item.kind == _PT_NOTE)
    struct.pack_into("<IIQQQQQQ", data, note.at, _PT_LOAD, 4, place, target, target, len(table), len(table), _PAGE)
    for tag_at, value in ((tags[_DT_STRTAB], target), (tags[_DT_STRSZ], len(table)), (slot, size)):
        struct.pack_into("<Q", data, tag_at, value)
    mode = path.stat().st_mode
    path.unlink()
    path.write_bytes(data)
    path.chmod(mode)


def _holds(item: _Segment, address: int) -> bool:
    return item.kind == _PT_LOAD and item.address <= address < item.address + item.size


def _segments(data: bytearray) -> list[_Segment]:
    (start,) = struct.unpack_from("<Q", data, 32)
    width, count = struct.unpack_from("<HH", data, 54)
    found = []
    for at in range(start, start + width * count, width):
        kind, _, offset, address, _, size, memory, _ = struct.unpack_from("<IIQQQQQQ", data, at)
        found.append(_Segment(at, kind, offset, address, size, address + memory))
    return found
