"""Looks up dynamic symbols of an ELF file through its hash tables, and searches its read-only data.

Semantics: gABI chapter 5 (hash table), the GNU hash section as glibc's `do_lookup_x` (elf/dl-lookup.c) reads it.
Nothing here reads a whole table unless a whole list is asked for; all counts are bounded by the file's size.
"""

from __future__ import annotations

from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.elf import Image, strings
from venvdoctor.model.binary import Symbol

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from venvdoctor.model.binary import ElfFile
    from venvdoctor.view import Blob

DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_GNU_HASH = 4, 5, 6, 10, 0x6FFFFEF5
STB_LOCAL, STB_WEAK = 0, 2
MAX_SYMBOLS = 1 << 20  # libtorch_cpu has about 300 000
MAX_STRINGS = 1 << 22  # bytes of a string table that are read at once
MAX_RELOCATIONS = 1 << 26  # bytes of one relocation table
MAX_CHAIN = 4096  # symbols of one bucket; real chains have fewer than ten
CHUNK = 1 << 20  # bytes searched at a time
OVERLAP = 4096  # bytes that two chunks share, so that a match on the border is seen
MAX_SEARCH = 1 << 28  # bytes of read-only data that are searched at most
PF_WRITE = 2


class _Entry(NamedTuple):
    """A row of the symbol table."""

    name: int
    info: int
    section: int
    value: int
    size: int


class SymbolTable:
    """The dynamic symbols of one open file; nothing is read before it is asked for."""

    def __init__(self, blob: Blob, elf: ElfFile, head: bytes = b"") -> None:
        self.image = Image(blob, elf.segments, head)
        self.tags = dict(elf.tags)
        self.order = "<" if elf.little else ">"
        self.library = elf.is_library
        self.mips = elf.machine.startswith("mips")
        self.wide = elf.bits == 64
        self.row = Struct(self.order + ("IBBHQQ" if self.wide else "IIIBBH"))
        self.string: Callable[[int], str] = strings(self.image, self.tags)
        # s390x and alpha have 64-bit words in DT_HASH
        self.word = Struct(self.order + ("Q" if elf.machine in ("s390x", "alpha") else "I"))

    def entry(self, data: bytes, at: int = 0) -> _Entry:
        """Return the row that stands at a place of the bytes."""
        if self.wide:
            name, info, _, section, value, size = self.row.unpack_from(data, at)
        else:
            name, value, size, info, _, section = self.row.unpack_from(data, at)
        return _Entry(name, info, section, value, size)

    def at(self, index: int) -> _Entry | None:
        """Return the row of a number, None when the file has none."""
        data = self.image.read(self.tags.get(DT_SYMTAB, -1) + index * self.row.size, self.row.size)
        return self.entry(data) if len(data) == self.row.size else None

    def find(self, name: str) -> _Entry | None:
        """Return the defined global symbol of that name."""
        candidates = self._by_gnu_hash(name) if DT_GNU_HASH in self.tags else self._by_hash(name)
        for index in candidates:
            entry = self.at(index)
            if entry is None:
                return None
            if entry.section and entry.info >> 4 != STB_LOCAL and self.string(entry.name) == name:
                return entry
        return None

    def _by_gnu_hash(self, name: str) -> Iterator[int]:
        base = self.tags[DT_GNU_HASH]
        header = self.image.read(base, 16)
        if len(header) < 16:
            return
        buckets, first, bloom, _ = Struct(self.order + "4I").unpack(header)
        if not buckets:
            return
        wanted = gnu_hash(name)
        bucket = base + 16 + bloom * (8 if self.wide else 4) + 4 * (wanted % buckets)
        index = self._number(bucket)
        chain = base + 16 + bloom * (8 if self.wide else 4) + 4 * buckets
        for step in range(index, index + MAX_CHAIN):
            value = self._number(chain + 4 * (step - first)) if step >= first > 0 else None
            if value is None:
                return
            if value | 1 == wanted | 1:
                yield step
            if value & 1:
                return

    def _by_hash(self, name: str) -> Iterator[int]:
        base, width = self.tags.get(DT_HASH, -1), self.word.size
        header = self.image.read(base, 2 * width)
        if len(header) < 2 * width:
            return
        buckets = self.word.unpack_from(header)[0]
        if not buckets:
            return
        index = self._word(base + width * (2 + sysv_hash(name) % buckets))
        for _ in range(MAX_CHAIN):
            if not index:
                return
            yield index
            index = self._word(base + width * (2 + buckets + index))

    def _number(self, address: int) -> int:
        data = self.image.read(address, 4)
        return int(Struct(self.order + "I").unpack(data)[0]) if len(data) == 4 else 0

    def _word(self, address: int) -> int:
        data = self.image.read(address, self.word.size)
        return int(self.word.unpack(data)[0]) if len(data) == self.word.size else 0

    def count(self) -> int:
        """Return how many symbols the table has; no field of the dynamic section says so."""
        hashed = self.tags.get(DT_HASH)
        number = self._count_by_gnu_hash() if hashed is None else self._word(hashed + self.word.size)
        gap = self.tags.get(DT_STRTAB, 0) - self.tags.get(DT_SYMTAB, 0)
        if not number and gap > 0:  # linkers put the strings directly behind the symbols
            number = gap // self.row.size
        return min(number, MAX_SYMBOLS)

    def _count_by_gnu_hash(self) -> int:
        base = self.tags.get(DT_GNU_HASH, -1)
        header = self.image.read(base, 16)
        if len(header) < 16:
            return 0
        buckets, first, bloom, _ = Struct(self.order + "4I").unpack(header)
        buckets = min(buckets, MAX_SYMBOLS)
        start = base + 16 + bloom * (8 if self.wide else 4)
        data = self.image.read(start, 4 * buckets)
        last = max(Struct(f"{self.order}{len(data) // 4}I").unpack(data[: len(data) // 4 * 4]), default=0)
        if last < first or not first:
            return 0
        chain = self.image.read(start + 4 * (buckets + last - first), 4 * MAX_CHAIN)
        for step, (value,) in enumerate(Struct(self.order + "I").iter_unpack(chain[: len(chain) // 4 * 4])):
            if value & 1:
                return int(last) + step + 1
        return int(last) + 1

    def rows(self, end: int | None = None) -> Iterator[tuple[int, _Entry]]:
        """Yield every symbol but the null one; up to number `end` where that is known to be enough."""
        size = self.row.size
        data = self.image.read(self.tags.get(DT_SYMTAB, -1), (self.count() if end is None else end) * size)
        for index in range(1, len(data) // size):
            yield index, self.entry(data, index * size)

    def undefined(self, prefixes: tuple[str, ...] = ("",), offered: frozenset[str] = frozenset()) -> list[Symbol]:
        """Return the symbols that must come from elsewhere and whose names begin with one of the prefixes.

        Args:
            prefixes: beginnings of names.
            offered: names that somebody offers; these are left out.
        """
        table = self._strings()
        if table and table.isascii():
            text = table.decode("ascii") + "\0"
            if not any(prefix in text for prefix in prefixes):
                return []
            begins, end = text.startswith, text.find
            wanted = [
                (name, info, number)
                for number, (at, info, section) in enumerate(self._rows_of_others())
                if not section and at and begins(prefixes, at) and (name := text[at : end("\0", at)]) not in offered
            ]
        else:
            named = [
                (self.string(at), info, number)
                for number, (at, info, section) in enumerate(self._rows_of_others())
                if not section and at
            ]
            wanted = [item for item in named if item[0].startswith(prefixes) and item[0] not in offered]
        return [Symbol(name, info >> 4 == STB_WEAK, number) for name, info, number in wanted if info >> 4 != STB_LOCAL]

    def _rows_of_others(self) -> Iterator[tuple[int, int, int]]:
        """Yield (place of the name, info, section) of the rows among which all undefined symbols are.

        The GNU hash of a library holds none of them; that of a program holds those whose address it takes.
        """
        header = self.image.read(self.tags.get(DT_GNU_HASH, -1), 8)
        first = Struct(self.order + "4xI").unpack(header)[0] if len(header) == 8 else 0
        end = first if first > 1 and self.library else self.count()
        return self._short_rows(end)

    def _short_rows(self, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (place of the name, info, section) of the first rows of the table."""
        short = Struct(self.order + ("IBxH16x" if self.wide else "I8xBxH"))
        data = self.image.read(self.tags.get(DT_SYMTAB, -1), min(end, MAX_SYMBOLS) * short.size)
        return short.iter_unpack(data[: len(data) // short.size * short.size])

    def exported(self) -> Iterator[str]:
        """Return the names of all defined global and weak symbols."""
        rows = islice(self._short_rows(self.count()), 1, None)  # the first is the null one
        places = [at for at, info, section in rows if section and info >> 4 != STB_LOCAL]
        table = self._strings()
        if table:
            ends = ((at, table.find(b"\0", at)) for at in places)
            return (table[at : max(at, end)].decode("utf-8", "surrogateescape") for at, end in ends)
        return map(self.string, places)

    def relocated(self, numbers: set[int]) -> set[int]:
        """Return which of the symbols a relocation uses; one that no relocation uses fails nothing."""
        if self.mips:  # their global offset table is filled by symbol order, without relocations
            return numbers
        used: set[int] = set()
        for address, length, with_addend in self._relocation_tables():
            row = Struct(
                self.order + (("QQq" if with_addend else "QQ") if self.wide else ("IIi" if with_addend else "II"))
            )
            data = self.image.read(address, min(length, MAX_RELOCATIONS))
            shift = 32 if self.wide else 8
            used.update(fields[1] >> shift for fields in row.iter_unpack(data[: len(data) // row.size * row.size]))
        return numbers & used

    def _relocation_tables(self) -> list[tuple[int, int, bool]]:
        """Return (address, length, with addend) of DT_RELA, DT_REL and DT_JMPREL."""
        tags = self.tags
        tables = [(tags.get(7, -1), tags.get(8, 0), True), (tags.get(17, -1), tags.get(18, 0), False)]
        return [*tables, (tags.get(23, -1), tags.get(2, 0), tags.get(20, 7) == 7)]

    def _strings(self) -> bytes:
        """Return the string table, empty when it is too large to be read whole."""
        size = self.tags.get(DT_STRSZ, 0)
        return self.image.read(self.tags.get(DT_STRTAB, -1), size) if size <= MAX_STRINGS else b""


def gnu_hash(name: str) -> int:
    """Return the hash of DT_GNU_HASH (glibc elf/dl-hash.h, `_dl_new_hash`)."""
    value = 5381
    for byte in name.encode("utf-8", "surrogateescape"):
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def sysv_hash(name: str) -> int:
    """Return the hash of DT_HASH (gABI, `elf_hash`)."""
    value = 0
    for byte in name.encode("utf-8", "surrogateescape"):
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & 0x0FFFFFFF
    return value


def has_export(blob: Blob, elf: ElfFile, name: str) -> bool:
    """Whether the file defines the dynamic symbol."""
    return SymbolTable(blob, elf).find(name) is not None


def symbol_value_bytes(blob: Blob, elf: ElfFile, name: str, count: int) -> bytes | None:
    """Return `count` bytes of the object that a dynamic symbol names, None when it is not there."""
    table = SymbolTable(blob, elf)
    entry = table.find(name)
    data = table.image.read(entry.value, count) if entry else b""
    return data if len(data) == count else None


def exported_symbols(blob: Blob, elf: ElfFile) -> frozenset[str]:
    """Return the names of all defined global and weak dynamic symbols."""
    return frozenset(SymbolTable(blob, elf).exported())


def undefined_symbols(blob: Blob, elf: ElfFile) -> tuple[Symbol, ...]:
    """Return the dynamic symbols that must come from elsewhere, in the order of the table."""
    return tuple(SymbolTable(blob, elf).undefined())


def search_rodata(blob: Blob, elf: ElfFile, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield the matches of a pattern in the read-only segments, read in bounded chunks.

    A match is given once even where chunks overlap; matches longer than the overlap may be missed. The position
    within the match's string is that of the chunk, not of the file.
    """
    left = MAX_SEARCH
    for segment in elf.segments:
        if segment.flags & PF_WRITE:
            continue
        offset, end = segment.offset, min(segment.offset + segment.filesz, blob.size)
        seen = offset  # file offset up to which matches have been given
        while offset < end and left > 0:
            data = blob.read_at(offset, min(CHUNK + OVERLAP, end - offset))
            if not data:
                break
            for match in pattern.finditer(data):
                if offset + match.start() >= seen:
                    seen = offset + max(match.end(), match.start() + 1)
                    yield match
            left -= len(data)
            offset += CHUNK
