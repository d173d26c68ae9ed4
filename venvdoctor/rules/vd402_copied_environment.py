"""The environment is a copy, and its files still lead to the original.

## What it checks
The same as for a moved environment: where its scripts and activate files lead. Here the other place still exists and
is an environment of its own.

## Why it matters
Everything seems to work, on the wrong environment: `copy/bin/pip install` installs into the original, `copy/bin/app`
runs the original's packages, and activating the copy activates the original.

## How to fix
`venvdoctor fix ENV` rewrites the paths in the copy, so that it is an environment of its own. The original is not
touched.
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
    code="VD402",
    name="copied-environment",
    summary="the environment is a copy whose scripts or activate files lead to the original",
    severity="error",
    since="0.1",
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the environment that a copy's files lead to."""
    former = env.scripts.former if env.scripts else None
    if former is None or not former.environment or env.kind == "conda":
        return
    effects = []
    if former.scripts:
        effects.append(f"{len(former.scripts)} of its scripts run in the original")
    if former.activates:
        effects.append("activating it activates the original")
    yield rule.finding(
        message=f"{env.path} is a copy of {former.path}: {' and '.join(effects)}",
        path=(former.scripts or former.activates)[0],
        evidence={
            "names": former.path,
            "expected": env.path,
            "scripts": list(former.scripts),
            "activate files": list(former.activates),
            "pyvenv.cfg command names it": former.command,
        },
        remedy=Remedy(
            kind="rewrite-paths",
            summary=f"rewrite {former.path} to {env.path} in the copy's scripts and activate files",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
    )
