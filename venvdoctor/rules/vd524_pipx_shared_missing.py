"""pipx's shared libraries are gone: its environments run, and have no pip.

## What it checks
`pipx_shared.pth` in an environment of pipx names the site-packages of pipx's shared environment, where pip lives.

## Why it matters
The application runs. `pipx upgrade`, `pipx inject` and `python -m pip` inside the environment fail with "No module
named pip". An upgrade of the Python that pipx runs on is enough for it: the shared environment moves to another
directory.

## How to fix
`pipx reinstall NAME`, or `pipx reinstall-all`: both make the shared environment again and write its place down.
`pipx upgrade-shared` is enough only where pipx runs on the same Python version as before: the directory's name holds
that version, and environments that are there keep the old one.
"""

from __future__ import annotations

import posixpath
from shlex import quote
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

_EVERYWHERE = Remedy(
    kind="repair-packages", summary="let pipx install its applications again", command="pipx reinstall-all"
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
                id=f"pipx-shared-gone:{place}", summary=f"pipx's shared libraries {place} are gone", remedy=_EVERYWHERE
            ),
            remedy=Remedy(
                kind="repair-packages",
                summary="let pipx install the application again",
                command=f"pipx reinstall {quote(posixpath.basename(env.path))}",
            ),
        )
