"""A shell start-up file initialises a conda that is gone.

## What it checks
The `conda initialize` block in shell start-up files: the `conda` program that it names.

## Why it matters
The environments themselves hold their own Python and still run. But `conda` and `conda activate` do not exist in new
shells, and whatever relied on them uses another Python.

## How to fix
Remove the block, or install conda again at the same place; `conda init` writes a new block.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD609",
    name="conda-installation-gone",
    summary="a shell start-up file initialises a conda that is gone",
    severity="warning",
    since="0.1",
)


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report an initialisation whose conda is gone."""
    if item.kind == "conda-init" and item.state == "missing":
        yield rule.finding(
            message=f"{item.path}:{item.line} initialises {item.target}, which is gone: conda activate does not work",
            path=item.path,
            evidence={"line": item.line, "names": item.target},
            remedy=Remedy(kind="edit", summary=f"remove the conda block from {quote(item.path)}"),
        )
