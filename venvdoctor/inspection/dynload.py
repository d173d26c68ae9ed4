"""Which extension modules of a standard library its interpreter cannot load, and which it lacks altogether."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.extension_names import split_extension
from venvdoctor.inspection.loader import Process, open_process
from venvdoctor.inspection.native import judge_extension, python_symbols
from venvdoctor.inspection.stdlib import CORE_EXTENSIONS, names_in
from venvdoctor.model.fact import replace
from venvdoctor.model.interpreter import StdlibModule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter

# Written for the test suite of CPython, or as examples; nothing else imports them.
NOT_FOR_USE = ("_test", "_xx", "xx", "_ctypes_test")


def with_modules(found: Interpreter, shared: Shared) -> Interpreter:
    """Return the facts with the modules of the standard library that cannot be loaded; costs a look into every one."""
    if found.faults or found.stdlib is None or not found.suffixes:
        return found
    gone = _missing(found, shared)
    modules = tuple(_unloadable(found, found.dynload, shared)) if found.dynload else ()
    return replace(found, modules=modules, stdlib_faults=(*found.stdlib_faults, *gone))


def modules_elsewhere(found: Interpreter, stdlib: str, shared: Shared) -> tuple[StdlibModule, ...]:
    """Return the modules that a program lacks when it runs with another installation's standard library.

    Those that the files there cannot be loaded as, and those that are neither built into it nor there (no faults then).
    """
    if "native" not in shared.needs:
        return ()
    dynload = f"{stdlib}/lib-dynload"
    if shared.view.kind(dynload) != "dir":  # then the compiled-in exec_prefix answers: its own
        return ()
    apart = replace(found, stdlib=stdlib, dynload=dynload, stdlib_faults=(), modules=())
    judged = with_modules(apart, shared)
    gone = (item.rpartition("/")[2] for item in judged.stdlib_faults)
    return (*judged.modules, *(StdlibModule(name=name, path=dynload, faults=()) for name in gone))


def _unloadable(found: Interpreter, dynload: str, shared: Shared) -> Iterator[StdlibModule]:
    process = open_process(found.executable, shared)
    built_in = python_symbols(process, shared) if isinstance(process, Process) else frozenset()
    for name, file in sorted(_importable(found, dynload, shared).items()):
        if f"PyInit_{name}" in built_in:  # the built-in one is found first, and the file is never looked at
            continue
        path = f"{dynload}/{file}"
        faults = judge_extension(path, found.executable, shared, module=name).faults
        if faults:
            yield StdlibModule(name=name, path=path, faults=faults)


def _importable(found: Interpreter, dynload: str, shared: Shared) -> dict[str, str]:
    """Return the file that each module would be loaded from: the first suffix of the interpreter's list wins."""
    rank = {suffix: index for index, suffix in enumerate(found.suffixes)}
    chosen: dict[str, tuple[int, str]] = {}
    for file in names_in(dynload, shared):
        part = split_extension(file)
        if part is None or part.suffix not in rank or part.stem.startswith(NOT_FOR_USE):
            continue
        order = (rank[part.suffix], file)
        chosen[part.stem] = min(chosen.get(part.stem, order), order)
    return {stem: file for stem, (_, file) in chosen.items()}


def _missing(found: Interpreter, shared: Shared) -> list[str]:
    """Return the extension modules that every build has, and that are neither in the binary nor beside the library."""
    process = open_process(found.executable, shared)
    if found.implementation != "cpython" or not isinstance(process, Process):
        return []
    if found.dynload is not None and _is_closed(found.dynload, shared):
        return []
    there = _importable(found, found.dynload, shared) if found.dynload else {}
    absent = [name for name in CORE_EXTENSIONS if name not in there]
    offered = python_symbols(process, shared) if absent else frozenset()
    if "PyInit_posix" not in offered:  # built in everywhere: this binary does not show what is built in
        return []
    return [f"lib-dynload/{name}" for name in absent if f"PyInit_{name}" not in offered]


def _is_closed(directory: str, shared: Shared) -> bool:
    """Whether a directory is there and may not be listed: then nobody can tell what it lacks."""
    if names_in(directory, shared):
        return False
    try:
        shared.view.listdir(directory)
    except PermissionError:
        return True
    except OSError:
        return False
    return False
