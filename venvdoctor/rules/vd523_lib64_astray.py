"""`lib64` of the environment does not lead to its `lib`.

## What it checks
The `lib64` that venv makes on 64-bit systems: a link to `lib`. On systems whose Python keeps libraries in `lib64`
(Fedora, openSUSE) packages are found through it.

## Why it matters
Where Python uses `lib64`, its packages are invisible while the link is dead, or those of another directory when it
leads there. Elsewhere it harms nobody.

## How to fix
Make the link again: `ln -sfn lib ENV/lib64`.
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
    code="VD523",
    name="lib64-astray",
    summary="lib64 of the environment is a dead link or leads elsewhere",
    severity="note",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a dead or foreign link: an error where this Python reads lib64, else a note."""
    link = env.library.lib64 if env.library else None
    if link is None or link.state not in ("dangling", "foreign"):
        return
    used = env.interpreter is not None and env.interpreter.platlibdir == "lib64"
    gone = link.state == "dangling"
    what = f"is a link to {link.target}, which is gone" if gone else f"leads out of the environment, to {link.target}"
    yield rule.finding(
        severity=("error" if gone else "warning") if used else "note",
        impact="broken" if used and gone else None,
        message=f"{link.path} {what}" + (": packages are not found" if used and gone else ""),
        path=link.path,
        evidence={
            "leads to": link.target,
            "expected": "lib",
            "platlibdir": env.interpreter.platlibdir if env.interpreter else None,
        },
        remedy=Remedy(kind="edit", summary="make the link again", command=f"ln -sfn lib {quote(link.path)}"),
    )
