"""A link in `bin` leads to nothing.

## What it checks
Symbolic links in `bin` (`Scripts`) other than the interpreter's own names, whose target does not exist.

## Why it matters
Starting the command fails with "No such file or directory"; nothing else is touched by it. Such links are left behind
when what they led to was removed or moved.

## How to fix
Remove the link, or put back what it led to.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD405",
    name="dead-link-in-bin",
    summary="a link in bin leads to nothing",
    severity="note",
    since="0.1",
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report every dead link, each with what it leads to."""
    for path, target in env.scripts.dead_links if env.scripts else ():
        yield rule.finding(
            message=f"{path} is a link to {target}, which does not exist",
            path=path,
            evidence={"link": path, "leads to": target},
            remedy=Remedy(kind="edit", summary="remove the dead link", command=f"rm -- {quote(path)}"),
        )
