"""The environment was made for a Python with another threading build.

## What it checks
The packages lie in `lib/pythonX.Yt` (free-threaded) and the ordinary build answers, or the other way round, and
nothing is visible in the directory that the interpreter reads.

## Why it matters
The two builds of one version keep their packages apart, and extension modules of one never load in the other:
`bin/python` starts and no import of a package works.

## How to fix
`venvdoctor fix ENV` links the environment to the build that it was made for, or rebuilds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._drift import made_for_another

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD205",
    name="threading-change",
    summary="the environment was made for a Python with another threading build",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report packages of the other build of the same version."""
    found = made_for_another(rule, env, "threads")
    if found is not None:
        yield found
