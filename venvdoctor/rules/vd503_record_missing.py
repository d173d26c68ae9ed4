"""The list of an installed package's files is missing or unreadable.

## What it checks
`RECORD` in each `*.dist-info`. Packages that an operating system's or conda's package manager installed have none
by design.

## Why it matters
Everything runs. pip cannot upgrade or remove the package ("uninstall-no-record-file"), and nobody can tell whether
its files are whole.

## How to fix
Install the same version again over it (`pip install --force-reinstall --no-deps --ignore-installed`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD503",
    name="record-missing",
    summary="the list of an installed package's files is missing or unreadable",
    severity="warning",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution without a usable RECORD."""
    for dist in packages(env):
        if dist.record in ("ok", "not-expected") or dist.metadata != "ok":
            continue
        yield rule.finding(
            message=f"{dist.metadata_path}/RECORD is {dist.record}: pip can neither upgrade nor remove {dist.name}",
            path=f"{dist.metadata_path}/RECORD",
            distribution=dist.name,
            evidence={"state": dist.record, "installer": dist.installer},
            remedy=reinstall(env, dist.label),
        )
