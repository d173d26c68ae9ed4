"""The environment was made for another minor version of Python and sees none of its packages.

## What it checks
The version of the interpreter that answers is read from its binary; the packages lie in `lib/pythonX.Y`. Nothing is
visible in the directory that this version reads, and another version's directory holds packages.

## Why it matters
`bin/python` starts as if all were well, and every import fails: "No module named …". It happens when
`/usr/bin/python3` (or another name without a version) becomes the next Python in a release upgrade. Renaming
`lib/pythonX.Y` does not help: extension modules are built for one version. An environment without packages has lost
nothing: that is a note.

## How to fix
`venvdoctor fix ENV` links the environment to an installed interpreter of the old version, or rebuilds it for the new
one with the same packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._drift import drift_of, series
from venvdoctor.rules._start import actual, entry, packages, program, repair, replaced, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD201",
    name="minor-drift",
    summary="the environment was made for another minor version of Python and sees none of its packages",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report packages that another minor version left behind."""
    drift = drift_of(env)
    if drift is None or drift.visible or drift.kind != "version":
        return
    old = series((*drift.unseen, *drift.empty)[0].name)
    lost = packages(drift.lost)
    if not drift.unseen and drift.seen:
        return
    what = f"none of its {lost} is visible" if drift.lost else "it holds no packages, so nothing is lost"
    yield rule.finding(
        message=f"{program(env)} is {actual(env)} now; the environment was made for {old}, and {what}",
        path=program(env),
        severity=None if drift.lost else "note",
        evidence={
            "actual": actual(env),
            "recorded": env.recorded_version,
            "packages are in": [item.path for item in (*drift.unseen, *drift.empty)],
            "python looks in": list(env.startup.site_dirs),
            "chain": shown_chain(env.python),
        },
        remedy=repair(
            env, "rebuild", f"link it to an installed {old}, or rebuild it for {actual(env)} with its packages"
        ),
        impact="broken" if drift.lost else None,
        cause=replaced(entry(env), actual(env)),
    )
