"""A package's extension modules are built for another Python: this interpreter does not even see them.

## What it checks
The suffix of every extension module (`_speedups.cpython-39-x86_64-linux-gnu.so`) against the suffixes that the
environment's interpreter imports, in its own list: `.cpython-311-x86_64-linux-gnu.so`, `.abi3.so` (not on
free-threaded builds), `.so`. A module counts as missing when no build of it fits and no source file takes its place.

## Why it matters
`import` says "No module named …" for a file that stands there. It happens after `lib/python3.9` was renamed to
`lib/python3.11`, after a change between release, debug and free-threaded builds, or after `pip install --target` for
another platform. Packages that are prepared for it (markupsafe, PyYAML) run more slowly instead: that is a warning.

## How to fix
`venvdoctor fix ENV` installs the packages again for this interpreter. Renaming files does not help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._extensions import evidence_of, mistagged, opening
from venvdoctor.rules._packages import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.rules._extensions import Case

rule = Rule(
    code="VD512",
    name="extension-tag-mismatch",
    summary="a package's extension modules are built for another Python",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "imports", "native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution once."""
    for cases in mistagged(env):
        yield _finding(env, cases)


def _finding(env: Environment, cases: list[Case]) -> Finding:
    first = cases[0]
    built = first.item.detail or first.item.path.rpartition("/")[2].partition(".")[2]
    wanted = list(env.interpreter.suffixes) if env.interpreter else []
    more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
    mine = wanted[0] if wanted else "other suffixes"
    return rule.finding(
        message=f"{opening(cases)}: {first.item.path}{more} is built for {built}, this interpreter imports {mine}",
        path=first.item.path,
        severity=first.severity,
        distribution=first.dist.name,
        evidence=evidence_of(cases, found=built, expected=wanted),
        cause=Cause(id=f"extension-tag:{built}", summary=f"packages hold extension modules for {built} only"),
        remedy=reinstall(env, first.dist.label),
    )
