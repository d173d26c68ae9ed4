"""A package record of conda is damaged, doubled or missing.

## What it checks
Every `conda-meta/*.json`: empty, cut off, or no JSON, as an interrupted `conda install` or a full disk leaves it; two
records of one package; packages that `conda-meta/history` says are installed, or that another package needs, and that
have no record.

## Why it matters
What is installed still runs. But every conda command on an environment with a damaged record ends with
"CorruptedEnvironmentError", and a package without a record is none that conda updates, removes or counts on.

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
    summary="a package record of conda is damaged, doubled or missing",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report every record that conda cannot read or that names a package twice, and those that are not there."""
    facts = env.conda
    for package in facts.packages if facts else ():
        if package.problem not in _WORDS:
            continue
        yield rule.finding(
            message=f"{package.record_path} {_WORDS[package.problem]}",
            path=package.record_path,
            evidence={"problem": package.problem, "package": f"{package.name} {package.version}".strip()},
            distribution=package.name,
            remedy=_remedy(env, package.record_path, [f"{package.name}={package.version}"]),
        )
    forgotten = list(facts.forgotten) if facts else []
    if forgotten:
        many = f"{len(forgotten)} packages, {forgotten[0]} among them" if len(forgotten) > 1 else forgotten[0]
        yield rule.finding(
            message=f"{env.path}/conda-meta has no record of {many}: conda does not know that they are installed",
            path=f"{env.path}/conda-meta",
            evidence={"problem": "missing", "packages": forgotten[:50], "history": f"{env.path}/conda-meta/history"},
            remedy=_remedy(env, "", forgotten),
        )
    unmet = facts.unmet if facts else ()
    if unmet:
        name, by = unmet[0]
        rest = f", and of {len(unmet) - 1} more that are needed" if len(unmet) > 1 else ""
        yield rule.finding(
            message=f"{env.path}/conda-meta has no record of {name}, which {by} needs{rest}",
            path=f"{env.path}/conda-meta",
            evidence={"problem": "missing", "needed": [f"{one} by {other}" for one, other in unmet[:50]]},
            remedy=_remedy(env, "", [one for one, _ in unmet]),
        )


_REFUSED = "conda refuses to work on this environment"
_WORDS = {
    "empty": f"is empty: {_REFUSED}",
    "truncated": f"is cut off: {_REFUSED}",
    "not-json": f"is no JSON: {_REFUSED}",
    "twin": "is one of two records of the same package: conda sees only one of them",
}


def _remedy(env: Environment, record: str, specs: list[str]) -> Remedy:
    command = f"conda install -p {quote(env.path)} --force-reinstall {' '.join(map(quote, specs[:50]))}"
    return Remedy(
        kind="repair-packages",
        summary=f"remove the record and install {specs[0].replace('=', ' ')} again"
        if record
        else "install what has no record again",
        command=f"rm -- {quote(record)} && {command}" if record else command,
    )
