"""Facts of an ELF interpreter: what runs it, what keeps it from starting, its exact version and its ABI.

The version comes from the libpython that the loader would pick, never from the executable beside it: `Py_Version`
(from 3.11), else the text of PY_VERSION. Sources: Include/patchlevel.h, Python/dynload_shlib.c, configure.ac (SOABI).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection import python_version
from venvdoctor.inspection.elf_symbols import has_export, symbol_value_bytes
from venvdoctor.inspection.host import libc_of
from venvdoctor.inspection.loader import Module, Process, open_process
from venvdoctor.inspection.program_text import MAX_HITS, Constants, elf_constants, writable_pieces
from venvdoctor.model.binary import BinaryProblem
from venvdoctor.model.fact import replace
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion
from venvdoctor.view import walk_up

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import Blob, View

RELOCATABLE = "/install"  # PREFIX of python-build-standalone (uv, rye, hatch, mise, pdm, pipx)
PROBLEM_FAULTS = {"empty": "empty", "text": "text", "truncated": "truncated"}
NATIVE_32 = {"x86_64": ("i386",), "ppc64": ("ppc",), "s390x": ("s390",)}  # run by the kernel, not by an emulator
_BANNER = re.compile(rb"(\d\.\d{1,2}\.\d{1,3}(?:(?:a|b|rc)\d+)?) \(")
_PYPY_SUFFIX = re.compile(rb"(\.pypy3\d{1,2}-pp\d+(?:-[A-Za-z0-9_]{1,40}){0,4}\.so)\0")


class _Identity(NamedTuple):
    """What the constants of the module that holds the interpreter say."""

    version: PythonVersion | None
    suffixes: tuple[str, ...] = ()
    prefix: str | None = None
    python: bool = True


def read_elf_interpreter(path: str, shared: Shared) -> Interpreter:
    """Return the facts of an ELF executable; total.

    Args:
        path: canonical path within the view.
        shared: the context of the scan.
    """
    process = open_process(path, shared)
    if isinstance(process, BinaryProblem):
        kind = PROBLEM_FAULTS.get(process.kind, "not-binary")
        return Interpreter(executable=path, faults=(Fault(kind, path, "", process.detail),))
    elf = process.program.elf
    faults, undecided = _faults(process, shared)
    known = process.kind is not None and process.kind.libc != "other"  # another loader, an emulator: they mostly work
    found = Interpreter(
        executable=path,
        machine=elf.machine,
        libc=libc_of(elf),
        faults=faults,
        undecided=undecided,
        doubts=undecided if known and undecided == process.undecided else (),
    )
    return _identified(found, process, shared)


def _faults(process: Process, shared: Shared) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """Return why it cannot start, and what could not be decided."""
    program, host = process.program, shared.host
    elf = program.elf
    if elf.type not in ("dyn", "exec"):
        return (Fault("not-binary", program.path, elf.type, "an ELF file, but no program"),), ()
    if elf.cut:
        return (Fault("truncated", program.path, "", f"{elf.cut} bytes of it are missing"),), ()
    if host.platform != "linux":
        return (Fault("wrong-machine", program.path, "linux", f"a program for Linux, on {host.platform}"),), ()
    if host.machine is not None and elf.machine != host.machine:
        if elf.machine not in host.foreign_machines:
            return (Fault("wrong-machine", program.path, elf.machine, f"this machine is {host.machine}"),), ()
        if elf.machine not in NATIVE_32.get(host.machine, ()) and process.faults:
            return (), (f"it runs under an emulator for {elf.machine}, which may find other libraries",)
    return process.faults, process.undecided


def _identified(found: Interpreter, process: Process, shared: Shared) -> Interpreter:
    """Add version, implementation and ABI, from the library that holds the interpreter or from the program itself."""
    library = _python_library(process)
    wanted = _wanted_library(process)
    if wanted is not None and library is None:  # missing: the name is all that is left
        return _from_soname(found, wanted)
    module = library or process.program
    try:
        with shared.view.open(module.path) as blob:
            name = posixpath.basename(module.elf.soname or module.path)
            if library and python_version.is_pypy_soname(name):
                return _pypy(found, module, blob, name)
            identity = _identify(module, blob, name, shared.view)
    except OSError as error:
        return replace(found, undecided=(*found.undecided, f"{module.path} cannot be read: {error.strerror}"))
    if not identity.python:
        return replace(found, undecided=(*found.undecided, "it is a program, but none that is known to be a Python"))
    found = _cpython(found, process, library, identity)
    if library is None or wanted is None:
        return found
    return replace(found, expected_libpython=_own_library(process, library, posixpath.basename(wanted), shared))


def _own_library(process: Process, library: Module, name: str, shared: Shared) -> str | None:
    """Return the libpython of the executable's own installation when the loader picks another one, else None.

    Its own is the one in `../lib` of the executable, or in a directory that the executable names (RUNPATH) and that
    belongs to a Python installation. Distributions keep theirs in the default directories and name none.
    """
    root = posixpath.dirname(posixpath.dirname(process.program.path))
    elf = process.program.elf
    named = [part for part in (elf.runpath or elf.rpath or "").split(":") if part]
    origin = posixpath.dirname(process.program.path)
    named = [re.sub(r"\$(ORIGIN|\{ORIGIN\})", lambda _: origin, part) for part in named]
    used = _identity_of(library.path, shared)
    for directory in dict.fromkeys((*named, f"{root}/lib", f"{root}/lib64")):
        there = _identity_of(f"{directory}/{name}", shared)
        if there is not None:
            return None if there == used else posixpath.normpath(f"{directory}/{name}")
    own = next((part for part in named if _holds_python(part, name, shared)), None)
    return posixpath.normpath(f"{own}/{name}") if own else None


def _identity_of(path: str, shared: Shared) -> tuple[int, int] | None:
    try:
        status = shared.view.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _holds_python(directory: str, soname: str, shared: Shared) -> bool:
    """Whether a library directory belongs to an installation of the series that the soname names."""
    tagged = python_version.from_soname(soname)
    if tagged is None:
        return False
    thread = "t" if "t" in tagged.flags else ""
    return shared.view.kind(f"{directory}/python{tagged.version.series}{thread}/os.py") == "file"


def _python_library(process: Process) -> Module | None:
    python = process.python
    return None if python is process.program else python


def _wanted_library(process: Process) -> str | None:
    """Return the libpython or libpypy that the program needs, as written."""
    for name in process.program.elf.needed:
        last = posixpath.basename(name)
        if python_version.from_soname(last) or python_version.is_pypy_soname(last):
            return name
    return None


def _from_soname(found: Interpreter, wanted: str) -> Interpreter:
    """Return what the name of a missing library says: the series and the flags, no patch level."""
    name = posixpath.basename(wanted)
    if python_version.is_pypy_soname(name):
        return replace(found, implementation="pypy", version=python_version.from_pypy_soname(name))
    tagged = python_version.from_soname(name)
    if tagged is None:
        return found
    return replace(
        found,
        implementation="cpython",
        version=tagged.version,
        version_source=found.executable,
        abi_flags=tagged.flags,
        undecided=(*found.undecided, f"its patch level stands in {name}, which could not be read"),
    )


def _identify(module: Module, blob: Blob, soname: str, view: View) -> _Identity:
    """Read the module that holds a CPython."""
    version = _symbol_version(module, blob)
    exported = version is not None or any(has_export(blob, module.elf, name) for name in ("Py_BytesMain", "Py_Main"))
    constants = elf_constants(blob, module.elf)
    if not exported and not (constants.hold("PYTHONHOME") and constants.hold("Py_Initialize")):
        return _Identity(None, python=False)
    suffixes = constants.suffixes()
    if version is None:
        version = _text_version(constants, suffixes, python_version.from_soname(soname))
    flags = (next(filter(None, map(_tag_of, suffixes)), None) or python_version.Tagged(0, 0, "")).flags
    return _Identity(version, suffixes, _compiled_prefix(constants, module.path, version, flags, view))


def _compiled_prefix(
    constants: Constants, path: str, version: PythonVersion | None, flags: str, view: View
) -> str | None:
    """Return PREFIX: of the absolute paths among the constants, the one that a standard library vouches for.

    `_sysconfigdata` is not asked: uv, Homebrew and packagers rewrite it, and getpath does not read it.
    """
    if version is None:
        return None
    thread = "t" if "t" in flags and version >= (3, 13) else ""
    marks = [f"/{lib}/python{version.series}{thread}/os.py" for lib in ("lib", "lib64")]

    def holds_stdlib(place: str) -> bool:
        return any(view.kind(place.rstrip("/") + mark) == "file" for mark in marks)

    near = next((place for place in walk_up(posixpath.dirname(path)) if holds_stdlib(place)), None)
    if near is not None and near != "/" and constants.hold(near, alone=True):
        return near
    if constants.hold(RELOCATABLE, alone=True):
        return RELOCATABLE
    paths = [item.rstrip("/") for item in constants.paths() if item.strip("/")]  # the root itself is never a PREFIX
    plain = [item for item in paths if posixpath.basename(item) not in ("lib", "lib64")]
    return next(filter(holds_stdlib, plain), plain[0] if len(plain) == 1 else None)


def _symbol_version(module: Module, blob: Blob) -> PythonVersion | None:
    """Return `Py_Version`, an unsigned long that every CPython from 3.11 on exports."""
    data = symbol_value_bytes(blob, module.elf, "Py_Version", module.elf.bits // 8)
    return python_version.from_hex(int.from_bytes(data, module.elf.endianness)) if data else None


def _text_version(
    constants: Constants, suffixes: tuple[str, ...], named: python_version.Tagged | None
) -> PythonVersion | None:
    """Return PY_VERSION up to 3.10; the series, known from the soname or the tags, tells it from other versions."""
    tagged = named or next(filter(None, map(_tag_of, suffixes)), None)
    series = tagged.version.series if tagged else ""
    found = [version for version in map(python_version.from_text, constants.versions(series)) if version]
    if tagged is None:
        return found[0] if len(found) == 1 else None
    return found[0] if found else tagged.version


def _tag_of(suffix: str) -> python_version.Tagged | None:
    """Return what `.cpython-311d-x86_64-linux-gnu.so` says."""
    words = suffix[1:].removesuffix(".so").split("-")
    return python_version.from_tag("-".join(words[:2]))


def _cpython(found: Interpreter, process: Process, library: Module | None, identity: _Identity) -> Interpreter:
    own = [item for item in identity.suffixes if item.startswith(".cpython-")]
    own.sort(key=lambda item: -len((_tag_of(item) or ("", "", ""))[2]))  # debug builds import release tags second
    others = [item for item in identity.suffixes if not item.startswith(".cpython-")]
    named = python_version.from_soname(posixpath.basename(library.elf.soname or library.path)) if library else None
    tagged = _tag_of(own[0]) if own else named
    place = library.path if library else process.program.path
    undecided = found.undecided
    if identity.version is None or identity.version.micro is None:
        undecided = (*undecided, f"no exact version was found in {place}")
    return replace(
        found,
        implementation="cpython",
        version=identity.version,
        version_source=place,
        abi_flags=tagged.flags if tagged else "",
        soabi=own[0][1:].removesuffix(".so") if own else None,
        suffixes=(*own, *others, ".so"),
        compiled_prefix=identity.prefix,
        libpython=library.path if library else None,
        undecided=undecided,
    )


def _pypy(found: Interpreter, module: Module, blob: Blob, soname: str) -> Interpreter:
    """Return the facts of a PyPy: banner and extension suffix are among the variables of its library."""
    version: PythonVersion | None = None
    suffix = ""
    for data in writable_pieces(blob, module.elf):
        version = version or _banner(data)
        suffix = suffix or _pypy_suffix(data)
        if version and suffix:
            break
    undecided = found.undecided if version else (*found.undecided, f"no exact version was found in {module.path}")
    return replace(
        found,
        implementation="pypy",
        version=version or python_version.from_pypy_soname(soname),
        version_source=module.path,
        soabi="-".join(suffix[1:].split("-")[:2]) or None,
        suffixes=(suffix,) if suffix else (),
        libpython=module.path,
        undecided=undecided,
    )


def _banner(data: bytes) -> PythonVersion | None:
    """Return the version in PyPy's sys.version: `3.9.16 (…)` before `[PyPy 7.3.11 with `."""
    at = data.find(b"[PyPy ")
    for _ in range(MAX_HITS):
        if at < 0:
            break
        matches = list(_BANNER.finditer(data, max(0, at - 300), at))
        if matches:
            return python_version.from_text(matches[-1][1].decode())
        at = data.find(b"[PyPy ", at + 1)
    return None


def _pypy_suffix(data: bytes) -> str:
    at = data.find(b".pypy3")
    for _ in range(MAX_HITS):
        if at < 0:
            break
        match = _PYPY_SUFFIX.match(data, at)
        if match:
            return match[1].decode()
        at = data.find(b".pypy3", at + 1)
    return ""
