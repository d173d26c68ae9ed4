"""pyvenv.cfg is there and Python cannot read it.

## What it checks
The file is decoded and measured as CPython does: `site` wants UTF-8 from the first byte to the last; from 3.11 on the
search for the standard library refuses 32 KiB and more, waits forever at a FIFO, and ends at a loop of links.

## Why it matters
One byte that is not UTF-8, anywhere in the file, ends every start: "UnicodeDecodeError" (PyPy goes on as its base
instead). Editors on Windows, and paths with letters that are not ASCII, bring such bytes in.

## How to fix
`venvdoctor fix ENV` writes the same entries as UTF-8. Where only the right to read it is missing: `chmod +r`.
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
    code="VD302",
    name="configuration-unreadable",
    summary="pyvenv.cfg is there and Python cannot read it",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a configuration that ends the start, or is passed over because it cannot be read."""
    start, cfg = env.startup, env.cfg
    if cfg is None or env.layout == "windows":
        return
    passed_over = bool(start.starts) and not start.isolated and cfg.problem == "not-utf8"
    if not passed_over and (start.starts is not False or start.reason not in WORDS):
        return
    what = WORDS[start.reason] if not passed_over else "is not UTF-8, and is passed over"
    place = start.detail or cfg.path
    yield rule.finding(
        message=f"{place} {what}{f' ({cfg.detail})' if cfg.detail else ''}",
        path=place,
        evidence={
            "problem": cfg.problem or start.reason,
            "found": cfg.detail,
            "size": cfg.size,
            "expected": "UTF-8 text",
        },
        remedy=repair(env, "refresh", "write its entries anew, as UTF-8"),
        impact="broken",
    )


WORDS = {
    "cfg-not-utf8": "is not UTF-8, which ends every start",
    "cfg-unreadable": "may not be read, which ends every start",
    "cfg-too-large": "is longer than the 32 KiB that Python reads",
    "cfg-hangs": "is a FIFO: every start waits for it and never ends",
    "cfg-unopenable": "cannot be opened, which ends every start",
}
