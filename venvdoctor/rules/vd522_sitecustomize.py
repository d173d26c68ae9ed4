"""A module of the environment runs at every start of its Python.

## What it checks
`sitecustomize` in the environment's own directories, and whether what it imports is there. The base's own is not
reported.

## Why it matters
When an import of it fails, every start prints "Error in sitecustomize"; Python still starts. A working one is
worth knowing, because it changes everything that runs here.

## How to fix
Remove the file, or install what it imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD522",
    name="sitecustomize",
    summary="a sitecustomize of the environment runs at every start",
    severity="note",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a failing customization as a warning, a working one as a note."""
    library = env.library
    if library is None or env.startup.starts is False:
        return
    for item in library.customizations:
        what = (
            f"imports {item.failing}, which is not there: every start prints an error"
            if item.failing
            else "runs at every start"
        )
        yield rule.finding(
            severity="warning" if item.failing else "note",
            message=f"{item.path} {what}",
            path=item.path,
            evidence={"module": item.module, "missing": item.failing or None},
            remedy=Remedy(kind="look", summary=f"see whether {item.path} is wanted here"),
        )
