"""The source of a package is gone, and what is left imports as something else.

## What it checks
Packages whose recorded modules are all missing while their directory is still there (only `__pycache__` in it),
and sourceless `.pyc` files that another Python version compiled.

## Why it matters
The directory imports as an empty namespace package: `import` succeeds, and every use fails. A `.pyc` of another
version fails with "bad magic number".

## How to fix
Install the package again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import is_root, packages, reinstall, shown, source_gone, told_by_conda

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD518",
    name="source-gone",
    summary="the source of a package is gone, and its directory imports as an empty namespace",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report hollow packages and bytecode of another version."""
    for dist in packages(env):
        stale = [item for item in dist.imports if item.reason == "bad-magic" and is_root(dist, item)]
        hollow = [item for item in dist.imports if item.reason == "empty-namespace"] if source_gone(dist) else []
        if dist.key == "pip" or not (stale or hollow) or told_by_conda(env, dist):
            continue
        item = (hollow or stale)[0]
        what = (
            f"the modules of {dist.label} are gone from {dist.site_dir}: `import {item.name}` finds an empty namespace"
            if hollow
            else f"{item.path} of {dist.label} was compiled for another Python ({item.detail}): "
            f"`import {item.name}` fails"
        )
        yield rule.finding(
            message=what,
            path=item.path if item.path.startswith("/") else f"{dist.site_dir}/{item.path}",
            distribution=dist.name,
            evidence={
                "imports": shown([one.name for one in (*hollow, *stale)]),
                "reason": item.reason,
                "detail": item.detail,
            },
            remedy=reinstall(env, dist.label),
        )
