"""Something outside starts a program of an environment that is gone: a service, a timer, an editor, a shell.

## What it checks
systemd units, crontabs, launchd jobs, desktop entries, supervisord programs, editors' interpreter settings, shell
start-up files, `.envrc`, and the `PATH` of whoever runs the scan: the absolute paths there that are Pythons or lie in
an environment's `bin`.

## Why it matters
The service or job fails at its next start, which may be weeks away. An environment that is gone but still first on
`PATH` is worse: the next `python` on `PATH` answers, silently, without the packages.

## How to fix
Repair the environment where it stood (then everything that names it works again), or correct the reference.
"""

from __future__ import annotations

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
    code="VD708",
    name="dead-reference",
    summary="a service, job, editor or shell names a program of an environment that is gone",
    severity="error",
    since="0.1",
)

_KINDS = {
    "systemd": "the service {0} cannot start",
    "cron": "the cron job {0!r} cannot start",
    "launchd": "the launchd job {0} cannot start",
    "desktop": "the desktop entry {0!r} cannot start",
    "supervisor": "the supervisord program {0} cannot start",
    "vscode": "the editor's setting {0} names no usable interpreter",
    "idea": "the IDE's interpreter {0!r} cannot be used",
    "shell": "a shell start-up file names {0}",
    "direnv": ".envrc names {0}",
    "search-path": "the PATH in {0} holds a directory of an environment that is gone",
    "path": "your {0} holds a directory of an environment that is gone",
}


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a reference whose target cannot start."""
    if item.kind not in _KINDS or not is_sick(item):
        return
    where = f"{item.path}:{item.line}" if item.line else item.path
    rest = f"; {item.fallback} answers instead, without its packages" if item.fallback else ""
    yield rule.finding(
        severity="error" if item.certain else "warning",
        message=f"{_KINDS[item.kind].format(item.name)}: {why(item)}{rest}",
        path=item.path,
        evidence=evidence_of(item),
        cause=cause_of(item),
        remedy=_remedy(item, where),
    )


def _remedy(item: Dependent, where: str) -> Remedy:
    if item.environment and item.state in ("dangling", "interpreter-missing") and not is_gone(item):
        return Remedy(
            kind="rebuild",
            summary="repair the environment; the reference works again then",
            command=f"venvdoctor fix {quote(item.environment)}",
        )
    return Remedy(kind="edit", summary=f"correct or remove the reference in {where}")
