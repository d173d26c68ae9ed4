"""The environment was made for another implementation of Python.

## What it checks
The packages lie in `lib/pypyX.Y` and CPython answers, or the other way round, and nothing is visible in the directory
that the interpreter reads.

## Why it matters
`bin/python` starts and no import of a package works. Extension modules of one implementation never load in the other.

## How to fix
`venvdoctor fix ENV` links the environment to the implementation that it was made for, or rebuilds it.
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
    code="VD204",
    name="implementation-change",
    summary="the environment was made for another implementation of Python",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report packages of another implementation."""
    found = made_for_another(rule, env, "implementation")
    if found is not None:
        yield found
