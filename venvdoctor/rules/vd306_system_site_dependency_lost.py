"""A package needs another one that the base interpreter used to provide.

## What it checks
In an environment that sees the base's packages (`include-system-site-packages = true`): every dependency that a
package of the environment declares, against the environment and the base together.

## Why it matters
pip does not copy what the base provides. When an upgrade removes it from the base, or changes its version, the
package in the environment fails with ModuleNotFoundError or with a version it was not made for.

## How to fix
Install the missing package into the environment itself, or into the base by its package manager.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD306",
    name="system-site-dependency-lost",
    summary="a dependency that the base interpreter provided is gone or another version",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report unmet dependencies where the base's packages are visible."""
    if env.cfg is None or not env.cfg.system_site:
        return
    for dist in packages(env):
        wanted = [item for item in dist.unsatisfied if item.installed is None or item.from_base]
        if not wanted:
            continue
        first = wanted[0]
        what = "is not installed" if first.installed is None else f"the base has {first.name} {first.installed}"
        yield rule.finding(
            severity="warning" if dist.installer == "conda" else None,
            message=f"{dist.label} needs {first.text}, and {what}: neither the environment nor its base provides it",
            path=dist.metadata_path,
            distribution=dist.name,
            evidence={
                "needs": shown([item.text for item in wanted]),
                "found": first.installed,
                "base": list(env.startup.global_site_dirs),
            },
            remedy=Remedy(
                kind="repair-packages",
                summary=f"install {first.text} into the environment",
                command=f"venvdoctor fix {quote(env.path)}",
            ),
        )
