"""A conda environment has no `conda-meta/history`, so conda does not see it.

## What it checks
Whether `conda-meta/history` is there beside the package records. Environments of pixi need none.

## Why it matters
Python and everything in the environment run. But `conda list`, `conda install` and `conda activate` say "not a conda
environment", and it vanishes from `conda env list`.

## How to fix
Create the empty file; the package records are intact: `touch ENV/conda-meta/history`.
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
    code="VD601",
    name="conda-history-missing",
    summary="conda does not see the environment: conda-meta/history is missing",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the missing history of an environment that conda itself made."""
    facts = env.conda
    if facts is None or facts.history or facts.foreign or not facts.packages or env.manager == "pixi":
        return
    if "/.pixi/" in env.path:
        return
    path = f"{env.path}/conda-meta/history"
    yield rule.finding(
        message=f"{path} is missing: conda does not take {env.path} for an environment",
        path=path,
        evidence={"expected": path, "records": len(facts.packages)},
        remedy=Remedy(kind="edit", summary="create the empty file", command=f"touch {quote(path)}"),
    )
