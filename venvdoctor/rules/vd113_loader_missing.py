"""The interpreter's loader is not there.

## What it checks
An ELF program names the program that loads it (PT_INTERP), for instance `/lib64/ld-linux-x86-64.so.2` on systems with
glibc, `/lib/ld-musl-x86_64.so.1` on Alpine, or a file of the Nix store. That file must exist.

## Why it matters
The kernel answers "No such file or directory", although the interpreter itself is there. It happens when an environment
with a copied interpreter, or a whole installation, is carried to a system with another C library (glibc to Alpine, or
back), to NixOS, or when the Nix store was collected.

## How to fix
Install an interpreter that is made for this system and rebuild the environment on it: `venvdoctor fix ENV`.
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
    code="VD113",
    name="loader-missing",
    summary="the interpreter's dynamic loader is not there",
    severity="error",
    since="0.1",
)


@rule.interpreter
def check(interpreter: Interpreter, host: Host) -> Iterator[Finding]:
    """Report the loader that the executable names and that does not exist."""
    for fault in interpreter.faults:
        if fault.kind == "loader-missing":
            yield rule.finding(
                message=f"{interpreter.executable} cannot start: its loader {fault.subject} is not there",
                path=interpreter.executable,
                evidence={"wants": fault.subject, "built for": interpreter.libc, "system": host.libc},
                remedy=Remedy(
                    kind="rebuild",
                    summary="use an interpreter that is made for this system",
                    command="venvdoctor fix --select VD113",
                ),
                impact="broken",
                cause=Cause(id=f"loader-missing:{fault.subject}", summary=f"the loader {fault.subject} is not there"),
            )
