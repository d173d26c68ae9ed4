"""Reads one named resource of a Windows program, where uv's launchers keep what they start.

Format: Microsoft's "PE Format", "The .rsrc Section": three levels of tables (type, name, language), then the data.
"""

from __future__ import annotations

from struct import error, iter_unpack, unpack_from
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.view import Blob

RCDATA = 10  # RT_RCDATA: bytes of the program's own
MAX_ROWS = 256  # rows of one table; the launchers have fewer than ten
MAX_SECTIONS = 96
LIMIT = 1 << 16  # bytes of a resource
_RESOURCES = 2  # place in the data directories
_BELOW = 0x80000000  # a row leads to a table, or a name is a text


def resource(blob: Blob, name: str, kind: int = RCDATA) -> bytes | None:
    """Return the bytes of a resource in its first language, None where there is none; total."""
    try:
        return _resource(blob, name, kind)
    except error:
        return None


def _resource(blob: Blob, name: str, kind: int) -> bytes | None:
    (start,) = unpack_from("<I", blob.read_at(0, 64), 0x3C)
    header = blob.read_at(start, 24 + 240 + 40 * MAX_SECTIONS)
    count, optional = unpack_from("<H12xH", header, 6)
    base = 24 + (108 if unpack_from("<H", header, 24)[0] == 0x20B else 92)
    address, size = unpack_from("<II", header, base + 4 + 8 * _RESOURCES)
    at = 24 + optional
    sections = list(iter_unpack("<8xIIII16x", header[at : at + 40 * min(count, MAX_SECTIONS)]))
    place = _offset(address, sections)
    if header[:4] != b"PE\0\0" or not address or place is None:
        return None
    table = _row(blob, place, 0, kind)
    table = None if table is None else _row(blob, place, table, name)
    leaf = None if table is None else next((value for _, value in _rows(blob, place, table)), None)
    if leaf is None or leaf & _BELOW:
        return None
    where, length = unpack_from("<II", blob.read_at(place + leaf, 8))
    data = _offset(where, sections)
    return blob.read_at(data, min(length, LIMIT)) if data is not None and size else None


def _offset(address: int, sections: list[tuple[int, ...]]) -> int | None:
    """Return where in the file the bytes are that Windows maps to an address."""
    for virtual, begin, size, offset in sections:
        if begin <= address < begin + max(virtual, size):
            return address - begin + offset
    return None


def _row(blob: Blob, place: int, table: int, wanted: int | str) -> int | None:
    """Return the table below the row of that number or name."""
    for key, value in _rows(blob, place, table):
        if value & _BELOW and (key == wanted or (key & _BELOW and _text(blob, place + (key & ~_BELOW)) == wanted)):
            return value & ~_BELOW
    return None


def _rows(blob: Blob, place: int, table: int) -> Iterator[tuple[int, int]]:
    named, numbered = unpack_from("<HH", blob.read_at(place + table, 16), 12)
    rows = blob.read_at(place + table + 16, 8 * min(named + numbered, MAX_ROWS))
    yield from iter_unpack("<II", rows[: len(rows) // 8 * 8])


def _text(blob: Blob, place: int) -> str:
    (length,) = unpack_from("<H", blob.read_at(place, 2))
    return blob.read_at(place + 2, 2 * min(length, MAX_ROWS)).decode("utf-16-le", "replace")
