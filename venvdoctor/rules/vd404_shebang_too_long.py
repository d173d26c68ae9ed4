"""A script's first line is longer than the kernel reads, so the script cannot start.

## What it checks
Linux reads 256 bytes of a script's start, macOS 512. Where the interpreter's path does not end within them, the kernel
refuses the file. The `#!/bin/sh` trampolines that pip and uv write for long paths are understood and are fine.

## Why it matters
The script cannot be started by another program ("Exec format error"), and a shell runs the Python text as a shell
script: "import: not found", "syntax error near unexpected token".

## How to fix
Use `bin/python -m NAME`, reinstall the package with a current pip (which writes a trampoline), or move the project to
a shorter path and rebuild its environment.
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
    code="VD404",
    name="shebang-too-long",
    summary="a script's first line is longer than the kernel reads",
    severity="error",
    since="0.1",
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, host: Host) -> Iterator[Finding]:
    """Report all over-long first lines of an environment together."""
    scripts = [item for item in (env.scripts.scripts if env.scripts else ()) if item.problem == "too-long"]
    if not scripts:
        return
    first = scripts[0]
    more = f" (and {len(scripts) - 1} more)" if len(scripts) > 1 else ""
    limit = 512 if host.platform == "darwin" else 256
    yield rule.finding(
        message=f"{first.path}{more} cannot start: its first line is longer than the kernel's {limit} bytes",
        path=first.path,
        evidence={"first line": first.detail, "bytes read": limit, "scripts": [item.path for item in scripts]},
        distribution=first.distribution,
        remedy=Remedy(
            kind="rewrite-paths",
            summary="write the short form that pip and uv use for long paths into its scripts",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
    )
