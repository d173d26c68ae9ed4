"""Whether an extension module would load into an interpreter: its format, machine, libraries, versions, symbols.

The one question is `judge_extension`: what would `import` say of this file? Python loads extension modules with
RTLD_NOW, so that a function which nobody defines fails the import at once (Python/dynload_shlib.c, dlopen(3)).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.elf import MAGIC, TABLES, read_elf
from venvdoctor.inspection.elf_symbols import SymbolTable, exported_symbols
from venvdoctor.inspection.elsewhere import SITES, find_elsewhere
from venvdoctor.inspection.loader import Loaded, Module, Process, load_library, open_process
from venvdoctor.model.binary import BinaryProblem, ElfFile, Symbol
from venvdoctor.model.interpreter import Fault

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.view import Blob

PREFIXES = ("Py", "_Py")
LINKER_SCRIPTS = (b"/* GNU ld script", b"INPUT", b"GROUP", b"OUTPUT_FORMAT")
MACHO_MAGIC = {bytes.fromhex(text) for text in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "cafebabf")}


class Verdict(NamedTuple):
    """What loading an extension module would show.

    Attributes:
        faults: why it fails, empty when nothing does.
        initialises: it exports the function that makes it a module (`PyInit_…`); None: it could not be read.
        undecided: why nobody can tell (then no fault says the contrary).
        elsewhere: libraries that the loader does not find by itself, and where the environment has them: packages
            load such libraries from Python code first.
    """

    faults: tuple[Fault, ...] = ()
    initialises: bool | None = None
    undecided: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()


def load_faults(path: str, interpreter: Interpreter, shared: Shared) -> tuple[Fault, ...]:
    """Return why an extension module cannot be loaded by an interpreter; empty: it loads, or nobody can tell."""
    return judge_extension(path, interpreter.executable, shared).faults


def judge_extension(path: str, executable: str, shared: Shared, *, module: str | None = None) -> Verdict:
    """Return what importing an extension module would show; total.

    Args:
        path: the file, spelled as Python would spell it (`$ORIGIN` depends on that).
        executable: canonical path of the interpreter.
        shared: the context of the scan.
        module: last part of the module's name; None: it is taken from the file's name.
    """
    try:
        with shared.view.open(path) as blob:
            head = blob.read_at(0, min(TABLES, blob.size))
            if head[:4] != MAGIC:
                return _not_elf(path, executable, blob, shared, module or module_stem(path))
            found = read_elf(blob, head)
            if isinstance(found, BinaryProblem):
                return Verdict((Fault(found.kind, path, "", found.detail),))
            table = SymbolTable(blob, found, head)
            whole = not found.cut  # what was cut off may have held the symbols
            initialises = table.find(init_function(module or module_stem(path))) is not None if whole else None
            return _judge_elf(path, found, table, executable, shared)._replace(initialises=initialises)
    except PermissionError:
        return Verdict(undecided=(f"{path} cannot be read",))
    except (OSError, ValueError) as error:
        return Verdict((Fault("unreadable", path, "", str(error)),))


def kills(fault: Fault) -> bool:
    """Whether loading the file ends the process, which no handler of Python prevents.

    The loader maps a file whose end is missing, and touching what lies beyond is SIGBUS (mmap(2)); it refuses one that
    ends within its headers.
    """
    return fault.kind == "truncated" and fault.detail.endswith("bytes of it are missing")


def module_stem(path: str) -> str:
    """Return the last part of the name of the module in a file: `pkg/__init__.abi3.so` is `pkg`."""
    name = posixpath.basename(path).split(".", 1)[0]
    return posixpath.basename(posixpath.dirname(path)) if name == "__init__" else name


def init_function(stem: str) -> str:
    """Return the function that a module must export (PEP 489): `PyInit_` and, beyond ASCII, `PyInitU_` and punycode."""
    if stem.isascii():
        return f"PyInit_{stem}"
    encoded = stem.encode("punycode", "replace").decode("ascii", "replace")
    return f"PyInitU_{encoded.replace('-', '_')}"


def _judge_elf(path: str, elf: ElfFile, table: SymbolTable, executable: str, shared: Shared) -> Verdict:
    process = open_process(executable, shared)
    if format_of(executable, shared) in ("Mach-O", "PE"):
        return Verdict(
            (Fault("foreign-format", path, "ELF", "an ELF file, which the interpreter's system cannot load"),)
        )
    if isinstance(process, BinaryProblem):
        return Verdict(undecided=(f"{executable} is no program that could be read",))
    if process.faults or process.undecided:
        return Verdict(undecided=(f"{executable} cannot start itself",) if process.faults else process.undecided)
    loaded = load_library(process, path, elf, shared)
    faults, elsewhere = _sort_out(loaded.faults, path, shared)
    if not loaded.faults and not loaded.undecided:
        wanted = _not_in_python(table, process, shared)
        own = _undefined(table, wanted, loaded, process, shared) if wanted else ()
        faults = own or _wanted_by_libraries(loaded, process, shared) or _other_libc(table, loaded, process, shared)
    return Verdict(faults, None, loaded.undecided if not faults else (), elsewhere)


def _sort_out(
    faults: tuple[Fault, ...], path: str, shared: Shared
) -> tuple[tuple[Fault, ...], tuple[tuple[str, str], ...]]:
    """Set aside the libraries that the environment itself holds in another place."""
    missing = {fault.subject for fault in faults if fault.kind == "library-missing"}
    if not missing:
        return faults, ()
    found = find_elsewhere(missing, path, shared)
    kept = tuple(fault for fault in faults if fault.kind != "library-missing" or fault.subject not in found)
    return kept, tuple(sorted(found.items()))


def _not_in_python(table: SymbolTable, process: Process, shared: Shared) -> list[Symbol]:
    """Return the interpreter's functions that a file needs and this interpreter does not have."""
    return [symbol for symbol in table.undefined(PREFIXES, python_symbols(process, shared)) if not symbol.weak]


def python_symbols(process: Process, shared: Shared) -> frozenset[str]:
    """Return what the interpreter offers to extension modules; kept per interpreter file."""
    known = shared.store("python_symbols")
    path = process.python.path
    if path not in known:
        known[path] = frozenset().union(*(_exports(one, shared) for one in {process.program, process.python}))
    symbols: frozenset[str] = known[path]
    return symbols


def _exports(module: Module, shared: Shared) -> frozenset[str]:
    try:
        with shared.view.open(module.path) as blob:
            return exported_symbols(blob, module.elf)
    except (OSError, ValueError):
        return frozenset()


def _undefined(
    table: SymbolTable, wanted: list[Symbol], loaded: Loaded, process: Process, shared: Shared
) -> tuple[Fault, ...]:
    """Return a fault for each symbol that no library of the module defines either, and that it really uses."""
    others = [*loaded.modules, *process.modules]
    gone = [symbol for symbol in wanted if not any(_offers(one, symbol.name, shared) for one in others)]
    used = table.relocated({symbol.number for symbol in gone}) if gone else set()
    path, what = loaded.modules[0].path, posixpath.basename(process.python.path)
    names = [symbol.name for symbol in gone if symbol.number in used]
    return tuple(Fault("undefined-symbol", path, name, f"{what} does not define it") for name in names)


def _wanted_by_libraries(loaded: Loaded, process: Process, shared: Shared) -> tuple[Fault, ...]:
    """Return what the environment's own libraries (`libarrow_python.so`, `libshiboken6.so`) miss in the interpreter."""
    known = shared.store("libraries_symbols")
    found: list[Fault] = []
    for module in loaded.modules[1:]:
        if not any(f"/{site}/" in module.path for site in SITES):
            continue
        key = (posixpath.normpath(module.path), process.python.path)
        if key not in known:
            known[key] = _missing_symbols(module, loaded, process, shared)
        found += known[key]
    return tuple(found)


def _missing_symbols(module: Module, loaded: Loaded, process: Process, shared: Shared) -> tuple[Fault, ...]:
    try:
        with shared.view.open(module.path) as blob:
            table = SymbolTable(blob, module.elf)
            wanted = _not_in_python(table, process, shared)
            beside = loaded._replace(modules=(module, *loaded.modules))
            return _undefined(table, wanted, beside, process, shared) if wanted else ()
    except (OSError, ValueError):
        return ()


def _other_libc(table: SymbolTable, loaded: Loaded, process: Process, shared: Shared) -> tuple[Fault, ...]:
    """Return the functions of glibc that a module built for it does not find in musl, which answers for `libc.so.6`."""
    module = loaded.modules[0]
    built_for_glibc = any(need.version.startswith("GLIBC_") for need in module.elf.verneed)
    if process.kind is None or process.kind.libc != "musl" or not built_for_glibc:
        return ()
    others = [*loaded.modules, *process.modules]
    strong = [symbol for symbol in table.undefined() if not symbol.weak]
    gone = [symbol for symbol in strong if not any(_offers(one, symbol.name, shared) for one in others)]
    used = table.relocated({symbol.number for symbol in gone}) if gone else set()
    names = [symbol.name for symbol in gone if symbol.number in used]
    return tuple(
        Fault("wrong-libc", module.path, name, "a function of glibc, which musl does not have") for name in names
    )


def _offers(module: Module, name: str, shared: Shared) -> bool:
    try:
        with shared.view.open(module.path) as blob:
            return SymbolTable(blob, module.elf).find(name) is not None
    except (OSError, ValueError):
        return True  # nobody can tell; then nothing is claimed


def _not_elf(path: str, executable: str, blob: Blob, shared: Shared, stem: str) -> Verdict:
    """Return the verdict on a file that is no ELF file: it may be right for an interpreter that is none either."""
    mine = binary_format(blob.read_at(0, 4))
    theirs = format_of(executable, shared)
    if not mine:
        if blob.read_at(0, 32).lstrip().startswith(LINKER_SCRIPTS):
            return Verdict(initialises=False)  # what `ld -lNAME` finds beside a library (ld's manual, "Linker Scripts")
        problem = read_elf(blob)
        kind, detail = problem if isinstance(problem, BinaryProblem) else ("not-binary", "")
        return Verdict((Fault(kind, path, "", detail),))
    if not theirs:
        return Verdict(undecided=(f"{executable} is no program that could be read",))
    if mine != theirs:
        return Verdict((Fault("foreign-format", path, mine, f"a {mine} file, the interpreter is an {theirs} file"),))
    judge = _judge_pe if mine == "PE" else _judge_macho
    return judge(path, blob, executable, shared, stem)


def _judge_macho(path: str, blob: Blob, executable: str, shared: Shared, stem: str) -> Verdict:
    from venvdoctor.inspection.macho import judge_macho, macho_symbols, read_macho  # noqa: PLC0415 - rare

    found = read_macho(blob)
    if isinstance(found, BinaryProblem):
        return Verdict((Fault(found.kind, path, "", found.detail),))
    defined, _ = macho_symbols(blob, found[0])
    known = shared.interpreters.get(executable)
    faults = judge_macho(path, found, known.machine if known else None, executable, shared)
    return Verdict(faults, init_function(stem) in defined if found[0].cut <= 0 else None)


def _judge_pe(path: str, blob: Blob, executable: str, shared: Shared, stem: str) -> Verdict:
    from venvdoctor.inspection.pe import judge_pe, read_pe  # noqa: PLC0415 - rare

    found = read_pe(blob)
    if isinstance(found, BinaryProblem):
        return Verdict((Fault(found.kind, path, "", found.detail),))
    known = shared.interpreters.get(executable)
    faults = judge_pe(path, found, known.machine if known else None, known.libpython if known else None, shared)
    return Verdict(faults, init_function(stem) in found.exports if not found.cut else None)


def binary_format(head: bytes) -> str:
    """Return the format that the first four bytes announce: `ELF`, `Mach-O`, `PE` or ""."""
    if head == b"\x7fELF":
        return "ELF"
    return "Mach-O" if head in MACHO_MAGIC else "PE" if head[:2] == b"MZ" else ""


def format_of(path: str, shared: Shared) -> str:
    """Return the format of a program, kept; "" for scripts and for what cannot be read."""
    known = shared.store("formats")
    if path not in known:
        try:
            known[path] = binary_format(shared.view.read_head(path, 4))
        except (OSError, ValueError):
            known[path] = ""
    return str(known[path])
