"""Finds the libraries of a program or an extension module as the dynamic loader would, without loading anything.

Semantics of glibc: `_dl_map_object`, `open_path`, `open_verify` (elf/dl-load.c), `_dl_map_object_deps`
(elf/dl-deps.c), `_dl_check_map_versions` (elf/dl-version.c); ld.so(8). Of musl: `load_library` (ldso/dynlink.c).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.elf import read_elf
from venvdoctor.inspection.loader_kind import HWCAPS, LoaderKind, read_loader
from venvdoctor.model.binary import BinaryProblem, ElfFile
from venvdoctor.model.interpreter import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.shared import Shared

DF_1_NODEFLIB = 0x800
MAX_MODULES = 1024  # libraries of one program; an office suite has about 200
MAX_EDGES = 20_000  # DT_NEEDED entries followed for one program
MAX_DIRECTORIES = 256  # elements of one search path
MAX_KEPT = 8192  # files and look-ups that are remembered
TOKEN = re.compile(r"\$(?:(ORIGIN|LIB|PLATFORM)\b|\{(ORIGIN|LIB|PLATFORM)\})")
MUSL_OWN = ("libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet.")
DRIVER = re.compile(r"lib(cuda|nvidia-[\w.-]+|nvcuvid|nvoptix|cudadebugger|nvidia-ml)\.so")


class File(NamedTuple):
    """What stands at a path: `state` is `ok`, `missing`, `denied` or `bad` (then `problem` says what it is)."""

    state: str
    elf: ElfFile | None = None
    identity: tuple[int, int] = (0, 0)
    problem: BinaryProblem | None = None


class Module:
    """A program or library in the order it would be mapped; `parent` is the one that asked for it."""

    __slots__ = ("elf", "origin", "parent", "path")

    def __init__(self, path: str, elf: ElfFile, parent: Module | None, origin: str | None = None) -> None:
        self.path = path
        self.elf = elf
        self.parent = parent
        self.origin = posixpath.dirname(path) if origin is None else origin


class Loaded(NamedTuple):
    """The outcome of loading: the modules newly mapped, what fails, and what could not be decided."""

    modules: tuple[Module, ...]
    faults: tuple[Fault, ...] = ()
    undecided: tuple[str, ...] = ()


class Process:
    """A program with everything that is mapped before its first instruction; extension modules load into it."""

    __slots__ = ("faults", "found", "identities", "kind", "library_path", "modules", "names", "undecided")

    def __init__(self, kind: LoaderKind | None, modules: tuple[Module, ...], names: dict[str, Module]) -> None:
        self.kind = kind  # None: a static program, which loads nothing
        self.modules = modules
        self.names = names
        self.identities: dict[tuple[int, int], Module] = {}
        self.found: dict[tuple[str, tuple[str, ...], int], str] = {}  # look-ups that succeeded
        self.library_path: tuple[str, ...] = ()
        self.faults: tuple[Fault, ...] = ()
        self.undecided: tuple[str, ...] = ()

    @property
    def program(self) -> Module:
        """The executable itself."""
        return self.modules[0]

    @property
    def python(self) -> Module:
        """The module that holds the interpreter, and so calls dlopen: libpython, libpypy or the program."""
        for module in self.modules[1:]:
            if posixpath.basename(module.path).startswith(("libpython", "libpypy")):
                return module
        return self.program


def open_process(path: str, shared: Shared) -> Process | BinaryProblem:
    """Return what the loader would map for a program; kept for the whole scan.

    Args:
        path: canonical path of the executable (the kernel gives the loader this one for `$ORIGIN`).
        shared: the context of the scan.
    """
    known = shared.store("processes")
    if path not in known:
        known[path] = _open_process(path, shared)
    process: Process | BinaryProblem = known[path]
    return process


def _open_process(path: str, shared: Shared) -> Process | BinaryProblem:
    file = read_file(path, shared)
    if file.elf is None:
        return file.problem or BinaryProblem(file.state)
    program = Module(path, file.elf, None)
    names = {path: program}
    if file.elf.interp is None:
        return Process(None, (program,), names)
    kind = read_loader(file.elf.interp, file.elf, shared)
    process = Process(kind, (program,), names)
    process.found = shared.store(f"found for {path}")
    if kind.elf is None:
        process.undecided = (f"{kind.path} cannot be read",) if kind.problem == "denied" else ()
        process.faults = () if process.undecided else (Fault("loader-missing", path, kind.path),)
        return process
    if kind.libc == "other":
        process.undecided = (f"{kind.path} is a loader whose rules are not known",)
        return process
    variable = shared.host.environ.get("LD_LIBRARY_PATH", "")
    process.library_path = _expand(re.split("[:;]" if kind.libc == "glibc" else ":", variable), program, kind)
    loader = Module(kind.path, kind.elf, program)
    names.update({posixpath.basename(kind.path): loader, kind.elf.soname or kind.path: loader})
    closure = _Closure(process, kind, shared)
    closure.map([program])
    process.modules = (program, *closure.modules, loader)
    process.faults, process.undecided = tuple(closure.faults), tuple(dict.fromkeys(closure.undecided))
    names.update(closure.names)
    process.identities = closure.identities
    return process


def load_library(process: Process, path: str, elf: ElfFile, shared: Shared) -> Loaded:
    """Return what `dlopen(path)` in a process would map, and why it would fail.

    Args:
        process: the interpreter; one that cannot start itself decides nothing here.
        path: as Python would spell it; `$ORIGIN` is its directory, links are not resolved.
        elf: the facts of that file.
        shared: the context of the scan.
    """
    kind = process.kind
    if kind is None or kind.libc == "other" or kind.elf is None:
        return Loaded((), (), process.undecided or ("a static program loads no extension modules",))
    caller = process.python if kind.libc == "glibc" else process.program
    module = Module(path, elf, caller)
    own = _own_faults(module, process)
    if own:
        return Loaded((module,), own)
    closure = _Closure(process, kind, shared)
    closure.map([module])
    return Loaded((module, *closure.modules), tuple(closure.faults), tuple(dict.fromkeys(closure.undecided)))


def _own_faults(module: Module, process: Process) -> tuple[Fault, ...]:
    """Return why the file itself is refused, before anything that it needs is looked for."""
    elf, program = module.elf, process.program.elf
    if (elf.machine, elf.bits, elf.little) != (program.machine, program.bits, program.little):
        return (Fault("wrong-machine", module.path, elf.machine, f"the interpreter is built for {program.machine}"),)
    if not elf.is_library:
        return (Fault("not-library", module.path, elf.type, "a program, which cannot be loaded as a library"),)
    if elf.cut:
        return (Fault("truncated", module.path, "", f"{elf.cut} bytes of it are missing"),)
    return ()


class _Closure:
    """The breadth-first walk over DT_NEEDED that one start or one dlopen makes."""

    def __init__(self, process: Process, kind: LoaderKind, shared: Shared) -> None:
        self.process = process
        self.kind = kind
        self.shared = shared
        self.names: dict[str, Module] = {}
        self.identities: dict[tuple[int, int], Module] = {}
        self.modules: list[Module] = []
        self.faults: list[Fault] = []
        self.undecided: list[str] = []
        self.edges = 0

    def map(self, start: list[Module]) -> None:
        """Map everything the start needs, then compare symbol versions."""
        queue = list(start)
        for module in queue:
            self._learn(module, None)
        for module in queue:  # grows while it is walked
            for name in module.elf.needed:
                found = self._need(name, module)
                if found is not None:
                    queue.append(found)
        self.modules = queue[len(start) :]
        if self.kind.libc == "glibc":  # musl has no such check: a symbol that is missing is missing
            for module in queue:
                self.faults.extend(self._version_faults(module))

    def _learn(self, module: Module, name: str | None) -> None:
        for known in (name, module.elf.soname, module.path):
            if known:
                self.names.setdefault(known, module)

    def _need(self, written: str, module: Module) -> Module | None:
        """Return the module that a DT_NEEDED entry newly maps, None when it is mapped already or fails."""
        name = written
        if "$" in written and self.kind.libc == "glibc":
            name = _substitute(written, module, self.kind)
        if name in self.names or name in self.process.names:
            return None
        self.edges += 1
        if self.edges > MAX_EDGES or len(self.names) > 4 * MAX_MODULES:
            self.undecided.append(f"{module.path} needs more libraries than are followed")
            return None
        path = self._find(name, module)
        if path is None:
            return None
        file = read_file(path, self.shared)
        twin = self.identities.get(file.identity) or self.process.identities.get(file.identity)
        if twin is not None or file.elf is None:
            if twin is not None:
                self.names[name] = twin
            return None
        found = Module(path, file.elf, module)
        if file.elf.cut:
            self.faults.append(Fault("truncated", path, name, f"{file.elf.cut} bytes of it are missing"))
        self.identities[file.identity] = found
        self._learn(found, name)
        return found

    def _find(self, name: str, module: Module) -> str | None:
        """Return the path that the loader opens for a name, None (with a fault or a doubt noted) when there is none."""
        if "/" in name:
            return self._look(name, module, ())
        before = self._search_path(module)
        key = (name, before, module.elf.flags_1 & DF_1_NODEFLIB)
        known = self.process.found.get(key) or self._look(name, module, before)
        if known and len(self.process.found) < MAX_KEPT:
            self.process.found[key] = known
        return known

    def _look(self, name: str, module: Module, before: tuple[str, ...]) -> str | None:
        denied = ""
        for path in self._candidates(name, module, before):
            file = read_file(path, self.shared)
            if file.state == "denied":
                denied = denied or path
            if file.state == "bad" and file.problem is not None:  # the loader stops here, and so do we
                kind = "truncated" if file.problem.kind in ("truncated", "empty") else "not-binary"
                self.faults.append(Fault(kind, path, name, file.problem.detail))
                return None
            if file.elf is not None:
                if self._fits(file.elf):
                    return path
                if self.kind.libc == "musl":  # it opens the first file of that name, whatever it is
                    self.faults.append(Fault("wrong-machine", path, file.elf.machine))
                    return None
        if denied or self.kind.cache.problem == "denied":
            self.undecided.append(f"{name} may be {denied or 'anywhere'}, which cannot be read")
        else:
            self.faults.append(_missing(name, module, self.kind))
        return None

    def _fits(self, elf: ElfFile) -> bool:
        program = self.process.program.elf
        return (elf.machine, elf.bits, elf.little) == (program.machine, program.bits, program.little)

    def _candidates(self, name: str, module: Module, before: tuple[str, ...]) -> Iterator[str]:
        """Yield the paths that the loader tries, in its order."""
        if "/" in name:
            if name.startswith("/"):  # others are relative to the working directory of some day
                yield name
            return
        if self.kind.libc == "musl" and name.startswith(MUSL_OWN):
            yield self.kind.path
            return
        yield from (f"{directory}/{name}" for directory in before)
        system = not module.elf.flags_1 & DF_1_NODEFLIB
        for path in self.kind.cache.find(name, self.kind.machine)[:1]:  # a stale entry hides the others
            if system or posixpath.dirname(path) not in self.kind.directories:
                yield path
        directories = self.kind.directories if system else ()
        yield from (f"{directory}/{name}" for directory in directories)
        if self.kind.libc == "glibc":  # which of these the processor takes, nobody here knows; one is enough
            yield from self._by_processor(name, (*before, *directories))

    def _by_processor(self, name: str, directories: tuple[str, ...]) -> Iterator[str]:
        for directory in directories:
            if has_hwcaps(directory, self.shared):
                yield from (f"{directory}/glibc-hwcaps/{level}/{name}" for level in HWCAPS.get(self.kind.machine, ()))

    def _search_path(self, module: Module) -> tuple[str, ...]:
        """Return the directories before the cache: DT_RPATHs up the chain, LD_LIBRARY_PATH, DT_RUNPATH."""
        if module.elf.runpath is not None and self.kind.libc == "glibc":
            own = _directories(module, module.elf.runpath, self.kind)
            return (*self.process.library_path, *own) if self.process.library_path else own
        chain = _lineage(module, self.process.program)
        if self.kind.libc == "musl":
            inherited = [
                part for one in chain for part in _directories(one, one.elf.runpath or one.elf.rpath, self.kind)
            ]
            return (*self.process.library_path, *inherited)
        holders = [one for one in chain if one.elf.runpath is None and one.elf.rpath]
        rpath = [part for one in holders for part in _directories(one, one.elf.rpath, self.kind)]
        return (*rpath, *self.process.library_path)

    def _version_faults(self, module: Module) -> Iterator[Fault]:
        """Yield the wanted versions that the library found does not define; by membership, not by number."""
        for need in module.elf.verneed:
            provider = self.names.get(need.library) or self.process.names.get(need.library)
            if need.weak or provider is None or not provider.elf.verdef or need.version in provider.elf.verdef:
                continue
            yield Fault("symbol-version", module.path, need.version, f"{provider.path} does not define it")


def _lineage(module: Module, program: Module) -> Iterator[Module]:
    """Yield a module, those that asked for it, and in any case the program."""
    here: Module | None = module
    seen_program = False
    while here is not None:
        seen_program = seen_program or here is program
        yield here
        here = here.parent
    if not seen_program:
        yield program


def _directories(module: Module, written: str | None, kind: LoaderKind) -> tuple[str, ...]:
    return _expand(written.split(":"), module, kind) if written else ()


def _expand(parts: list[str], module: Module, kind: LoaderKind) -> tuple[str, ...]:
    """Return the absolute directories of a search path; the working directory is nobody's to know."""
    plain = (_substitute(part, module, kind) if "$" in part else part for part in parts[:MAX_DIRECTORIES])
    return tuple(part.rstrip("/") or "/" for part in plain if part.startswith("/"))


def _substitute(text: str, module: Module, kind: LoaderKind) -> str:
    """Return the text with `$ORIGIN`, `$LIB`, `$PLATFORM` replaced (ld.so(8), dynamic string tokens)."""
    values = {"ORIGIN": module.origin, "LIB": kind.lib, "PLATFORM": "i686" if kind.machine == "i386" else kind.machine}
    if kind.libc == "musl":
        values = {"ORIGIN": module.origin}
    return TOKEN.sub(lambda match: values.get(match[1] or match[2], match[0]), text)


def _missing(name: str, module: Module, kind: LoaderKind) -> Fault:
    """Return the fault for a library that is nowhere."""
    if kind.libc == "glibc" and name.startswith(("libc.musl-", "ld-musl-")):
        return Fault("wrong-libc", module.path, name, "it is built for musl, the interpreter for glibc")
    if kind.libc == "musl" and name.startswith("ld-linux"):
        return Fault("wrong-libc", module.path, name, "it is built for glibc, the interpreter for musl")
    return Fault("driver-missing" if DRIVER.match(name) else "library-missing", module.path, name)


def has_hwcaps(directory: str, shared: Shared) -> bool:
    """Whether a directory has libraries for some processors only; kept."""
    known = shared.store("hwcaps")
    if directory not in known:
        if len(known) > MAX_KEPT:
            known.clear()
        known[directory] = shared.view.kind(directory + "/glibc-hwcaps") == "dir"
    return bool(known[directory])


def read_file(path: str, shared: Shared) -> File:
    """Return what stands at a path, kept by path and by identity: forty environments may share one file."""
    known = shared.store("loader_files")
    file: File | None = known.get(path)
    if file is None:
        if len(known) > MAX_KEPT:
            known.clear()
        file = known[path] = _read_file(path, shared, known)
    return file


def _read_file(path: str, shared: Shared, known: dict[object, File]) -> File:
    try:
        with shared.view.open(path) as blob:
            identity = (blob.status.st_dev, blob.status.st_ino)
            twin = known.get(identity)
            if twin is not None:
                return twin
            found = read_elf(blob)
    except PermissionError:
        return File("denied")
    except (OSError, ValueError):
        return File("missing")
    file = File("ok", found, identity) if isinstance(found, ElfFile) else File("bad", None, identity, found)
    known[identity] = file
    return file
