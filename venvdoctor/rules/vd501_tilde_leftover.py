"""pip was interrupted, and left a package half removed.

## What it checks
Names that begin with `~` in site-packages: pip renames what it removes that way, and deletes it when all went
well. Each is compared with its neighbours: the finished upgrade leaves the package beside it, an interrupted one
leaves nothing.

## Why it matters
pip warns "Ignoring invalid distribution" at every run, and other tools list the leftover as an installed package.
Where nothing stands beside it, the package itself is lost.

## How to fix
Remove the names that begin with `~`; where the package is lost, install it again.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import several, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD501",
    name="tilde-leftover",
    summary="pip left a half-removed package behind",
    severity="note",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report lost packages as errors, mere remains together as one note."""
    if env.library is None or env.startup.starts is False:
        return
    remains = []
    for item in env.library.leftovers:
        if item.twin is None and item.path.endswith((".dist-info", ".egg-info")):
            yield _lost(env, item.path)
        else:
            remains.append(item.path)
    if remains:
        yield rule.finding(
            message=f"pip left {several(remains)} behind when it was interrupted",
            path=remains[0],
            evidence={"leftovers": shown(remains)},
            remedy=Remedy(
                kind="repair-packages",
                summary="remove what pip left",
                command=f"rm -r {' '.join(map(quote, remains[:5]))}",
            ),
        )


def _lost(env: Environment, path: str) -> Finding:
    name = path.rpartition("/")[2].rpartition(".")[0]
    return rule.finding(
        severity="error",
        message=f"{path} is what is left of a package that pip was replacing: the package itself is gone",
        path=path,
        evidence={"leftover": name, "expected": "the installed package beside it"},
        remedy=Remedy(
            kind="repair-packages",
            summary=f"install the package again whose name ends in {name[1:]}",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
    )
