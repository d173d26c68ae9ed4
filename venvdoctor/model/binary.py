"""What an executable file or a shared library says about itself: format, machine, what it needs and what it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

BinaryFormat = Literal["elf", "macho", "pe", "script", "empty", "other"]


class BinaryProblem(NamedTuple):
    """Why a file is not the binary that it should be.

    Attributes:
        kind: `empty`, `text`, `not-binary`, `truncated`, `garbled`, `unreadable`, `missing`.
        detail: one clause for people.
    """

    kind: str
    detail: str = ""


ElfProblem = BinaryProblem


class Segment(NamedTuple):
    """One PT_LOAD: `filesz` bytes at `offset` of the file appear at `vaddr`; `flags` are PF_X=1, PF_W=2, PF_R=4."""

    vaddr: int
    offset: int
    filesz: int
    flags: int


class VersionNeed(NamedTuple):
    """A version node (`GLIBC_2.38`) that must be defined by a library (`libc.so.6`) unless it is weak."""

    library: str
    version: str
    weak: bool


class ElfFile(NamedTuple):
    """The header, the program headers and the dynamic section of an ELF file.

    Attributes:
        machine: `x86_64`, `i386`, `aarch64`, `arm`, `ppc64le`, `s390x`, `riscv64` …; `em-N` for numbers without a name.
        bits: 32 or 64; `little`: byte order.
        type: `dyn` (libraries and position-independent executables), `exec`, `rel`, `core`, `none` or `other`.
        osabi: EI_OSABI (0 System V, 3 GNU).
        interp: path of the program interpreter (PT_INTERP), None for libraries and static executables.
        needed: DT_NEEDED, in order, as written (may hold `$ORIGIN` and slashes).
        rpath, runpath: DT_RPATH and DT_RUNPATH as written; None when absent. Loaders ignore `rpath` beside a `runpath`.
        flags, flags_1: DT_FLAGS and DT_FLAGS_1.
        verneed: symbol versions that it wants; `verdef` those that it defines.
        cut: bytes of its segments that lie beyond the end of the file (0: all there).
        sections_cut: the section table lies beyond the end of the file (it loads all the same, but it was cut).
        dynamic: it has a dynamic section.
        segments, tags: for the readers of symbols: PT_LOADs, and dynamic tags (the last one of each) with their values.
    """

    machine: str
    bits: int
    little: bool
    type: str
    osabi: int = 0
    interp: str | None = None
    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    flags: int = 0
    flags_1: int = 0
    verneed: tuple[VersionNeed, ...] = ()
    verdef: frozenset[str] = frozenset()
    cut: int = 0
    sections_cut: bool = False
    dynamic: bool = False
    segments: tuple[Segment, ...] = ()
    tags: Mapping[int, int] = {}

    @property
    def endianness(self) -> Literal["little", "big"]:
        """Byte order, as `int.from_bytes` calls it."""
        return "little" if self.little else "big"

    @property
    def is_library(self) -> bool:
        """Whether the loader accepts it as a library (DF_1_PIE marks an executable)."""
        return self.type == "dyn" and not self.flags_1 & 0x08000000


class Symbol(NamedTuple):
    """A dynamic symbol; `number` is its place in the table."""

    name: str
    weak: bool
    number: int
