"""The interpreter is built for another machine or another system.

## What it checks
The machine that the interpreter's file is made for (`x86_64`, `aarch64` …) is compared with the one that the system's
own programs are made for. Machines that run here all the same do not count: 32-bit programs that the kernel takes, and
what QEMU, Rosetta or the like is registered for.

## Why it matters
The kernel answers "Exec format error" (shells: "cannot execute binary file"). It happens when environments are copied
or shared between machines: a project on a shared volume, a container image of another platform, a new computer.

## How to fix
Rebuild the environment with an interpreter of this machine: `venvdoctor fix ENV`. Packages that hold no machine code
are carried over.
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
    code="VD114",
    name="wrong-machine",
    summary="the interpreter is built for another machine or system",
    severity="error",
    since="0.1",
)


@rule.interpreter
def check(interpreter: Interpreter, host: Host) -> Iterator[Finding]:
    """Report the machine of the executable when it is not this one."""
    for fault in interpreter.faults:
        if fault.kind == "wrong-machine" and fault.path == interpreter.executable:
            here = f"{host.machine} ({host.platform})" if host.machine else host.platform
            yield rule.finding(
                message=f"{interpreter.executable} is built for {fault.subject}, and this machine is {here}",
                path=interpreter.executable,
                evidence={
                    "built for": fault.subject,
                    "machine": host.machine,
                    "system": host.platform,
                    "also runs": sorted(host.foreign_machines),
                },
                remedy=Remedy(
                    kind="rebuild",
                    summary="use an interpreter of this machine",
                    command="venvdoctor fix --select VD114",
                ),
                impact="broken",
                cause=Cause(id=f"wrong-machine:{fault.subject}", summary=f"built for {fault.subject}, not for {here}"),
            )
