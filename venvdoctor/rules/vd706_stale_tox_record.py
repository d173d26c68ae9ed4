"""A tox environment was made with an interpreter that is gone.

## What it checks
`.tox-info.json`: the interpreter that tox recorded.

## Why it matters
Nothing has to be done: tox notices by itself and makes the environment again on its next run.

## How to fix
`tox run -r` makes it again now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.outside import cause_of, evidence_of, is_sick
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD706",
    name="stale-tox-record",
    summary="a tox environment was made with an interpreter that is gone",
    severity="note",
    since="0.1",
)


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a recorded interpreter that cannot start."""
    if item.kind == "tox" and is_sick(item):
        yield rule.finding(
            message=f"tox made {item.environment} with {item.target}, which is gone; its next run makes it again",
            path=item.path,
            evidence=evidence_of(item),
            cause=cause_of(item),
            remedy=Remedy(kind="none", summary="tox makes it again by itself", command=f"tox run -r -e {item.name}"),
        )
