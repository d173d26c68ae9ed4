"""home in pyvenv.cfg names another installation than bin/python leads to.

## What it checks
From Python 3.11 on the standard library is looked for from `home`, and the program comes from the link. Both are
followed to their files and compared as files, not by spelling: two names of one directory are no defect.

## Why it matters
The program of one installation runs with the standard library of another, without a word. Its extension modules
(`_ssl`, `math`) may want symbols that the program does not have: rule VD111 says when they do.

## How to fix
`venvdoctor fix ENV` writes the directory that `bin/python` leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import cfg_path, home_evidence, program, repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD108",
    name="home-of-another-installation",
    summary="home in pyvenv.cfg names another installation than bin/python leads to",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report two standard libraries for one start."""
    start = env.startup
    if start.own_stdlib is None or start.stdlib is None or not start.starts:
        return
    yield rule.finding(
        message=f"{program(env)} is of {start.own_stdlib}, but runs with {start.stdlib}, where home leads",
        path=cfg_path(env),
        evidence={**home_evidence(env), "own standard library": start.own_stdlib, "chain": shown_chain(env.python)},
        remedy=repair(env, "refresh", "write the directory that bin/python leads to into pyvenv.cfg"),
    )
