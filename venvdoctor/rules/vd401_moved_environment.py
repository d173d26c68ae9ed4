"""The environment was moved or renamed, and its files still name the old place.

## What it checks
Console scripts name their interpreter by absolute path, and activate files name the environment by absolute path. When
most of them name one other place, and nothing is there any more, the environment was moved. The same place under
another spelling, a link or a mount is no move, and neither is an environment that was made to be relocatable.

## Why it matters
`bin/python` itself still works, but every script fails with "No such file or directory" (or "bad interpreter"). An
activate file puts a directory on `PATH` that does not exist: the next `python` on `PATH` answers, silently, and it is
not this one.

## How to fix
`venvdoctor fix ENV` rewrites the old path in the scripts, the activate files and `pyvenv.cfg`; nothing is reinstalled.
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
    code="VD401",
    name="moved-environment",
    summary="the environment was moved, and its scripts or activate files still name the old place",
    severity="error",
    since="0.1",
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the place where an environment was made, when it is gone."""
    former = former_place(env, environment=False)
    if former is not None:
        opening = f"{env.path} was moved here from {former.path}, which is gone"
        yield names_former(
            rule, env, former, opening, scripts="cannot start", activate="activating it leaves another Python in charge"
        )
