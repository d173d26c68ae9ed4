"""The environment stands on another environment.

## What it checks
The chain of `bin/python`, or `home`, passes through a directory that is an environment itself (`pyvenv.cfg`), or
through a conda environment.

## Why it matters
When the other environment is removed, this one dies with it; when a conda environment gets another Python, this one
silently gets it too. Python up to 3.10 stacks environments whenever one is made from within another.

## How to fix
Nothing is broken. `venvdoctor fix ENV` links the environment to the interpreter at the bottom, when asked to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import program, repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD117",
    name="stacked-environment",
    summary="the environment stands on another environment",
    severity="note",
    since="0.1",
    requires=(
        "VD101",
        "VD102",
        "VD103",
        "VD105",
    ),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the environments below this one."""
    if not env.stack:
        return
    yield rule.finding(
        message=f"{env.path} stands on the environment {env.stack[0]}, and dies or changes with it",
        path=program(env),
        evidence={"stands on": list(env.stack), "chain": shown_chain(env.python), "home": env.startup.home},
        remedy=repair(env, "relink", "link it to the interpreter at the bottom"),
    )
