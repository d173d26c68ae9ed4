"""The interpreter is another patch release than the environment was made with.

## What it checks
The version in `pyvenv.cfg` is compared with the one that answers, where only the last number differs.

## Why it matters
It does not: patch releases are made to be exchanged, and packages keep working. Some tools (pre-commit) rebuild such
an environment by themselves.

## How to fix
Nothing needs fixing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._start import actual, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD203",
    name="patch-drift",
    summary="the interpreter is another patch release than the environment was made with",
    severity="note",
    since="0.1",
    requires=("VD201", "VD110", "VD111"),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report another patch level within the same series."""
    version = env.interpreter.version if env.interpreter else None
    recorded = (env.recorded_version or "").split(".")
    if not env.startup.starts or version is None or version.micro is None or len(recorded) != 3 or env.cfg is None:
        return
    if ".".join(recorded[:2]) != version.series or recorded[2] == version.text.split(".")[2]:
        return
    if not recorded[2].isdigit():
        return
    yield rule.finding(
        message=f"{program(env)} is {actual(env)} now; the environment was made with {env.recorded_version}",
        path=program(env),
        evidence={"actual": version.text, "recorded": env.recorded_version},
        remedy=Remedy(kind="none", summary="nothing has to be done"),
    )
