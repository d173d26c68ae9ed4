"""A package record of conda is damaged.

## What it checks
Every `conda-meta/*.json`: empty, cut off, or no JSON, as an interrupted `conda install` or a full disk leaves it.

## Why it matters
What is installed still runs. But every conda command on this environment ends with "CorruptedEnvironmentError".

## How to fix
Remove the damaged record and install that package again with `conda install --force-reinstall`.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD602",
    name="conda-record-damaged",
    summary="a package record of conda is damaged, and conda refuses the environment",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report every record that conda cannot read."""
    for package in env.conda.packages if env.conda else ():
        if package.problem in ("", "unreadable"):
            continue
        label = f"{package.name} {package.version}".strip()
        yield rule.finding(
            message=f"{package.record_path} is {_WORDS[package.problem]}: conda refuses to work on this environment",
            path=package.record_path,
            evidence={"problem": package.problem, "package": label},
            distribution=package.name,
            remedy=Remedy(
                kind="repair-packages",
                summary=f"remove the record and install {label} again",
                command=f"rm -- {quote(package.record_path)} && conda install -p {quote(env.path)} "
                f"--force-reinstall {quote(package.name + '=' + package.version)}",
            ),
        )


_WORDS = {"empty": "empty", "truncated": "cut off", "not-json": "no JSON"}
