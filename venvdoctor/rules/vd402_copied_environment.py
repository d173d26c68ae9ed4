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

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._former import former_place, names_former

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
    former = former_place(env, environment=True)
    if former is not None:
        opening = f"{env.path} is a copy of {former.path}"
        yield names_former(
            rule, env, former, opening, scripts="run in the original", activate="activating it activates the original"
        )
