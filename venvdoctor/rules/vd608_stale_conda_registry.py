"""conda's list of environments names one that is gone.

## What it checks
The lines of `~/.conda/environments.txt`.

## Why it matters
Nothing fails: conda skips such lines and removes them when it writes the file again. Other tools may offer the
environment.

## How to fix
Remove the line, or run `conda env list` after which conda cleans the file itself.
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
    code="VD608",
    name="stale-conda-registry",
    summary="~/.conda/environments.txt lists an environment that is gone",
    severity="note",
    since="0.1",
)


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a line whose environment is gone."""
    if item.kind == "conda-registry" and item.state == "missing":
        yield rule.finding(
            message=f"{item.path}:{item.line} lists {item.target}, which is gone",
            path=item.path,
            evidence={"line": item.line, "names": item.target},
            remedy=Remedy(kind="forget", summary="remove the line", command=f"sed -i {item.line}d {quote(item.path)}"),
        )
