"""Files that conda installed are missing.

## What it checks
Every file that a record of `conda-meta` lists is there. Byte code comes and goes and is not counted.

## Why it matters
A missing module, library or program fails when it is used: an error. A missing document or header is a warning, and so
is a package that pip removed behind conda's back; one that pip replaced by another version is a note.

## How to fix
`conda install --force-reinstall PACKAGE` puts the files back.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.conda import CondaPackage
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD603",
    name="conda-files-missing",
    summary="files that conda installed are missing",
    severity="error",
    since="0.1",
    requires=("VD605", "VD606"),
    needs=frozenset({"files"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package with missing files, once."""
    for package in env.conda.packages if env.conda else ():
        if not package.missing_count or (package.name == "python" and env.startup.starts is False):
            continue  # an environment whose interpreter does not start is told as such
        label = f"{package.name} {package.version}"
        first = package.missing[0]
        many = f"{package.missing_count} files of {label} are missing from {env.path}, {first} among them"
        one = f"{first} of {label} is missing from {env.path}"
        yield rule.finding(
            severity=_severity(package),
            message=(many if package.missing_count > 1 else one) + _BEHIND[package.behind],
            path=f"{env.path}/{first}",
            evidence={"missing": list(package.missing), "count": package.missing_count, "record": package.record_path},
            distribution=package.name,
            remedy=Remedy(
                kind="repair-packages",
                summary=f"install {label} again",
                command=f"conda install -p {quote(env.path)} --force-reinstall "
                f"{quote(f'{package.name}={package.version}')}",
            ),
        )


_BEHIND = {"": "", "replaced": ": pip put another version in its place", "removed": ": pip removed it"}


def _severity(package: CondaPackage) -> Severity:
    """A package that pip replaced works; one that pip removed is gone because somebody wanted it."""
    if package.behind:
        return "note" if package.behind == "replaced" else "warning"
    return "error" if package.missing_code and package.problem != "twin" else "warning"
