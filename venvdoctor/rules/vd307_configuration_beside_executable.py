"""pyvenv.cfg stands in bin instead of the environment's root.

## What it checks
The only `pyvenv.cfg` is the one beside the executable.

## Why it matters
Up to Python 3.13 that works: the environment is the directory above. From 3.14 on the directory that holds the file
is taken for the environment: `bin` itself, which has no packages.

## How to fix
`venvdoctor fix ENV` moves the file to the environment's root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import actual, repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD307",
    name="configuration-beside-executable",
    summary="pyvenv.cfg stands in bin instead of the environment's root",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the misplaced file; an error from 3.14 on."""
    cfg, start = env.cfg, env.startup
    if cfg is None or not cfg.beside_executable or start.starts is not True or cfg.problem == "not-a-file":
        return
    if env.bin_dir.rstrip("/") == env.path.rstrip("/"):
        return
    lost = not start.isolated
    effect = f"takes {start.prefix} for the environment" if lost else "accepts it there up to 3.13"
    yield rule.finding(
        message=f"{cfg.path} belongs into {env.path}; {actual(env)} {effect}",
        path=cfg.path,
        severity="error" if lost else None,
        evidence={"found": cfg.path, "expected": f"{env.path.rstrip('/')}/pyvenv.cfg", "prefix": start.prefix},
        remedy=repair(env, "refresh", "move the file to the environment's root"),
        impact="broken" if lost else None,
    )
