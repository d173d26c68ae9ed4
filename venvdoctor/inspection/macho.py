"""Reads Mach-O files (macOS) and finds the libraries of an extension module as dyld would, on any system.

Format: `mach-o/fat.h`, `mach-o/loader.h`. Search: dyld(1), "Dynamic library loading". What lies below `/usr/lib` and
`/System` is in dyld's shared cache and not on the disk since macOS 11: it is trusted.
"""

from __future__ import annotations

import posixpath
from struct import error, unpack_from
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.elsewhere import find_elsewhere
from venvdoctor.model.binary import BinaryProblem
from venvdoctor.model.interpreter import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import Blob

CPUS = {7: "i386", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "aarch64", 0x0200000C: "arm64_32", 18: "ppc"}
THIN = {
    b"\xce\xfa\xed\xfe": ("<", 28), b"\xcf\xfa\xed\xfe": ("<", 32),
    b"\xfe\xed\xfa\xce": (">", 28), b"\xfe\xed\xfa\xcf": (">", 32),
}  # fmt: skip
FAT = {b"\xca\xfe\xba\xbe": (">5I", 20), b"\xca\xfe\xba\xbf": (">IIQQII", 32)}
LC_SEGMENT, LC_SEGMENT_64, LC_SYMTAB, LC_ID_DYLIB, LC_RPATH = 0x1, 0x19, 0x2, 0xD, 0x8000001C
LC_LOAD = {0xC: "load", 0x80000018: "weak", 0x8000001F: "reexport", 0x80000023: "upward", 0x20: "lazy"}
TYPES = {1: "object", 2: "execute", 6: "dylib", 7: "dylinker", 8: "bundle"}
MAX_SLICES = 16
MAX_COMMANDS = 4096
MAX_HEADER = 1 << 20  # bytes of load commands
MAX_SYMBOLS = 1 << 26  # bytes of one symbol or string table
N_STAB, N_EXT, N_TYPE = 0xE0, 0x01, 0x0E
IN_CACHE = ("/usr/lib/", "/System/")
SYSTEM_NAMES = (
    "libSystem.",
    "libc++",
    "libobjc.",
    "libz.",
    "libiconv.",
    "libsqlite3.",
    "libxml2.",
    "libffi.",
    "libbz2.",
)


class Dylib(NamedTuple):
    """A library that is wanted: its install name, and `load`, `weak` (may be absent), `reexport`, `upward`, `lazy`."""

    name: str
    kind: str


class Slice(NamedTuple):
    """One machine's part of a Mach-O file.

    Attributes:
        machine: `x86_64`, `aarch64` …; `cpu-N` for numbers without a name.
        type: `execute`, `dylib`, `bundle` (what extension modules are) …
        order: struct's sign of the byte order.
        offset, size: where it lies in the file; `cut`: bytes of its segments that are not there.
        identity: its own install name (LC_ID_DYLIB).
        symtab: (symbols' offset, count, strings' offset, size), within the slice.
    """

    machine: str
    type: str
    order: str
    wide: bool
    offset: int
    size: int
    cut: int = 0
    identity: str | None = None
    dylibs: tuple[Dylib, ...] = ()
    rpaths: tuple[str, ...] = ()
    symtab: tuple[int, int, int, int] | None = None


def read_macho(blob: Blob) -> tuple[Slice, ...] | BinaryProblem:
    """Return the slices of a thin or universal file, or why it is none; total for any content.

    Raises:
        OSError: the file cannot be read at all.
    """
    head = blob.read_at(0, 8 + 32 * MAX_SLICES)
    if head[:4] in FAT:
        shape, size = FAT[head[:4]]
        count = int.from_bytes(head[4:8], "big")
        if count > MAX_SLICES:  # a Java class file has the same magic number
            return BinaryProblem("not-binary", "a Java class file or a garbled universal file")
        rows = [
            unpack_from(shape, head, 8 + size * index) for index in range(count) if 8 + size * index + size <= len(head)
        ]
        parts = [_slice(blob, row[2], row[3]) for row in rows]
    elif head[:4] in THIN:
        parts = [_slice(blob, 0, blob.size)]
    else:
        return BinaryProblem("not-binary", f"it starts with {head[:4].hex(' ')}")
    found = tuple(part for part in parts if part is not None)
    return found or BinaryProblem("truncated", "the file ends before its load commands do")


def _slice(blob: Blob, offset: int, size: int) -> Slice | None:
    head = blob.read_at(offset, 32) if offset < blob.size else b""
    if head[:4] not in THIN or len(head) < 28:
        return None
    order, start = THIN[head[:4]]
    cpu, _, kind, count, length = unpack_from(order + "5I", head, 4)
    data = blob.read_at(offset + start, min(length, MAX_HEADER))
    if len(data) < length:
        return None
    part = Slice(CPUS.get(cpu, f"cpu-{cpu}"), TYPES.get(kind, "other"), order, start == 32, offset, size)
    return _with_commands(part, data, min(count, MAX_COMMANDS), blob.size)


def _with_commands(part: Slice, data: bytes, count: int, end: int) -> Slice:
    """Add what the load commands say, as far as they are whole."""
    dylibs: list[Dylib] = []
    rpaths: list[str] = []
    for command, body in _commands(data, count, part.order):
        if command in LC_LOAD:
            dylibs.append(Dylib(_text(body, part.order), LC_LOAD[command]))
        elif command == LC_RPATH:
            rpaths.append(_text(body, part.order))
        elif command == LC_ID_DYLIB:
            part = part._replace(identity=_text(body, part.order))
        elif command == LC_SYMTAB and len(body) >= 24:
            part = part._replace(symtab=unpack_from(part.order + "4I", body, 8))
        elif command == LC_SEGMENT_64 and len(body) >= 72:
            offset, size = unpack_from(part.order + "QQ", body, 40)
            part = part._replace(cut=max(part.cut, part.offset + offset + size - end))
        elif command == LC_SEGMENT and len(body) >= 56:
            offset, size = unpack_from(part.order + "II", body, 32)
            part = part._replace(cut=max(part.cut, part.offset + offset + size - end))
    return part._replace(dylibs=tuple(dylibs), rpaths=tuple(rpaths))


def _commands(data: bytes, count: int, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(count):
        if at + 8 > len(data):
            return
        command, length = unpack_from(order + "II", data, at)
        if length < 8:
            return
        yield command, data[at : at + length]
        at += length


def _text(body: bytes, order: str) -> str:
    """Return the string of a command whose third word says where it begins (`union lc_str`)."""
    at = unpack_from(order + "I", body, 8)[0] if len(body) >= 12 else len(body)
    return body[at:].split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def macho_symbols(blob: Blob, part: Slice) -> tuple[frozenset[str], frozenset[str]]:
    """Return the external symbols that a slice defines and those it leaves undefined, the leading `_` removed."""
    if part.symtab is None:
        return frozenset(), frozenset()
    at, count, names, size = part.symtab
    row = 16 if part.wide else 12
    table = blob.read_at(part.offset + at, min(count * row, MAX_SYMBOLS)) if part.offset + at < blob.size else b""
    text = blob.read_at(part.offset + names, min(size, MAX_SYMBOLS)) if part.offset + names < blob.size else b""
    defined: set[str] = set()
    undefined: set[str] = set()
    for place in range(0, len(table) - row + 1, row):
        name, kind = unpack_from(part.order + "IB", table, place)
        if kind & N_STAB or not kind & N_EXT:
            continue
        end = text.find(b"\0", name)
        known = text[name:end].decode("utf-8", "surrogateescape").removeprefix("_")
        (defined if kind & N_TYPE else undefined).add(known)
    return frozenset(defined), frozenset(undefined)


def judge_macho(
    path: str, parts: tuple[Slice, ...], machine: str | None, executable: str, shared: Shared
) -> tuple[Fault, ...]:
    """Return why dyld would refuse an extension module.

    Args:
        path: the extension module.
        parts: what it holds.
        machine: what the interpreter runs as; None: nobody knows, the first slice is taken.
        executable: canonical path of the interpreter.
        shared: the context of the scan.
    """
    part = next((item for item in parts if machine in (None, item.machine)), None)
    if part is None:
        have = ", ".join(item.machine for item in parts)
        return (Fault("wrong-machine", path, have, f"the interpreter runs as {machine}"),)
    if part.cut > 0:
        return (Fault("truncated", path, "", f"{part.cut} bytes of it are missing"),)
    wanted = [item.name for item in part.dylibs if item.kind in ("load", "reexport")]
    if any(name.startswith("@rpath/") for name in wanted):  # the program's own search path serves its libraries too
        part = part._replace(rpaths=(*part.rpaths, *_rpaths_of(executable, shared)))
    missing = [name for name in wanted if not _is_there(name, part, path, executable, shared)]
    held = find_elsewhere([posixpath.basename(name) for name in missing], path, shared) if missing else {}
    return tuple(Fault("library-missing", path, name) for name in missing if posixpath.basename(name) not in held)


def _rpaths_of(executable: str, shared: Shared) -> tuple[str, ...]:
    """Return the search paths of the program, `@loader_path` in them made its own directory."""
    try:
        with shared.view.open(executable) as blob:
            found = read_macho(blob)
    except (OSError, ValueError):
        return ()
    parts = () if isinstance(found, BinaryProblem) else found
    return tuple(_expand(place, executable, executable) for part in parts for place in part.rpaths)


def _is_there(name: str, part: Slice, path: str, executable: str, shared: Shared) -> bool:
    """Whether dyld finds a library; what only a running process knows counts as found."""
    base = posixpath.basename(name)
    if (
        name.startswith(IN_CACHE)
        or base.startswith(SYSTEM_NAMES)
        or base in ("Python", "Python3")
        or "libpython" in base
    ):
        return True  # the last ones are loaded already, by the interpreter
    if not name.startswith(("/", "@")):
        return True  # relative to the working directory of some day
    places = [*dylib_places(name, part.rpaths, path, executable), f"/usr/local/lib/{base}"]
    return any(shared.view.kind(place) in ("file", "denied", "error") for place in places)


def dylib_places(name: str, rpaths: tuple[str, ...], loader: str, executable: str) -> list[str]:
    """Return the paths that an install name stands for, in dyld's order."""
    if name.startswith("@rpath/"):
        return [_expand(f"{place.rstrip('/')}/{name[7:]}", loader, executable) for place in rpaths]
    return [_expand(name, loader, executable)]


def _expand(name: str, loader: str, executable: str) -> str:
    for token, file in (("@loader_path", loader), ("@executable_path", executable)):
        if name.startswith(token):
            return posixpath.dirname(file) + name[len(token) :]
    return name


def macho_value(blob: Blob, part: Slice, name: str) -> int | None:
    """Return the address of a defined symbol (without its `_`), None when the slice has none."""
    if part.symtab is None:
        return None
    at, count, names, size = part.symtab
    row = 16 if part.wide else 12
    table = blob.read_at(part.offset + at, min(count * row, MAX_SYMBOLS))
    text = blob.read_at(part.offset + names, min(size, MAX_SYMBOLS))
    wanted = b"\0_" + name.encode() + b"\0"
    try:
        index = text.index(wanted) + 1
        for place in range(0, len(table) - row + 1, row):
            if unpack_from(part.order + "I", table, place)[0] == index:
                return int(unpack_from(part.order + ("Q" if part.wide else "I"), table, place + 8)[0])
    except (ValueError, error):
        return None
    return None
