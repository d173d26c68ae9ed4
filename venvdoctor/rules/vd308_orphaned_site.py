"""Packages were installed for a Python version that is no longer here.

## What it checks
The version directories outside environments: `~/.local/lib/pythonX.Y` (`pip install --user`), `~/Library/Python/X.Y`,
and `/usr/local/lib/pythonX.Y` (`sudo pip install`). It fires where one holds packages and no installed interpreter
of that implementation and version reads it.

## Why it matters
An upgrade of the system's Python does not take these packages along: the new version looks into a directory of its
own, which is empty. Imports that worked before the upgrade fail with `ModuleNotFoundError`, and the scripts that came
with the packages may name an interpreter that is gone. The directory itself does no harm but to disk space.

## How to fix
Install what you still need again, better into an environment of its own (`pipx install NAME`, `python3 -m venv`)
than beside the system's Python. The packages that were there are listed in the evidence. Then delete the directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD308",
    name="orphaned-site",
    summary="packages installed for a Python version that is no longer here",
    severity="note",
    since="0.1",
    sites=True,
)
SHOWN = 50  # names of packages in the evidence


@rule.environment
def check(env: Environment, host: Host) -> Iterator[Finding]:  # noqa: ARG001 - every check's signature
    """Judge a user's or the machine's version directory."""
    count = sum(item.distributions for item in env.lib_dirs)
    if env.kind not in ("user-site", "global-site") or env.interpreter is not None or not count:
        return
    python = f"{'PyPy' if env.extra.get('implementation') == 'pypy' else 'Python'} {env.recorded_version}"
    packages = [name for name in env.extra.get("packages", "").split("\n") if name]
    yield rule.finding(
        message=f"{env.path} holds {_packages(count)} for {python}, and no installed interpreter reads it",
        path=env.path,
        evidence={
            "found": f"{_packages(count)} in {', '.join(item.path for item in env.lib_dirs)}",
            "expected": f"an installed {python} that looks there",
            "packages": packages[:SHOWN],
        },
        remedy=Remedy(
            kind="forget", summary="install what you still need for the Python that is here, then delete the directory"
        ),
        cause=Cause(
            id=f"version-gone:{python.lower().replace(' ', '-')}", summary=f"no {python} is installed any more"
        ),
    )


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count} packages"
