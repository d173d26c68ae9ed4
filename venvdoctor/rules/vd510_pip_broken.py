"""pip is installed and does not run.

## What it checks
The modules and commands of the environment's own pip: files of its RECORD that are missing, cut or unreadable, and
whether `import pip` would work.

## Why it matters
Every `pip` command fails, or runs the pip of another Python. `python -m ensurepip` does nothing while pip's metadata
is there.

## How to fix
Remove `pip` and `pip-*.dist-info` from site-packages and run `python -m ensurepip`; `venvdoctor fix ENV` does it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, reinstall, several, shown, zeroed_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import Distribution, ImportName
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD510",
    name="pip-broken",
    summary="pip is installed and does not run",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports", "scripts"}),
)

_OWN = ("missing", "empty-namespace", "truncated", "bad-magic", "no-module")


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a pip with missing modules or one that cannot be imported."""
    for dist in packages(env):
        if dist.key != "pip":
            continue
        missing = (*dist.faults.modules, *dist.faults.truncated) if dist.faults else ()
        failing = [item for item in dist.imports if item.state == "fails" and item.reason in _OWN]
        commands = _commands(env, dist)
        if not missing and not failing and not commands:
            continue
        missing = missing if missing or failing else commands
        place = posixpath.normpath(posixpath.join(dist.site_dir, missing[0])) if missing else failing[0].path
        what = (
            f"{several(missing)} is missing or empty"
            if missing
            else f"`import {failing[0].name}` fails ({_why(failing[0])})"
        )
        yield rule.finding(
            message=f"{dist.label} in {dist.site_dir} does not run: {what}",
            path=place,
            distribution=dist.name,
            evidence={"missing": shown(missing), "reason": failing[0].reason if failing else "missing"},
            remedy=reinstall(env, dist.label),
        )


def _commands(env: Environment, dist: Distribution) -> tuple[str, ...]:
    """Return the recorded commands that cannot start; recipes of conda prune what RECORD still lists."""
    gone = dist.faults.scripts if dist.faults and dist.installer != "conda" else ()
    return (*gone, *zeroed_commands(env, dist))


def _why(name: ImportName) -> str:
    return f"it imports {name.detail}" if name.reason == "no-module" and name.detail else name.reason
