"""A package's extension modules are files for another machine, C library or system, or damaged.

## What it checks
The header of every extension module that this interpreter would load: processor, word size, byte order, C library
(glibc or musl), file format (ELF, Mach-O, PE), and whether the whole file is there.

## Why it matters
The environment was copied from a Mac, an ARM machine or an Alpine container, or a copy was cut short. The loader's
own words mislead: for a file of another processor it says "cannot open shared object file: No such file or
directory", for one of macOS "invalid ELF header".

## How to fix
`venvdoctor fix ENV` installs the packages again for this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._extensions import DAMAGED, FOREIGN, evidence_of, opening, unloadable
from venvdoctor.rules._packages import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Fault
    from venvdoctor.rules._extensions import Case

rule = Rule(
    code="VD513",
    name="extension-of-another-system",
    summary="a package's extension modules are for another machine, C library or system, or damaged",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "imports", "native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution once."""
    for cases in unloadable(env, FOREIGN | DAMAGED):
        yield _finding(env, cases)


def _finding(env: Environment, cases: list[Case]) -> Finding:
    first = cases[0]
    fault = first.faults[0]
    interpreter = env.interpreter
    mine = " ".join(filter(None, (interpreter.machine, interpreter.libc))) if interpreter else ""
    return rule.finding(
        message=f"{opening(cases)}: {fault.path} is {_what(fault)}",
        path=fault.path,
        severity=first.severity,
        distribution=first.dist.name,
        evidence=evidence_of(cases, found=fault.subject or fault.kind, problem=fault.kind, expected=mine),
        cause=_cause(fault),
        remedy=reinstall(env, first.dist.label),
    )


def _what(fault: Fault) -> str:
    words = {
        "wrong-machine": f"built for {fault.subject}, which this interpreter is not",
        "wrong-libc": f"built for another C library (it needs {fault.subject})",
        "foreign-format": f"a {fault.subject} file of another operating system",
        "not-library": "a program and no library",
        "truncated": "cut short",
        "empty": "empty",
        "text": "a text and no library",
    }
    known = words.get(fault.kind, "damaged")
    return f"{known} ({fault.detail})" if fault.kind == "truncated" and fault.detail else known


def _cause(fault: Fault) -> Cause | None:
    if fault.kind == "wrong-machine":
        return Cause(id=f"built-for:{fault.subject}", summary=f"packages are built for {fault.subject}")
    if fault.kind == "wrong-libc":
        return Cause(id="built-for:other-libc", summary="packages are built for another C library")
    if fault.kind == "foreign-format":
        return Cause(id=f"built-for:{fault.subject}", summary=f"packages are {fault.subject} builds of another system")
    return None
