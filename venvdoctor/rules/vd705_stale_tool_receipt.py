"""What a tool manager wrote down about an environment does not fit what is there.

## What it checks
`pipx_metadata.json` and `uv-receipt.toml`: whether they can be read, whether the interpreter they name is there, and
whether the commands that uv installed are.

## Why it matters
The manager cannot upgrade or reinstall the tool as it was asked for, or picks another interpreter. A tool whose
command is gone is installed and cannot be called.

## How to fix
Reinstall the tool, naming an interpreter that is there. `venvdoctor snapshot` keeps what the receipt says.
"""

from __future__ import annotations

import posixpath
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.receipt import Receipt

rule = Rule(
    code="VD705",
    name="stale-tool-receipt",
    summary="the record of pipx or uv does not fit what is there",
    severity="warning",
    since="0.1",
    requires=("VD101",),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report what is wrong with the manager's record, the worst first, once."""
    receipt = env.receipt
    if receipt is None:
        return
    found = _problem(receipt)
    if found is None:
        return
    severity, message = found
    yield rule.finding(
        severity=severity,
        message=message,
        path=receipt.path,
        evidence={
            "problem": receipt.problem,
            "python": receipt.python,
            "python exists": receipt.python_exists,
            "commands not there": list(receipt.launchers_missing),
        },
        remedy=Remedy(
            kind="repoint", summary="install the tool again with its manager", command=_command(env, receipt)
        ),
    )


def _command(env: Environment, receipt: Receipt) -> str:
    """Return the command that installs the tool as it was asked for; neither manager does that by itself.

    pipx knows an environment by its directory (its suffix included). `uv tool install` forgets what it is not told, and
    `uv tool upgrade` does not write a command again.
    """
    name = posixpath.basename(env.path)
    if receipt.manager != "uv-tool":
        return f"pipx reinstall {quote(name)}"
    if receipt.problem:
        return f"uv tool install --force {quote(name)}"
    version = env.interpreter.version.series if env.interpreter and env.interpreter.version else ""
    python = receipt.python if receipt.python_exists is not False else version
    words = ["uv tool install --reinstall", *([f"--python {quote(python)}"] if python else [])]
    words += [f"--with {quote(item)}" for item in receipt.injected]
    return " ".join([*words, quote(receipt.requirements[0] if receipt.requirements else name)])


def _problem(receipt: Receipt) -> tuple[Severity, str] | None:
    if receipt.problem == "missing":
        return "warning", f"{receipt.path} is missing: {receipt.manager} does not know how it made this environment"
    if receipt.problem:
        return (
            "warning",
            f"{receipt.path} cannot be read ({receipt.problem}): {receipt.manager} cannot upgrade this tool",
        )
    if receipt.launchers_missing:
        return "warning", f"{receipt.launchers_missing[0]}, which {receipt.manager} installed, is gone"
    if receipt.python_exists is False:
        return "note", f"{receipt.path} names {receipt.python}, which is gone: the next reinstall picks another Python"
    return None
