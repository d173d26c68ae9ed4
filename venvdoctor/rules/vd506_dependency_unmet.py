"""A dependency that a package declares is not installed, or in a version that it does not allow.

## What it checks
Every `Requires-Dist` of every installed package, its markers evaluated for the environment's actual interpreter;
extras only where another package requests them (`uvicorn[standard]`); pre-releases satisfy. So does the base's
copy where the environment sees the base.

## Why it matters
The package fails when it imports what is missing, or misbehaves with a version that it was not made for.

## How to fix
Install what is missing: `venvdoctor fix ENV`.
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
    from venvdoctor.model.distribution import Distribution, Requirement
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD506",
    name="dependency-unmet",
    summary="a declared dependency is missing, or of a version that is not allowed",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each missing or unfit project once, with everything that needs it."""
    visible = env.cfg is not None and env.cfg.system_site
    groups: dict[tuple[str, str | None], list[tuple[Distribution, Requirement]]] = {}
    for dist in packages(env):
        for item in dist.unsatisfied:
            if not (visible and (item.installed is None or item.from_base)):  # VD306 tells those
                groups.setdefault((item.name.lower().replace("_", "-"), item.installed), []).append((dist, item))
    for (_, installed), pairs in sorted(groups.items(), key=lambda group: group[0][0]):
        yield _finding(env, installed, pairs)


def _finding(env: Environment, installed: str | None, pairs: list[tuple[Distribution, Requirement]]) -> Finding:
    dist, item = pairs[0]
    extra = (
        f" for its extra {item.extra}" + (f" that {item.wanted_by} requests" if item.wanted_by else "")
        if item.extra
        else ""
    )
    what = "is not installed" if installed is None else f"{item.name} {installed} is installed"
    others = f" (and so do {len(pairs) - 1} more)" if len(pairs) > 1 else ""
    return rule.finding(
        severity="warning" if all(one.installer == "conda" for one, _ in pairs) else None,
        message=f"{dist.label} needs {item.text}{extra}{others}, and {what if installed else item.name + ' ' + what}",
        path=dist.metadata_path,
        distribution=dist.name,
        evidence={
            "needs": shown(sorted({one.text for _, one in pairs})),
            "found": installed,
            "needed by": shown(sorted({one.label for one, _ in pairs})),
        },
        remedy=Remedy(
            kind="repair-packages",
            summary=f"install {item.text}",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
    )
