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
    former = env.scripts.former if env.scripts else None
    if former is None or former.environment or env.kind == "conda":
        return
    effects = []
    if former.scripts:
        effects.append(f"{len(former.scripts)} of its scripts cannot start")
    if former.activates:
        effects.append("activating it leaves another Python in charge")
    yield rule.finding(
        message=f"{env.path} was moved here from {former.path}, which is gone: {' and '.join(effects)}",
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
            summary=f"rewrite {former.path} to {env.path} in its scripts and activate files",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
    )
