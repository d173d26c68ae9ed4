"""A file that several conda environments share was changed in place.

## What it checks
With `--deep`: files of conda packages that are hard links (the package cache and other environments hold the same
file), against the hash in their record.

## Why it matters
An edit in one environment is an edit in all of them and in the cache, so it also reaches environments that are made
later.

## How to fix
`conda clean --packages`, then `conda install --force-reinstall PACKAGE` in each environment.
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
    code="VD607",
    name="conda-shared-file-altered",
    summary="a file shared between conda environments was changed in place",
    severity="warning",
    since="0.1",
    needs=frozenset({"files", "hashes"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package with shared files that are not as recorded."""
    for package in env.conda.packages if env.conda else ():
        if not package.altered:
            continue
        path = f"{env.path}/{package.altered[0]}"
        yield rule.finding(
            message=f"{path} is shared with other environments and is not as {package.name} had it",
            path=path,
            evidence={"altered": list(package.altered), "record": package.record_path},
            distribution=package.name,
            remedy=Remedy(
                kind="repair-packages",
                summary="empty the package cache and install the package again",
                command="conda clean --packages && conda install --force-reinstall "
                f"-p {quote(env.path)} {quote(package.name)}",
            ),
        )
