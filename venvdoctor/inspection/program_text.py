"""Searches the constants of a Python binary: extension suffixes, version texts, the compiled-in PREFIX.

The linker merges equal tails (`3.9.18` may exist only as the end of `/opt/python/3.9.18`), so what stands before a
text proves nothing; what ends it (NUL) does. Sources: Python/dynload_shlib.c, Modules/getpath.c, Python/getversion.c.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.model.binary import ElfFile
    from venvdoctor.view import Blob

PIECE = 1 << 20  # bytes
OVERLAP = 4096  # bytes that two pieces share, so that no text is cut
MAX_TEXT = 1 << 25  # bytes of constants that are searched; a libpython has 1 to 6 MB of them
MAX_FOUND = 64
MAX_HITS = 10_000  # of one search in one piece; a hostile file may hold millions, real ones have tens
PF_X, PF_W = 1, 2
_SUFFIX = re.compile(rb"\.(?:cpython-\d{2,3}[a-z]{0,3}|abi3t?)(?:-[A-Za-z0-9_]{1,40}){0,4}\.so\Z")
_SO = re.compile(rb"\.so\0")  # a pattern that begins with plain text is found in half of the time of `bytes.find`
_SERIES = rb"[23]\.\d{1,2}"
_PATCH = rb"\.\d{1,3}(?:(?:a|b|rc)\d{1,3})?\+?\0"
_PREFIX = re.compile(rb"\0(/[A-Za-z0-9_.@+~-][^\0-\x1f\x7f:%*?\"<>|;]{2,1000})(?=\0)")
# Absolute paths that every Python or its bundled libraries hold, and that are no PREFIX.
_NO_PREFIX = re.compile(
    r"/(?:dev|proc|sys|etc|bin|selinux|tmp/(?:perf|jit)-|lib/python|lib/ld-|lib64/|usr/(?:tmp|share|bin)(?:/|$)|var/tmp|"
    r"site-packages|tools/deps|XLC_LOCALE|\.|__)|.*[({\\]|.*XXXXXX$"
)


class Constants:
    """The read-only data of a binary, in pieces that overlap."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = tuple(pieces)

    def suffixes(self) -> tuple[str, ...]:
        """Return the extension suffixes (`.cpython-311-x86_64-linux-gnu.so`, `.abi3.so` …), in the table's order."""
        found: dict[str, None] = {}
        for data in self._pieces:
            for end in (hit.start() for hit in islice(_SO.finditer(data), MAX_HITS)):
                start = data.rfind(b"\0", max(0, end - 200), end) + 1
                match = _SUFFIX.match(data, start, end + 3) or _SUFFIX.search(data, max(start, end - 60), end + 3)
                if match and len(found) < MAX_FOUND:
                    found.setdefault(match[0].decode())
        return tuple(found)

    def versions(self, series: str = "") -> tuple[str, ...]:
        """Return the texts of the form X.Y.Z, those that begin a string of their own first; of one series if named."""
        pattern = re.compile((re.escape(series).encode() or _SERIES) + _PATCH)
        whole: dict[str, None] = {}
        tails: dict[str, None] = {}
        for data in self._pieces:
            for match in islice(pattern.finditer(data), MAX_HITS):
                alone = match.start() > 0 and data[match.start() - 1] == 0
                if len(whole) + len(tails) < MAX_FOUND:
                    (whole if alone else tails).setdefault(match[0][:-1].rstrip(b"+").decode())
        return tuple({**whole, **tails})

    def paths(self) -> tuple[str, ...]:
        """Return the absolute paths that may be PREFIX."""
        found: dict[str, None] = {}
        for data in self._pieces:
            for match in islice(_PREFIX.finditer(data), MAX_HITS):
                try:
                    text = match[1].decode()
                except UnicodeDecodeError:  # code and tables look like this, directories hardly ever
                    continue
                if len(found) < MAX_FOUND and text.isprintable() and not _NO_PREFIX.match(text):
                    found.setdefault(text)
        return tuple(found)

    def hold(self, text: str, *, alone: bool = False) -> bool:
        """Whether a text is the tail of a string, or (`alone`) a whole one."""
        wanted = b"\0" * alone + text.encode("utf-8", "surrogateescape") + b"\0"
        return any(wanted in data for data in self._pieces)


def elf_constants(blob: Blob, elf: ElfFile) -> Constants:
    """Read the constants of an ELF file; its code only where the linker put constants beside it.

    Raises:
        OSError: the file cannot be read.
    """
    loads = [load for load in elf.segments if not load.flags & PF_W]
    plain = [load for load in loads if not load.flags & PF_X]
    return read_constants(blob, [(load.offset, load.filesz) for load in plain or loads])


def read_constants(blob: Blob, ranges: Iterable[tuple[int, int]]) -> Constants:
    """Read what lies in the (offset, size) ranges of a file, at most MAX_TEXT of it.

    Raises:
        OSError: the file cannot be read.
    """
    return Constants(pieces(blob, ranges))


def writable_pieces(blob: Blob, elf: ElfFile) -> Iterator[bytes]:
    """Yield the initialised variables of an ELF file: PyPy's texts are objects of its collector, and writable.

    Raises:
        OSError: the file cannot be read.
    """
    return pieces(blob, [(load.offset, load.filesz) for load in elf.segments if load.flags & PF_W])


def pieces(blob: Blob, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Yield what lies in the (offset, size) ranges of a file, at most MAX_TEXT of it.

    Raises:
        OSError: the file cannot be read.
    """
    left = MAX_TEXT
    for start, size in ranges:
        offset, end = start, min(start + size, blob.size)
        while offset < end and left > 0:
            data = blob.read_at(offset, min(PIECE + OVERLAP, end - offset))
            if not data:
                break
            yield data
            left -= len(data)
            offset += PIECE
