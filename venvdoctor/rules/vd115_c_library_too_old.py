"""The interpreter needs a newer C library (or other system library) than the system has.

## What it checks
A program lists the symbol versions that it needs of each library (`GLIBC_2.38`, `OPENSSL_3.0.0` …). Each of them must
be defined by the library that the loader finds; names are compared, not numbers, and versions marked as weak do not
count.

## Why it matters
The loader refuses to start the program: "version `GLIBC_2.38' not found". It happens when an interpreter, or an
environment with a copied one, was made on a newer system than the one it is used on.

## How to fix
Install an interpreter that is made for this release of the system (or for older ones, as those of uv are), and rebuild
the environment on it: `venvdoctor fix ENV`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

rule = Rule(
    code="VD115",
    name="c-library-too-old",
    summary="the interpreter needs newer versions of the system's libraries than are there",
    severity="error",
    since="0.1",
)


@rule.interpreter
def check(interpreter: Interpreter, _host: Host) -> Iterator[Finding]:
    """Report the symbol versions that no library defines, all in one finding."""
    faults = [fault for fault in interpreter.faults if fault.kind == "symbol-version"]
    if not faults:
        return
    versions = list(dict.fromkeys(fault.subject for fault in faults))
    others = f" and {len(versions) - 1} more" if len(versions) > 1 else ""
    yield rule.finding(
        message=f"{interpreter.executable} cannot start: the system's libraries do not have {versions[0]}{others}",
        path=interpreter.executable,
        evidence={"wants": versions, "found": list(dict.fromkeys(f"{item.path}: {item.detail}" for item in faults))},
        remedy=Remedy(
            kind="rebuild",
            summary="use an interpreter that is made for this system",
            command="venvdoctor fix --select VD115",
        ),
        impact="broken",
        cause=Cause(
            id=f"symbol-version:{interpreter.executable}",
            summary=f"{interpreter.executable} was built for a newer system",
        ),
    )
