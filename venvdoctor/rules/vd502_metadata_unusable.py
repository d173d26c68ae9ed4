"""The metadata of an installed package is missing, empty or unreadable.

## What it checks
`METADATA` in each `*.dist-info` and `PKG-INFO` in each `*.egg-info`: that it is there, can be read, and holds a
name and a version. A directory with nothing of an installation in it is only a leftover.

## Why it matters
`importlib.metadata.version()` fails or returns None, packages that ask for their own version fail with it, and pip
neither upgrades nor removes the package properly. Its code may still import.

## How to fix
Install the same version again over it (`pip install --force-reinstall --no-deps`).
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD502",
    name="metadata-unusable",
    summary="the metadata of an installed package is missing, empty or unreadable",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution whose metadata cannot be used."""
    for dist in packages(env):
        closed = dist.metadata == "unreadable" and any(item.problem == "unreadable" for item in dist.access)
        if dist.metadata in ("ok", "dangling") or closed:  # VD517 and VD519 tell those
            continue
        hollow = dist.metadata == "hollow"
        file = "PKG-INFO" if dist.kind.startswith("egg") else "METADATA"
        what = "is an empty leftover" if hollow else f"has a {file} that is {dist.metadata}"
        if dist.metadata == "missing":
            what = f"has no {file}"
        yield rule.finding(
            severity="warning" if hollow else None,
            message=f"{dist.metadata_path} {what}: the version of {dist.name} cannot be told",
            path=dist.metadata_path,
            distribution=dist.name,
            evidence={"file": file, "state": dist.metadata, "expected": "a file with Name and Version"},
            remedy=Remedy(
                kind="repair-packages",
                summary="remove the leftover directory",
                command=f"rm -r {quote(dist.metadata_path)}",
            )
            if hollow
            else reinstall(env, dist.label),
        )
