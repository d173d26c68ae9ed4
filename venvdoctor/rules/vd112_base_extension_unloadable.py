"""Extension modules of the standard library cannot be loaded.

## What it checks
Each file of the base interpreter's `lib-dynload` is judged as the dynamic loader would: the libraries it needs, their
symbol versions, its own format. Modules that were never built (no file) are not missed.

## Why it matters
An upgrade of the system replaces libraries (`libssl.so.1.1`, `libffi.so.7`, `libreadline.so.7`), and interpreters that
were built on the spot (pyenv, asdf, `make install`) keep asking for the old ones. `import ssl` fails then, and pip says
that "the ssl module in Python is not available". Every environment on that interpreter is concerned.

## How to fix
Build the interpreter again in the same place (`pyenv install --force X.Y.Z`): the environments on it work again as they
are. Or install the package that holds the old library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._copies import is_installed, lone_copy
from venvdoctor.rules._reinstall import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter, StdlibModule

# Built where a library happens to be there, and missed by hardly anybody.
OPTIONAL = ("_tkinter", "nis", "_dbm", "_gdbm", "ossaudiodev", "spwd", "_gdbm_cffi")
# The standard library goes on without them, with less comfort.
DISPENSABLE = ("readline", "_curses", "_curses_panel", "_crypt", "_uuid", "_curses_cffi", "_syslog_cffi")

rule = Rule(
    code="VD112",
    name="base-extension-unloadable",
    summary="extension modules of the interpreter's standard library cannot be loaded",
    severity="error",
    since="0.1",
    needs=frozenset({"native"}),
)


@rule.interpreter
def check(interpreter: Interpreter, _host: Host) -> Iterator[Finding]:
    """Report the modules that an installation cannot load, all in one finding."""
    if is_installed(interpreter):
        yield from _report(interpreter)


@rule.environment
def check_copy(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report those of a copy whose installation is not there to be judged."""
    copy = lone_copy(env)
    if copy is not None:
        yield from _report(copy)


def _report(interpreter: Interpreter) -> Iterator[Finding]:
    modules = [module for module in interpreter.modules if not _is_drift(module)]
    if not modules:
        return
    modules.sort(key=lambda module: (_rank(module.name), module.name))
    names = [module.name for module in modules]
    first = modules[0].faults[0]
    what = f" ({_in_words(modules[0])})"
    pip = "; pip cannot download without _ssl" if "_ssl" in names else ""
    listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    yield rule.finding(
        message=f"{interpreter.executable} cannot import {listed} of its own standard library{what}{pip}",
        path=modules[0].path,
        evidence={
            "modules": names,
            "why": [f"{module.name}: {_in_words(module)}" for module in modules],
            "wants": list(
                dict.fromkeys(fault.subject for module in modules for fault in module.faults if fault.subject)
            ),
            "directory": interpreter.dynload,
        },
        severity=_severity(names),
        remedy=reinstall(interpreter),
        cause=Cause(
            id=f"base-extensions:{interpreter.executable}",
            summary=f"{interpreter.executable} lost {first.subject or 'libraries'} that its standard library needs",
            remedy=reinstall(interpreter),
        ),
    )


def _is_drift(module: StdlibModule) -> bool:
    """Whether the module was built for another patch release of Python, which is VD111's business."""
    return all(fault.kind == "undefined-symbol" and fault.subject.startswith(("Py", "_Py")) for fault in module.faults)


def _rank(name: str) -> int:
    if name in ("_ssl", "_pypy_openssl"):
        return -1  # the one that people notice first
    return 2 if name in OPTIONAL else 1 if name in DISPENSABLE else 0


def _severity(names: list[str]) -> Severity:
    best = min(map(_rank, names))
    return "error" if best <= 0 else "warning" if best == 1 else "note"


def _in_words(module: StdlibModule) -> str:
    fault = module.faults[0]
    if fault.kind == "library-missing":
        return f"{fault.subject} is not found"
    return f"{fault.kind}: {fault.subject or fault.detail}"
