"""Facts of a Mach-O interpreter (macOS), as far as its file and the library behind it tell on any system.

The program is a stub before `Python` of a framework, `libpythonX.Y.dylib`, or holds the interpreter itself. Format:
`mach-o/loader.h`, `mach-o/fat.h`; names of libraries: dyld(1). What dyld keeps in its shared cache is trusted.
"""

from __future__ import annotations

import posixpath
import re
from struct import error, unpack_from
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection import python_version
from venvdoctor.inspection.program_text import read_constants
from venvdoctor.model.fact import replace
from venvdoctor.model.interpreter import Fault, Interpreter

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import Blob

CPUS = {0x01000007: "x86_64", 0x0100000C: "aarch64", 7: "i386", 12: "arm", 18: "ppc", 0x01000012: "ppc64"}
FAT_32, FAT_64 = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
LC_LOAD_DYLIB, LC_RPATH = (0xC, 0x80000018, 0x8000001F), 0x8000001C
MAX_SLICES, MAX_COMMANDS, MAX_HEADER = 16, 512, 1 << 16
IN_CACHE = ("/usr/lib/", "/System/")
_SERIES = re.compile(r"(?:Versions/|libpython)(\d)\.(\d{1,2})([a-z]*)(?:/Python|\.dylib)")


class Slice(NamedTuple):
    """One machine's part of a file: where it lies, the libraries it loads, and its search path."""

    machine: str
    offset: int
    size: int
    libraries: tuple[str, ...]
    rpaths: tuple[str, ...]


def read_macho_interpreter(path: str, shared: Shared) -> Interpreter:
    """Return the facts of a Mach-O executable; total."""
    try:
        with shared.view.open(path) as blob:
            slices = read_slices(blob)
            chosen = _choose(slices, shared)
            if chosen is None:
                return Interpreter(executable=path, faults=(Fault("not-binary", path, "", "a garbled Mach-O file"),))
            found = Interpreter(executable=path, machine=chosen.machine, faults=_faults(path, slices, shared))
            library = next((name for name in chosen.libraries if _is_python(name)), None)
            if library is None:
                return _identified(found, blob, chosen, path, "")
    except OSError as problem:
        return Interpreter(executable=path, undecided=(f"{path} cannot be read: {problem.strerror}",))
    return _with_library(found, library, chosen, shared)


def read_slices(blob: Blob) -> list[Slice]:
    """Return the parts of a thin or universal file; none for what is garbled."""
    head = blob.read_at(0, 8 + MAX_SLICES * 32)
    if head[:4] not in (FAT_32, FAT_64):
        part = _slice(blob, 0, blob.size)
        return [part] if part else []
    wide = head[:4] == FAT_64
    (count,) = unpack_from(">I", head.ljust(8, b"\0"), 4)
    found: list[Slice] = []
    for index in range(min(count, MAX_SLICES)):
        try:
            row = unpack_from(">IIQQII", head, 8 + 32 * index) if wide else unpack_from(">IIIII", head, 8 + 20 * index)
        except error:
            break
        part = _slice(blob, row[2], row[3]) if row[2] < blob.size else None
        if part is not None:
            found.append(part)
    return found


def _slice(blob: Blob, offset: int, size: int) -> Slice | None:
    head = blob.read_at(offset, MAX_HEADER)
    order = {
        b"\xcf\xfa\xed\xfe": "<",
        b"\xce\xfa\xed\xfe": "<",
        b"\xfe\xed\xfa\xcf": ">",
        b"\xfe\xed\xfa\xce": ">",
    }.get(head[:4])
    if order is None:
        return None
    wide = head[:4] in (b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf")
    libraries: list[str] = []
    rpaths: list[str] = []
    try:
        cpu, _, _, count = unpack_from(order + "4I", head, 4)
        at = 32 if wide else 28
        for _ in range(min(count, MAX_COMMANDS)):
            command, length, text = unpack_from(order + "3I", head, at)
            name = head[at + text : at + length].split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
            if command in LC_LOAD_DYLIB:
                libraries.append(name)
            elif command == LC_RPATH:
                rpaths.append(name)
            at += max(length, 8)
    except error:
        return None
    return Slice(CPUS.get(cpu, f"cpu-{cpu}"), offset, size, tuple(libraries), tuple(rpaths))


def _choose(slices: list[Slice], shared: Shared) -> Slice | None:
    own = [part for part in slices if part.machine == shared.host.machine]
    return next(iter(own or slices), None)


def _faults(path: str, slices: list[Slice], shared: Shared) -> tuple[Fault, ...]:
    host = shared.host
    if host.platform != "darwin":
        return (Fault("wrong-machine", path, "darwin", f"a program for macOS, on {host.platform}"),)
    machines = {part.machine for part in slices}
    if host.machine is None or machines & {host.machine, *host.foreign_machines}:
        return ()
    return (Fault("wrong-machine", path, ", ".join(sorted(machines)), f"this machine is {host.machine}"),)


def _is_python(name: str) -> bool:
    return posixpath.basename(name) in ("Python", "Python3") or "libpython" in posixpath.basename(name)


def _with_library(found: Interpreter, name: str, part: Slice, shared: Shared) -> Interpreter:
    """Add what the Python library says; where it is not there, its name is all that is left."""
    for path in _candidates(name, found.executable, part):
        answer = _from_library(found, path, name, shared)
        if answer is not None:
            return answer
    match = _SERIES.search(name)
    version = python_version.from_text(f"{match[1]}.{match[2]}") if match else None
    missing = () if name.startswith(IN_CACHE) else (Fault("library-missing", found.executable, name),)
    return replace(found, implementation="cpython", version=version, faults=found.faults or missing)


def _from_library(found: Interpreter, path: str, name: str, shared: Shared) -> Interpreter | None:
    """Return the facts with those of a library, None when it is not there or is none."""
    try:
        real = shared.view.realpath(path)
        with shared.view.open(real) as blob:
            chosen = _choose(read_slices(blob), shared)
            return replace(_identified(found, blob, chosen, real, name), libpython=real) if chosen else None
    except OSError:
        return None


def _candidates(name: str, executable: str, part: Slice) -> list[str]:
    """Return the paths that dyld would try; the program is its own loader here."""
    here = posixpath.dirname(executable)

    def spelled(path: str) -> str:
        for token in ("@executable_path", "@loader_path"):
            path = path.replace(token, here, 1)
        return posixpath.normpath(path)

    if name.startswith("@rpath/"):
        return [spelled(f"{place}/{name[7:]}") for place in part.rpaths]
    return [spelled(name)]


def _identified(found: Interpreter, blob: Blob, part: Slice, path: str, name: str) -> Interpreter:
    """Add version and ABI from the constants of the file that holds the interpreter."""
    constants = read_constants(blob, [(part.offset, part.size)])
    if not constants.hold("PYTHONHOME"):
        return replace(found, undecided=("it is a program, but none that is known to be a Python",))
    suffixes = constants.suffixes()
    own = [item for item in suffixes if item.startswith(".cpython-")]
    tagged = python_version.from_tag("-".join(own[0][1:].split("-")[:2])) if own else None
    named = _SERIES.search(name) or _SERIES.search(path)
    series = tagged[:2] if tagged else (int(named[1]), int(named[2])) if named else None
    known = [item for item in map(python_version.from_text, constants.versions()) if item and item[:2] == series]
    undecided = () if known else (f"no exact version was found in {path}",)
    return replace(
        found,
        implementation="cpython",
        version=known[0] if known else None,
        version_source=path,
        abi_flags=tagged.flags if tagged else "",
        soabi=own[0][1:].removesuffix(".so") if own else None,
        suffixes=(*own, *(item for item in suffixes if item not in own), ".so"),
        undecided=undecided,
    )
