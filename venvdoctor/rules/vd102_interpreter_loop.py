"""The links of bin/python lead in a circle.

## What it checks
Every hop of `bin/python` is followed; the kernel gives up after 40 of them ("Too many levels of symbolic links").

## Why it matters
Nothing of the environment starts. It happens when an environment is made over itself, or when a script links `python`
and `python3` to each other.

## How to fix
`venvdoctor fix ENV` links the environment to an interpreter of the version that it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD102",
    name="interpreter-loop",
    summary="the links of bin/python lead in a circle",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the circle, one turn of it."""
    chain = env.python
    if chain is not None and chain.end == "loop":
        yield rule.finding(
            message=f"the links that {chain.start} starts with lead in a circle",
            path=chain.start,
            evidence={"chain": shown_chain(chain)[:10], "made for": env.recorded_version},
            remedy=repair(env, "relink", "link it to an interpreter"),
            impact="broken",
        )
