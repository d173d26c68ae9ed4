"""pip of this directory would change an installation that its system manages.

## What it checks
The marker `EXTERNALLY-MANAGED` (PEP 668) of the base interpreter, for a directory that lost its `pyvenv.cfg`.
Inside an intact environment the marker means nothing.

## Why it matters
Without `pyvenv.cfg` the directory's `bin/pip` works on the base. The marker makes it refuse
("externally-managed-environment"); `--break-system-packages` would change the operating system's own packages.

## How to fix
Restore the environment's `pyvenv.cfg` first; never use `--break-system-packages` here.
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
    code="VD520",
    name="externally-managed",
    summary="pip run from here is refused, because the base is managed by its system",
    severity="note",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Note the marker that pip would obey."""
    marker = env.library.externally_managed if env.library else None
    if marker is None:
        return
    yield rule.finding(
        message=f"{marker} makes pip refuse to work from {env.path}, which is no longer an environment",
        path=marker,
        evidence={"marker": marker, "pyvenv.cfg": None},
        remedy=Remedy(kind="refresh", summary="restore pyvenv.cfg", command=f"venvdoctor fix {quote(env.path)}"),
    )
