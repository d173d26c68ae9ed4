"""pyvenv.cfg does not say whether system packages are visible, so they are.

## What it checks
The key `include-system-site-packages` is absent. Python takes that for `true`; only the word `true` (in any case)
means yes when it is there.

## Why it matters
Packages of the system and of the user are imported where the environment lacks them, `pip` takes them for installed,
and the environment changes with them. Every tool writes the key: a file without it was shortened or written by hand.

## How to fix
Write `include-system-site-packages = false` (or `= true`, if it is meant) into the file.
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
    code="VD305",
    name="implicit-system-site",
    summary="pyvenv.cfg does not say whether system packages are visible, so they are",
    severity="warning",
    since="0.1",
    requires=("VD304",),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report system packages that nobody asked for."""
    cfg = env.cfg
    if cfg is None or cfg.problem is not None or not env.startup.isolated or env.startup.starts is not True:
        return
    if cfg.get("include-system-site-packages") is not None:
        return
    yield rule.finding(
        message=f"{cfg.path} has no include-system-site-packages, which makes the packages of the system visible",
        path=cfg.path,
        evidence={
            "keys": sorted({key for key, _ in cfg.entries}),
            "visible": list(env.startup.global_site_dirs),
            "expected": "include-system-site-packages = false",
        },
        remedy=Remedy(
            kind="edit",
            summary="say whether system packages are wanted",
            command=f"echo 'include-system-site-packages = false' >> {quote(cfg.path)}",
        ),
    )
