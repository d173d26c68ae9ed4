"""Some packages lie in the directory of another Python version.

## What it checks
The directory that the interpreter reads holds packages, another version's directory holds packages too, and some of
those are installed nowhere else. Tools that every environment is seeded with (pip, setuptools, wheel) do not count.

## Why it matters
The environment looks alive, because somebody installed into it after the interpreter had changed; what was installed
before cannot be imported.

## How to fix
`venvdoctor fix ENV` installs the packages that stayed behind for the Python that answers now. If they are not wanted
any more, delete the old directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.distribution import SEEDS
from venvdoctor.rule import Rule
from venvdoctor.rules._drift import drift_of
from venvdoctor.rules._start import actual, entry, packages, program, repair, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD202",
    name="stranded-packages",
    summary="some packages lie in the directory of another Python version",
    severity="error",
    since="0.1",
    requires=(
        "VD201",
        "VD204",
        "VD205",
    ),
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report packages that only the directory of another version holds."""
    drift = drift_of(env)
    if drift is None or not drift.visible or not drift.unseen or env.library is None:
        return
    seen = {item.key for item in env.library.distributions}
    lost = sorted({item.label for item in env.library.stranded if item.key not in seen and item.key not in SEEDS})
    if not lost:
        return
    first = drift.unseen[0]
    yield rule.finding(
        message=f"{packages(len(lost))} in {first.path} cannot be imported: {program(env)} is {actual(env)} now",
        path=first.path,
        evidence={
            "actual": actual(env),
            "only there": lost[:50],
            "directories": [item.path for item in drift.unseen],
            "python looks in": list(env.startup.site_dirs),
        },
        remedy=repair(env, "rebuild", f"install what stayed behind for {actual(env)}"),
        cause=replaced(entry(env), actual(env)),
    )
