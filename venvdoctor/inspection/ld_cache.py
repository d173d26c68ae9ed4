"""Reads `/etc/ld.so.cache`, glibc's index of library names, in its old, new and combined forms.

Semantics: glibc `sysdeps/generic/dl-cache.h` (structures), `elf/dl-cache.c` (which entries count).
The loader never reads `/etc/ld.so.conf`: a directory that is only configured there counts for nothing until
`ldconfig` has written it into this file.
"""

from __future__ import annotations

from struct import Struct, error
from typing import NamedTuple

OLD_MAGIC = b"ld.so-1.7.0\0"
NEW_MAGIC = b"glibc-ld.so.cache1.1"
CACHE_LIMIT = 1 << 26  # bytes; that of a full desktop has 200 KiB
MAX_ENTRIES = 1 << 18

# _DL_CACHE_DEFAULT_ID of sysdeps/unix/sysv/linux/*/dl-cache.h; machines without an entry use plain FLAG_ELF_LIBC6
IDS: dict[str, frozenset[int]] = {
    "x86_64": frozenset({0x303}),
    "x32": frozenset({0x803}),
    "aarch64": frozenset({0xA03}),
    "arm": frozenset({0x903, 0xB03, 0x003}),
    "ppc64": frozenset({0x503}),
    "ppc64le": frozenset({0x503}),
    "s390x": frozenset({0x403}),
    "sparc64": frozenset({0x103}),
    "ia64": frozenset({0x203}),
    "riscv64": frozenset({0x0F03, 0x1003}),
    "loongarch64": frozenset({0x1103, 0x1203}),
    "mips64": frozenset({0x703, 0xE03}),
    "mips64el": frozenset({0x703, 0xE03}),
}
PLAIN = frozenset({0x003})
FLAG_ELF = 1


class CacheEntry(NamedTuple):
    """A library of the cache: `flags` say for which machine; `hwcap` is not 0 where only some processors use it."""

    path: str
    flags: int
    hwcap: int


class LdCache(NamedTuple):
    """Libraries by name, in the order of the cache; `problem` says why it could not be read."""

    entries: dict[bytes, list[tuple[int, int, int]]]
    data: bytes = b""
    base: int = 0
    problem: str = ""

    def find(self, name: str, machine: str) -> list[str]:
        """Return the paths for a name on a machine: those for every processor first."""
        ids = IDS.get(machine, PLAIN)
        rows = self.entries.get(name.encode("utf-8", "surrogateescape"), ())
        fitting = [(hwcap != 0, at) for flags, at, hwcap in rows if flags in ids or flags == FLAG_ELF]
        fitting.sort(key=lambda row: row[0])
        return [_text(self.data, at).decode("utf-8", "surrogateescape") for _, at in fitting]


def parse_cache(data: bytes) -> LdCache:
    """Return what the bytes of a cache hold; total: garbage gives an empty cache with a problem."""
    at = 0
    if data.startswith(OLD_MAGIC):
        try:
            (count,) = Struct("=I").unpack_from(data, 12)
        except error:
            return LdCache({}, problem="truncated")
        at = (16 + 12 * count + 7) // 8 * 8
        if data[at : at + len(NEW_MAGIC)] != NEW_MAGIC:
            return _parse_old(data, count)
    if data[at : at + len(NEW_MAGIC)] != NEW_MAGIC:
        return LdCache({}, problem="garbled" if data else "empty")
    return _parse_new(data, at)


def _parse_new(data: bytes, base: int) -> LdCache:
    """Read `struct cache_file_new`; its string offsets count from its own start."""
    try:
        order = ">" if data[base + 28] & 3 == 3 else "<"  # cache_file_new_flags_endian_*
        (count,) = Struct(order + "I").unpack_from(data, base + 20)
    except (error, IndexError):
        return LdCache({}, problem="truncated")
    if not _plausible(data, base + 48, count, 24):  # caches before 2.32 do not say their byte order
        order = ">" if order == "<" else "<"
        (count,) = Struct(order + "I").unpack_from(data, base + 20)
    rows = data[base + 48 : base + 48 + 24 * min(count, MAX_ENTRIES)]
    found: dict[bytes, list[tuple[int, int, int]]] = {}
    for flags, key, value, _, hwcap in Struct(order + "iIIIQ").iter_unpack(rows[: len(rows) // 24 * 24]):
        found.setdefault(_text(data, base + key), []).append((flags, base + value, hwcap))
    return LdCache(found, data, base, "" if _plausible(data, base + 48, count, 24) else "truncated")


def _parse_old(data: bytes, count: int) -> LdCache:
    """Read `struct cache_file`; its string offsets count from behind the last entry."""
    if not _plausible(data, 16, count, 12):
        return LdCache({}, problem="truncated")
    strings = 16 + 12 * count
    found: dict[bytes, list[tuple[int, int, int]]] = {}
    for flags, key, value in Struct("=iII").iter_unpack(data[16:strings]):
        found.setdefault(_text(data, strings + key), []).append((flags, strings + value, 0))
    return LdCache(found, data)


def _plausible(data: bytes, start: int, count: int, size: int) -> bool:
    return count <= MAX_ENTRIES and start + count * size <= len(data)


def _text(data: bytes, at: int) -> bytes:
    end = data.find(b"\0", at, at + 4096)
    return data[at:end] if end >= 0 else b""
