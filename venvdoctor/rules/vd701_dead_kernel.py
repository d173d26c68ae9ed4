"""A Jupyter kernel cannot start.

## What it checks
The `kernel.json` files of users, of the system and inside environments: the program that `argv` starts by absolute
path, the interpreter behind it, and whether the environment holds the module that it is told to run
(`ipykernel_launcher`).

## Why it matters
The kernel is offered in every notebook, and choosing it fails: "Kernel died" or "No such file or directory".

## How to fix
Repair the environment, or install the kernel again from an environment that works
(`python -m ipykernel install --user --name NAME`), or remove the kernelspec.
"""

from __future__ import annotations

import posixpath
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.outside import cause_of, evidence_of, is_sick, why
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(code="VD701", name="dead-kernel", summary="a Jupyter kernel cannot start", severity="error", since="0.1")


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a kernelspec whose program cannot start."""
    if item.kind != "kernel" or not is_sick(item):
        return
    python = f"{item.environment}/bin/python"
    if item.state == "module-missing":
        remedy = Remedy(
            kind="repair-packages",
            summary="install ipykernel into the environment again",
            command=f"{quote(python)} -m pip install ipykernel",
        )
    else:
        remedy = Remedy(
            kind="repoint",
            summary="repair the environment, or remove the kernelspec",
            command=f"jupyter kernelspec remove {quote(posixpath.basename(posixpath.dirname(item.path)))}",
        )
    yield rule.finding(
        severity="error" if item.certain else "warning",
        message=f"the Jupyter kernel {item.name!r} cannot start: {why(item)}",
        path=item.path,
        evidence=evidence_of(item),
        cause=cause_of(item),
        remedy=remedy,
    )
