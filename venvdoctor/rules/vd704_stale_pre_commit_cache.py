"""pre-commit's database lists a clone that is gone.

## What it checks
The repositories that `db.db` in pre-commit's cache names, against the directories that are there. The environments of
the cache themselves are checked like any other; pre-commit rebuilds them by itself when they do not fit their
interpreter.

## Why it matters
Where pre-commit still uses the entry, the hook fails until the cache is cleaned; an entry that it forgot does nothing.

## How to fix
`pre-commit clean` empties the cache; the next run fills it again. `pre-commit gc` forgets what no project uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.outside import evidence_of
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD704",
    name="stale-pre-commit-cache",
    summary="pre-commit's database lists a clone that is gone",
    severity="note",
    since="0.1",
)


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a clone that the database names and that is not there."""
    if item.kind == "pre-commit-cache" and item.state == "missing":
        yield rule.finding(
            message=f"pre-commit's cache lists {item.target}, which is gone",
            path=item.path,
            evidence=evidence_of(item),
            remedy=Remedy(kind="forget", summary="let pre-commit forget what is gone", command="pre-commit gc"),
        )
