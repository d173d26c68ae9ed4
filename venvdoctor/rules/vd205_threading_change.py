"""The environment was made for a Python with another threading build.

## What it checks
The packages lie in `lib/pythonX.Yt` (free-threaded) and the ordinary build answers, or the other way round, and
nothing is visible in the directory that the interpreter reads.

## Why it matters
The two builds of one version keep their packages apart, and extension modules of one never load in the other:
`bin/python` starts and no import of a package works.

## How to fix
`venvdoctor fix ENV` links the environment to the build that it was made for, or rebuilds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._drift import drift_of, series
from venvdoctor.rules._start import actual, entry, packages, program, repair, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD205",
    name="threading-change",
    summary="the environment was made for a Python with another threading build",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report packages of the other build of the same version."""
    drift = drift_of(env)
    if drift is None or drift.visible or drift.kind != "threads" or not drift.lost:
        return
    old = series(drift.unseen[0].name)
    yield rule.finding(
        message=f"{program(env)} is {actual(env)}; the {packages(drift.lost)} of the environment are for {old}",
        path=program(env),
        evidence={
            "actual": actual(env),
            "packages are in": [item.path for item in drift.unseen],
            "python looks in": list(env.startup.site_dirs),
        },
        remedy=repair(env, "rebuild", f"link it to {old}, or rebuild it for {actual(env)} with its packages"),
        impact="broken",
        cause=replaced(entry(env), actual(env)),
    )
