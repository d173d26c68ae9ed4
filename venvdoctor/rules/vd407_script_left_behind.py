"""A script belongs to a package that is gone.

## What it checks
Scripts that installers wrote for entry points: the module that they import is in none of the directories that the
interpreter reads, and no installed distribution lists the script as its own. Where `.pth` files or import hooks bring
modules from elsewhere, nothing is said.

## Why it matters
Starting the script fails with `ModuleNotFoundError`. It hides a command of the same name further down `PATH`.

## How to fix
Install the package again, or remove the script.
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
    code="VD407",
    name="script-left-behind",
    summary="a script imports a module of a package that is gone",
    severity="error",
    since="0.1",
    requires=("VD201", "VD202", "VD204", "VD301", "VD605"),
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report every script whose module and distribution are both gone."""
    for script in env.scripts.scripts if env.scripts else ():
        if script.problem or not script.own or not script.module_missing or script.distribution or script.outside:
            continue
        yield rule.finding(
            message=f"{script.path} fails when it is started: no module {script.module.split('.')[0]!r} is installed",
            path=script.path,
            evidence={"imports": script.module, "looked in": list(env.startup.site_dirs)},
            remedy=Remedy(
                kind="edit",
                summary="remove the script, or install its package again",
                command=f"rm -- {quote(script.path)}",
            ),
        )
