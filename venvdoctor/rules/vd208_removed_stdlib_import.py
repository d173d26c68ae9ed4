"""A package imports a module that this Python's standard library no longer has.

## What it checks
The import statements that importing a package certainly carries out (at the first column of its modules, followed
from its top-level names; not those in `try`, `if` or functions) against the modules that the standard library
lost: `distutils`, `imp`, `asyncore`, `cgi`, `telnetlib` and others. A module that setuptools or a backport
(`legacy-cgi`, `audioop-lts`, `standard-…`) brings back is there.

## Why it matters
`import` of the package fails with ModuleNotFoundError: the package is older than this Python.

## How to fix
Upgrade the package (another version is yours to decide on, so `venvdoctor fix` leaves it), install the backport of the
module, or rebuild the environment with the Python it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import is_root, packages, shown, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD208",
    name="removed-stdlib-import",
    summary="a package imports a module that the standard library of this Python no longer has",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package that surely imports a removed module, where its own code does so."""
    for dist in packages(env):
        items = [item for item in dist.imports if item.reason == "removed-stdlib" and is_root(dist, item)]
        if not items:
            continue
        first = items[0]
        version = env.interpreter.version.series if env.interpreter and env.interpreter.version else "this version"
        yield rule.finding(
            message=f"{first.path or dist.name} imports {first.detail}, which Python {version} no longer has: "
            f"`import {first.name}` fails",
            path=first.path or dist.metadata_path,
            distribution=dist.name,
            evidence={
                "imports": shown([item.name for item in items]),
                "module": first.detail,
                "through": list(first.through),
            },
            remedy=upgrade(
                env, dist, f"upgrade {dist.name}, or rebuild the environment with the Python that it was made for"
            ),
        )
