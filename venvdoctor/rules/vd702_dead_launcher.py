"""A command on PATH leads into an environment that is gone or whose interpreter is gone.

## What it checks
Links and scripts in `~/.local/bin` and the like, as pipx, `uv tool`, poetry and `pip install --user` make them:
whether the file they lead to exists, and whether the interpreter in *its* first line does; of the scripts that pip
wrote, whether that interpreter is still of the version whose directory holds their package.

## Why it matters
The command is found and fails: "No such file or directory", "bad interpreter", "cannot execute: required file not
found".

## How to fix
Repair the environment with `venvdoctor fix`. Where it is gone, install the tool again with its manager
(`pipx install --force NAME`, `uv tool install --force NAME`), or remove the launcher of a tool that is not wanted any
more.
"""

from __future__ import annotations

import posixpath
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.outside import cause_of, evidence_of, is_gone, is_sick, why
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD702",
    name="dead-launcher",
    summary="a command on PATH leads to an environment or interpreter that is gone",
    severity="error",
    since="0.1",
)


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a launcher that cannot start."""
    if item.kind != "launcher" or not is_sick(item):
        return
    yield rule.finding(
        severity="error" if item.certain else "warning",
        message=f"the command {item.path} cannot start: {why(item)}",
        path=item.path,
        evidence=evidence_of(item),
        cause=cause_of(item),
        remedy=_remedy(item),
    )


def _remedy(item: Dependent) -> Remedy:
    environment = item.environment or ""
    if item.state == "module-stranded":
        return Remedy(
            kind="edit",
            summary="install its package again, best in an environment of its own, or remove the command",
            command=f"rm -- {quote(item.path)}",
        )
    if environment and item.state == "interpreter-missing" and not is_gone(item):
        return Remedy(
            kind="rebuild",
            summary="repair the environment that it leads to",
            command=f"venvdoctor fix {quote(environment)}",
        )
    command = _by_manager(environment, gone=is_gone(item))
    if not command:
        return Remedy(
            kind="edit", summary="remove the launcher, or install its tool again", command=f"rm -- {quote(item.path)}"
        )
    return Remedy(
        kind="repoint", summary="install the tool again with the manager that made the launcher", command=command
    )


def _by_manager(environment: str, *, gone: bool) -> str:
    """Return the command that brings a tool back; one whose environment is gone is none that its manager knows."""
    tool = quote(posixpath.basename(environment))
    if "/uv/tools/" in environment:
        return f"uv tool install --force {tool}" if gone else f"uv tool upgrade --reinstall {tool}"
    if "/pipx/venvs/" in environment:
        return f"pipx install --force {tool}" if gone else f"pipx reinstall {tool}"
    return ""
