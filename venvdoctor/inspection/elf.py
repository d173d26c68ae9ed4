"""Reads an ELF file's header, program headers, dynamic section and symbol versions with a handful of small reads.

Semantics: the System V gABI (ELF header, program header, dynamic section), the Linux Standard Base (symbol
versioning), and what glibc's `elf/dl-load.c` accepts. Every byte may be hostile: all counts are bounded.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.model.binary import BinaryProblem, ElfFile, Segment, VersionNeed

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvdoctor.view import Blob

MAGIC = b"\x7fELF"
HEAD = 8192  # bytes; holds the headers, and the string table of most extension modules
TABLES = 32 << 10  # bytes; holds also the tables of symbols, of most extension modules
MAX_PHDRS = 1170  # 65536 // 56: what the kernel accepts (fs/binfmt_elf.c, load_elf_phdrs)
MAX_DYNAMIC = 1 << 18  # bytes; real ones have 30 to 60 entries of 16
WHOLE_STRTAB = 1 << 17  # bytes; larger string tables are read name by name
MAX_NAME = 4096  # bytes
MAX_VERSIONS = 4096  # entries; libstdc++ defines about 60, glibc about 50

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH, DT_FLAGS = 1, 5, 10, 14, 15, 29, 30
DT_FLAGS_1, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM = (
    0x6FFFFFFB,
    0x6FFFFFFC,
    0x6FFFFFFD,
    0x6FFFFFFE,
    0x6FFFFFFF,
)
VER_FLG_WEAK = 2

TYPES = {0: "none", 1: "rel", 2: "exec", 3: "dyn", 4: "core"}
MACHINES = {
    (2, 32): "sparc", (3, 32): "i386", (4, 32): "m68k", (6, 32): "i386", (8, 32): "mips", (8, 64): "mips64",
    (15, 32): "parisc", (18, 32): "sparc", (20, 32): "ppc", (21, 64): "ppc64", (22, 32): "s390", (22, 64): "s390x",
    (40, 32): "arm", (42, 32): "sh4", (43, 64): "sparc64", (50, 64): "ia64", (62, 64): "x86_64", (62, 32): "x32",
    (183, 64): "aarch64", (183, 32): "aarch64_ilp32", (243, 64): "riscv64", (243, 32): "riscv32",
    (258, 64): "loongarch64", (258, 32): "loongarch32", (0x9026, 64): "alpha",
}  # fmt: skip
LITTLE_NAMES = {"ppc64": "ppc64le", "mips": "mipsel", "mips64": "mips64el"}
BIG_NAMES = {"aarch64": "aarch64_be", "arm": "armeb"}


class _Shape(NamedTuple):
    """The structures of one class and byte order."""

    ehdr: Struct
    phdr: Struct
    dyn: Struct
    verneed: Struct
    vernaux: Struct
    verdef: Struct
    word: Struct


def _shape(bits: int, order: str) -> _Shape:
    wide = bits == 64
    return _Shape(
        ehdr=Struct(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")),
        phdr=Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII")),
        dyn=Struct(order + ("QQ" if wide else "II")),
        verneed=Struct(order + "HHIII"),
        vernaux=Struct(order + "IHHII"),
        verdef=Struct(order + "HHHHIII"),
        word=Struct(order + "I"),
    )


SHAPES = {(bits, little): _shape(bits, "<" if little else ">") for bits in (32, 64) for little in (True, False)}


class Image:
    """The bytes of a file addressed as the loader maps them; a part of the head is kept."""

    __slots__ = ("_blob", "_head", "_segments")

    def __init__(self, blob: Blob, segments: tuple[Segment, ...], head: bytes = b"") -> None:
        self._blob = blob
        self._head = head
        self._segments = segments

    def offset(self, address: int) -> int | None:
        """Return where the address lies in the file, None when no segment maps it."""
        for vaddr, offset, filesz, _ in self._segments:
            if vaddr <= address < vaddr + filesz:
                return address - vaddr + offset
        return None

    def read(self, address: int, count: int) -> bytes:
        """Return at most `count` bytes at an address; empty when it is not mapped."""
        offset = self.offset(address)
        return b"" if offset is None else self.read_file(offset, count)

    def read_file(self, offset: int, count: int) -> bytes:
        """Return at most `count` bytes at an offset of the file."""
        if offset + count <= len(self._head):
            return self._head[offset : offset + count]
        return self._blob.read_at(offset, count) if offset < self._blob.size else b""


def read_elf(blob: Blob, head: bytes = b"") -> ElfFile | BinaryProblem:
    """Return what an open file says as ELF, or why it is none; total. `head`: its first `HEAD` bytes or more, if read.

    Raises:
        OSError: the file cannot be read at all.
    """
    head = head or blob.read_at(0, HEAD)
    problem = _not_elf(head)
    if problem is not None:
        return problem
    bits, little = head[4] * 32, head[5] == 1
    shape = SHAPES[bits, little]
    try:
        fields = shape.ehdr.unpack_from(head, 16)
    except error:
        return BinaryProblem("truncated", f"{blob.size} bytes, less than an ELF header")
    kind, machine, version, _, phoff, shoff, _, _, phentsize, phnum, shentsize, shnum, _ = fields
    if version != 1 or (phnum and phentsize != shape.phdr.size) or phnum > MAX_PHDRS:
        return BinaryProblem("garbled", "its ELF header contradicts itself")
    table = head[phoff : phoff + phnum * phentsize]
    if len(table) < phnum * phentsize:
        table = blob.read_at(phoff, phnum * phentsize) if phoff < blob.size else b""
        if len(table) < phnum * phentsize:
            return BinaryProblem("truncated", "the file ends before its program headers do")
    headers = _headers(table, shape, bits)
    loads = tuple(
        Segment(vaddr, offset, filesz, flags) for tag, flags, offset, vaddr, filesz in headers if tag == PT_LOAD
    )
    start = ElfFile(
        machine=_machine(machine, bits, little=little),
        bits=bits,
        little=little,
        type=TYPES.get(kind, "other"),
        osabi=head[7],
        cut=max(0, *(load.offset + load.filesz - blob.size for load in loads)) if loads else 0,
        sections_cut=shoff + shnum * shentsize > blob.size,
        segments=loads,
    )
    return _with_dynamic(start, headers, Image(blob, loads, head), shape)


def _not_elf(head: bytes) -> BinaryProblem | None:
    """Return why the first bytes are not those of an ELF file, None when they are."""
    if not head:
        return BinaryProblem("empty", "the file is empty")
    if head[:4] != MAGIC:
        if head[:2] == b"#!":
            return BinaryProblem("text", "a script")
        if b"\0" not in head:
            return BinaryProblem("text", "a text file")
        return BinaryProblem("not-binary", f"it starts with {head[:4].hex(' ')}")
    if len(head) < 16:
        return BinaryProblem("truncated", f"{len(head)} bytes, less than an ELF header")
    if head[4] not in (1, 2) or head[5] not in (1, 2) or head[6] != 1:
        return BinaryProblem("garbled", "its ELF identification holds values that do not exist")
    return None


def _machine(number: int, bits: int, *, little: bool) -> str:
    name = MACHINES.get((number, bits))
    if name is None:
        return f"em-{number}"
    return (LITTLE_NAMES if little else BIG_NAMES).get(name, name)


def _headers(table: bytes, shape: _Shape, bits: int) -> list[tuple[int, int, int, int, int]]:
    """Return (type, flags, offset, vaddr, filesz) of every program header."""
    if bits == 64:
        return [(tag, flags, off, addr, size) for tag, flags, off, addr, _, size, _, _ in shape.phdr.iter_unpack(table)]
    return [(tag, flags, off, addr, size) for tag, off, addr, _, size, _, flags, _ in shape.phdr.iter_unpack(table)]


def _with_dynamic(
    elf: ElfFile, headers: list[tuple[int, int, int, int, int]], image: Image, shape: _Shape
) -> ElfFile | BinaryProblem:
    """Add what PT_INTERP and PT_DYNAMIC say."""
    dynamic = b""
    for tag, _, offset, _, size in headers:
        if tag == PT_DYNAMIC:
            if size > MAX_DYNAMIC:
                return BinaryProblem("garbled", f"a dynamic section of {size} bytes")
            dynamic = image.read_file(offset, size)
        elif tag == PT_INTERP:
            path = image.read_file(offset, min(size, MAX_NAME)).split(b"\0", 1)[0]
            elf = elf._replace(interp=path.decode("utf-8", "surrogateescape"))
    return _read_tags(elf, dynamic, image, shape) if dynamic else elf


def _read_tags(elf: ElfFile, dynamic: bytes, image: Image, shape: _Shape) -> ElfFile:
    """Add the dynamic section; of a repeated tag the last one counts, as in glibc's `elf_get_dynamic_info`."""
    tags: dict[int, int] = {}
    needed: list[int] = []
    for tag, value in shape.dyn.iter_unpack(dynamic[: len(dynamic) // shape.dyn.size * shape.dyn.size]):
        if tag == DT_NEEDED:
            needed.append(value)
        elif tag == 0:
            break
        else:
            tags[tag] = value
    string = strings(image, tags)
    verneed = _verneed(image, tags, shape, string) if DT_VERNEED in tags else ()
    verdef = _verdef(image, tags, shape, string) if DT_VERDEF in tags else frozenset()
    return elf._replace(
        soname=string(tags[DT_SONAME]) if DT_SONAME in tags else None,
        needed=tuple([string(at) for at in needed]),
        rpath=string(tags[DT_RPATH]) if DT_RPATH in tags else None,
        runpath=string(tags[DT_RUNPATH]) if DT_RUNPATH in tags else None,
        flags=tags.get(DT_FLAGS, 0),
        flags_1=tags.get(DT_FLAGS_1, 0),
        verneed=verneed,
        verdef=verdef,
        dynamic=True,
        tags=tags,
    )


def strings(image: Image, tags: dict[int, int]) -> Callable[[int], str]:
    """Return the function that reads a name of the dynamic string table; empty for one that is not there."""
    base = image.offset(tags.get(DT_STRTAB, -1))
    size = tags.get(DT_STRSZ, 0)
    if base is None:
        return lambda _: ""
    if size <= WHOLE_STRTAB:
        table = image.read_file(base, size)

        def from_table(at: int) -> str:
            return table[at : max(table.find(b"\0", at), at)].decode("utf-8", "surrogateescape")

        return from_table

    def from_file(at: int) -> str:
        text = image.read_file(base + at, 256 if at < size else 0)
        if b"\0" not in text and at < size:
            text = image.read_file(base + at, MAX_NAME)
        return text.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")

    return from_file


def _window(image: Image, address: int) -> bytes:
    """Return the bytes of a version table; its size is written nowhere that the loader looks."""
    return image.read(address, 1 << 14)


def _verneed(
    image: Image, tags: dict[int, int], shape: _Shape, string: Callable[[int], str]
) -> tuple[VersionNeed, ...]:
    """Return the wanted versions (LSB core, symbol versioning, `Elfxx_Verneed`)."""
    data = _window(image, tags[DT_VERNEED])
    found: list[VersionNeed] = []
    at = 0
    try:
        for _ in range(min(tags.get(DT_VERNEEDNUM, 0), MAX_VERSIONS)):
            _, count, file, aux, following = shape.verneed.unpack_from(data, at)
            library = string(file)
            entry = at + aux
            for _ in range(min(count, MAX_VERSIONS - len(found))):
                _, flags, _, name, step = shape.vernaux.unpack_from(data, entry)
                found.append(VersionNeed(library, string(name), bool(flags & VER_FLG_WEAK)))
                if not step:
                    break
                entry += step
            if not following:
                break
            at += following
    except error:
        return tuple(found)
    return tuple(found)


def _verdef(image: Image, tags: dict[int, int], shape: _Shape, string: Callable[[int], str]) -> frozenset[str]:
    """Return the defined versions; the first auxiliary entry of each is its own name, the others its parents'."""
    data = _window(image, tags[DT_VERDEF])
    found: list[str] = []
    at = 0
    try:
        for _ in range(min(tags.get(DT_VERDEFNUM, 0), MAX_VERSIONS)):
            _, _, _, count, _, aux, following = shape.verdef.unpack_from(data, at)
            if count:
                found.append(string(shape.word.unpack_from(data, at + aux)[0]))
            if not following:
                break
            at += following
    except error:
        return frozenset(found)
    return frozenset(found)
