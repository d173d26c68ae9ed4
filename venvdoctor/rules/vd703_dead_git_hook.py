"""A git hook starts an interpreter that is gone.

## What it checks
The hooks of repositories beside environments: the `INSTALL_PYTHON=` line that pre-commit writes, and the first line
of hooks that are Python scripts. Where pre-commit is on `PATH` as well, its hook falls back to that one, and this is
a note.

## Why it matters
Every `git commit` fails: "`pre-commit` not found.  Did you forget to activate your virtualenv?"

## How to fix
Run `pre-commit install` from an environment that works; it rewrites the hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.outside import cause_of, evidence_of, is_sick, why
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD703",
    name="dead-git-hook",
    summary="a git hook starts an interpreter that is gone",
    severity="error",
    since="0.1",
)


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a hook whose interpreter cannot start."""
    if item.kind != "git-hook" or not is_sick(item):
        return
    severity: Severity = "error" if item.certain else "note" if item.fallback else "warning"
    rest = f"; {item.fallback} answers instead" if item.fallback else ""
    yield rule.finding(
        severity=severity,
        message=f"the git hook {item.path} cannot use its interpreter: {why(item)}{rest}",
        path=item.path,
        evidence=evidence_of(item),
        cause=cause_of(item),
        remedy=_remedy(item),
    )


def _remedy(item: Dependent) -> Remedy:
    if not item.line:  # a script of the project's own
        return Remedy(kind="edit", summary=f"correct the first line of {item.path}")
    return Remedy(kind="repoint", summary="install the hook again", command=f"pre-commit install -t {item.name}")
