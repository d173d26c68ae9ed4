"""Whether an extension module would load into an interpreter: its format, machine, libraries, versions, symbols.

The one question is `judge_extension`: what would `import` say of this file? Python loads extension modules with
RTLD_NOW, so that a function which nobody defines fails the import at once (Python/dynload_shlib.c, dlopen(3)).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.elf import read_elf
from venvdoctor.inspection.elf_symbols import SymbolTable, exported_symbols
from venvdoctor.inspection.elsewhere import find_elsewhere
from venvdoctor.inspection.loader import Loaded, Module, Process, load_library, open_process
from venvdoctor.model.binary import BinaryProblem, ElfFile, Symbol
from venvdoctor.model.interpreter import Fault

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.view import Blob

PREFIXES = (b"Py", b"_Py")
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
            head = blob.read_at(0, 4)
            if head != b"\x7fELF":
                return _not_elf(path, executable, blob, shared)
            found = read_elf(blob)
            if isinstance(found, BinaryProblem):
                return Verdict((Fault(found.kind, path, "", found.detail),))
            table = SymbolTable(blob, found)
            whole = not found.cut  # what was cut off may have held the symbols
            initialises = table.find(init_function(module or module_stem(path))) is not None if whole else None
            return _judge_elf(path, found, table, executable, shared)._replace(initialises=initialises)
    except PermissionError:
        return Verdict(undecided=(f"{path} cannot be read",))
    except (OSError, ValueError) as error:
        return Verdict((Fault("unreadable", path, "", str(error)),))


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
    if isinstance(process, BinaryProblem):
        return Verdict(undecided=(f"{executable} is no program that could be read",))
    if process.faults or process.undecided:
        return Verdict(undecided=(f"{executable} cannot start itself",) if process.faults else process.undecided)
    loaded = load_library(process, path, elf, shared)
    faults, elsewhere = _sort_out(loaded.faults, path, shared)
    if not loaded.faults and not loaded.undecided:
        wanted = _not_in_python(table.undefined(PREFIXES), process, shared)
        if wanted:
            faults = _undefined(table, wanted, loaded, process, shared)
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


def _not_in_python(wanted: list[Symbol], process: Process, shared: Shared) -> list[Symbol]:
    offered = python_symbols(process, shared)
    return [symbol for symbol in wanted if not symbol.weak and symbol.name not in offered]


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


def _offers(module: Module, name: str, shared: Shared) -> bool:
    try:
        with shared.view.open(module.path) as blob:
            return SymbolTable(blob, module.elf).find(name) is not None
    except (OSError, ValueError):
        return True  # nobody can tell; then nothing is claimed


def _not_elf(path: str, executable: str, blob: Blob, shared: Shared) -> Verdict:
    """Return the verdict on a file that is no ELF file."""
    head = blob.read_at(0, 4096)
    name = "Mach-O" if head[:4] in MACHO_MAGIC else "PE" if head[:2] == b"MZ" else ""
    process = open_process(executable, shared)
    if isinstance(process, BinaryProblem):
        return Verdict((), None, (f"{executable} is no program that could be read",))
    if name:
        return Verdict((Fault("foreign-format", path, name, f"a {name} file, which this system cannot load"),))
    problem = read_elf(blob)
    kind, detail = problem if isinstance(problem, BinaryProblem) else ("not-binary", "")
    return Verdict((Fault(kind, path, "", detail),))
