"""A library that the interpreter needs to start is not there.

## What it checks
Every library that the interpreter needs, and that those libraries need, is looked for exactly as the dynamic loader
does: RPATH and RUNPATH, `LD_LIBRARY_PATH`, `/etc/ld.so.cache`, the default directories. The most frequent one is the
interpreter's own `libpythonX.Y.so`.

## Why it matters
Nothing of the environment starts: "error while loading shared libraries". It happens when a package that held the
library was removed (`libpython3.11`), when an installation was moved, or when an upgrade replaced a library by one of
another name (`libcrypt.so.1`).

## How to fix
Reinstall the interpreter, or install the package that holds the library; the environments on it then work again. Where
the interpreter is gone for good: `venvdoctor fix ENV`.
"""

from __future__ import annotations

from posixpath import basename, normpath
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._reinstall import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

KINDS = (
    "library-missing",
    "driver-missing",
    "wrong-libc",
    "not-binary",
    "truncated",
    "wrong-machine",
    "undefined-symbol",
)

rule = Rule(
    code="VD109",
    name="interpreter-library-missing",
    summary="a library that the interpreter needs to start is not there",
    severity="error",
    since="0.1",
    requires=("VD116",),
)


@rule.interpreter
def check(interpreter: Interpreter, _host: Host) -> Iterator[Finding]:
    """Report the libraries that the loader would not find, all in one finding."""
    faults = [
        fault
        for fault in interpreter.faults
        if fault.kind in KINDS and _about_a_library(fault.path, fault.kind, interpreter)
    ]
    if not faults:
        return
    first = faults[0]
    what = "is not there" if first.kind in ("library-missing", "driver-missing") else "cannot be loaded"
    names = list(dict.fromkeys(normpath(fault.subject or fault.path) for fault in faults))
    others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    yield rule.finding(
        message=f"{interpreter.executable} cannot start: it needs {names[0]}{others}, which {what}",
        path=interpreter.executable,
        evidence={
            "wants": names,
            "wanted by": list(dict.fromkeys(fault.path for fault in faults)),
            "why": list(dict.fromkeys(f"{fault.kind}: {fault.detail}".removesuffix(": ") for fault in faults)),
        },
        remedy=_remedy(interpreter, names[0]),
        impact="broken",
        cause=Cause(id=f"library-missing:{names[0]}", summary=f"{names[0]} {what}"),
    )


def _remedy(interpreter: Interpreter, library: str) -> Remedy:
    """Its own libpython comes back with the interpreter; another library with whatever package holds it."""
    if basename(library).startswith(("libpython", "libpypy")):
        return reinstall(interpreter)
    return Remedy(
        kind="reinstall-base",
        summary=f"install the package that holds {library}, or the interpreter again ({interpreter.provider})",
    )


def _about_a_library(path: str, kind: str, interpreter: Interpreter) -> bool:
    """Whether the fault is one of a library; the executable's own are other rules' business."""
    return (
        kind in ("library-missing", "driver-missing", "wrong-libc", "undefined-symbol")
        or path != interpreter.executable
    )
