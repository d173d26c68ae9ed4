"""pyvenv.cfg starts with a byte order mark, which hides its first key.

## What it checks
The first bytes of the file are EF BB BF. Python takes them for a part of the first key, which is usually `home`.

## Why it matters
Without `home`, an environment with a copied interpreter loses its standard library ("No module named 'encodings'")
and one with links loses the trace of its base. Editors on Windows write such marks.

## How to fix
`venvdoctor fix ENV` writes the file without the mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD303",
    name="configuration-byte-order-mark",
    summary="pyvenv.cfg starts with a byte order mark, which hides its first key",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the mark; an error where it keeps the interpreter from starting."""
    cfg, start = env.cfg, env.startup
    if cfg is None or cfg.problem != "bom":
        return
    dead = start.starts is False and start.reason in ("no-encodings", "no-home") and start.home_state == "absent"
    first = cfg.entries[0][0].lstrip(chr(0xFEFF)) if cfg.entries else ""
    end = ", and Python cannot start" if dead else ""
    effect = f"hides its first key, {first}" if first else "is no part of its text"
    yield rule.finding(
        message=f"{cfg.path} starts with a byte order mark, which {effect}{end}",
        path=cfg.path,
        severity="error" if dead else None,
        evidence={"first bytes": "ef bb bf", "hidden key": first or None, "home": start.home},
        remedy=repair(env, "refresh", "write the file without the mark"),
        impact="broken" if dead else None,
    )
