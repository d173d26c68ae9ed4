"""A module of the environment runs at every start of its Python.

## What it checks
`sitecustomize` in the environment's own directories, whether what it imports is there, and whether it plainly ends
the process. The base's own is not reported.

## Why it matters
When an import of it fails, every start prints "Error in sitecustomize"; Python still starts, but not past a
`sys.exit()`. A working one is worth knowing, because it changes everything that runs here.

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
    from venvdoctor.model.distribution import Customization
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
    """Report a customization that ends the start as an error, a failing one as a warning, a working one as a note."""
    library = env.library
    for item in library.customizations if library else ():
        if env.startup.starts is False and not item.ends:
            continue
        fails = bool(item.failing or item.raises)
        yield rule.finding(
            severity="error" if item.ends else "warning" if fails else "note",
            impact="broken",
            message=f"{item.path} {_what(item)}",
            path=item.path,
            evidence={"module": item.module, "missing": item.failing or None, "raises": item.raises or None},
            remedy=Remedy(kind="look", summary=f"see whether {item.path} is wanted here"),
        )


def _what(item: Customization) -> str:
    if item.ends:
        return "ends every start of Python"
    if item.raises:
        return f"ends in {item.raises}: every start prints an error"
    if item.failing:
        return f"imports {item.failing}, which is not there: every start prints an error"
    return "runs at every start"
