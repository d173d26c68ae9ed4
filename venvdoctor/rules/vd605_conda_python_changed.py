"""The Python of a conda environment changed its minor version in place, and packages stayed behind.

## What it checks
The `lib/pythonX.Y` directories beside the one of the Python that conda records: distributions that only an old one
holds (pip installed them), and `noarch` packages that conda linked into an old one and did not move.

## Why it matters
The interpreter does not look there. What pip installed is gone for it, and the commands of the stranded packages
start with a Python that is not there any more.

## How to fix
Install the stranded packages again, with conda or with the environment's pip.
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
    code="VD605",
    name="conda-python-changed",
    summary="packages stayed behind when the environment's Python changed its minor version",
    severity="error",
    since="0.1",
    requires=("VD201", "VD202"),
)


def counted(names: list[str]) -> str:
    """Return `1 package` or `3 packages`."""
    return f"{len(names)} package{'' if len(names) == 1 else 's'}"


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each old directory with the packages that only it holds."""
    facts = env.conda
    if facts is None or facts.python_record is None:
        return
    lost: dict[str, set[str]] = {name: set(found) for name, found in facts.stranded}
    for package in facts.packages:
        if package.stranded:
            lost.setdefault(package.stranded, set()).add(package.name)
    for name, packages in sorted(lost.items()):
        shown = sorted(packages)
        path = f"{env.path}/lib/{name}/site-packages"
        yield rule.finding(
            message=f"Python is {facts.python_record} now and does not look into {path}: {counted(shown)} stayed",
            path=path,
            evidence={"python": facts.python_record, "directory": path, "packages": shown},
            remedy=Remedy(
                kind="repair-packages",
                summary="install the packages that stayed behind again",
                command=f"conda install -p {quote(env.path)} --force-reinstall {' '.join(map(quote, shown))}",
            ),
        )
