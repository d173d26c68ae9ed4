"""pipx's shared libraries are gone: its environments run, and have no pip.

## What it checks
`pipx_shared.pth` in an environment of pipx names the site-packages of pipx's shared environment, where pip lives.

## Why it matters
The application runs. `pipx upgrade`, `pipx inject` and `python -m pip` inside the environment fail with "No module
named pip", until pipx makes the shared environment again.

## How to fix
`pipx upgrade-shared` makes it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD524",
    name="pipx-shared-missing",
    summary="pipx's shared libraries are gone, so the environment has no pip",
    severity="warning",
    since="0.1",
)

_REMEDY = Remedy(
    kind="repair-packages", summary="let pipx make its shared libraries again", command="pipx upgrade-shared"
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the directory that `pipx_shared.pth` names and that is gone."""
    shared = env.receipt.shared_missing if env.receipt else ()
    for pth, place in shared:
        yield rule.finding(
            message=f"{pth} names {place}, which is gone: the application runs, and pip in it does not",
            path=pth,
            evidence={"names": place, "expected": "the site-packages of pipx's shared environment"},
            cause=Cause(
                id=f"pipx-shared-gone:{place}", summary=f"pipx's shared libraries {place} are gone", remedy=_REMEDY
            ),
            remedy=_REMEDY,
        )
