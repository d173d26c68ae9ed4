"""What the rules about moved and copied environments share: a finding about the place that its files still name."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy

if TYPE_CHECKING:
    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.script import Former
    from venvdoctor.rule import Rule


def former_place(env: Environment, *, environment: bool) -> Former | None:
    """Return the place where an environment was made, if there is, or is not, an environment still."""
    former = env.scripts.former if env.scripts else None
    if former is None or env.kind == "conda" or former.environment is not environment:
        return None
    return former


def names_former(rule: Rule, env: Environment, former: Former, opening: str, *, scripts: str, activate: str) -> Finding:
    """Return the finding: what is so, what becomes of the scripts, and of activating."""
    effects = []
    if former.scripts:
        effects.append(f"{len(former.scripts)} of its scripts {scripts}")
    if former.activates:
        effects.append(activate)
    return rule.finding(
        message=f"{opening}: {' and '.join(effects)}",
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
