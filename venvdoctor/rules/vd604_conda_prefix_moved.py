"""A conda environment was moved or copied, and its files still name the old place.

## What it checks
The first lines of the scripts that conda wrote: conda puts the environment's own path into them when it installs.
When most of them name another prefix, the environment was moved (or copied, when an environment still stands there).

## Why it matters
Python itself runs, but scripts such as `pip` fail with "bad interpreter", or silently run in the original.
Compiled-in paths (`*-config`, `.pc` files, libraries with a padded prefix) lead to the old place too.

## How to fix
Make it anew at its place with `conda create --clone OLD -p NEW` while the original is there, or move it back.
`conda-pack` makes environments that may be moved.
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
    code="VD604",
    name="conda-prefix-moved",
    summary="a conda environment was moved or copied, and its files name the old place",
    severity="error",
    since="0.1",
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the prefix that the environment's own files name."""
    facts = env.conda
    former = env.scripts.former if env.scripts else None
    if facts is not None and facts.recorded_prefix is not None:
        old, there = facts.recorded_prefix, facts.recorded_prefix_exists
        files = [f"{env.path}/{name}" for package in facts.packages for name in package.wrong_prefix]
    elif env.kind == "conda" and former is not None:
        old, there, files = former.path, former.environment, list(former.scripts)
    else:
        return
    effect = "its scripts run in that one" if there else "its scripts cannot start"
    state = "which is another environment" if there else "which is gone"
    yield rule.finding(
        message=f"{env.path} was made at {old}, {state}: {effect}",
        path=files[0] if files else env.path,
        evidence={"names": old, "expected": env.path, "files": files[:50]},
        remedy=Remedy(
            kind="rewrite-paths",
            summary=f"make it anew at its place, or move it back to {old}",
            command=f"conda create --clone {quote(old)} -p {quote(env.path + '-new')}"
            if there
            else f"mv {quote(env.path)} {quote(old)}",
        ),
    )
