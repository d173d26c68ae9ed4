"""A package cannot be imported although nothing of it is damaged: it wants a module that it never declared, or raises.

## What it checks
What importing a package by its own name surely runs: imports of modules that are in no directory of the path and that
the package does not declare as dependencies, and a `raise` that nothing guards at the top level of a module. Other
names that a package brings (plug-ins, servers of an extra) may fail: they are parts that not everybody uses. So may a
package that another one requires: that one may be prepared for it (IPython, for matplotlib-inline without matplotlib).

## Why it matters
`import` of the package fails, although every declared dependency is met and `pip check` finds nothing.

## How to fix
Install the project that provides the module, or a version of the package that declares what it needs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import is_root, lost_parts, packages, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import Distribution, ImportName
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD527",
    name="undeclared-import",
    summary="a package imports what is neither installed nor declared, or raises when it is imported",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)
TOLD = ("pkg_resources", "setuptools", "distutils")  # VD511, VD208


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package whose own name cannot be imported for such a reason."""
    lost = lost_parts(env)
    required = {_key(text) for dist in packages(env) for text in dist.requires}
    for dist in packages(env):
        items = [item for item in dist.imports if _is_due(dist, item) and item.detail.partition(".")[0] not in lost]
        if not items or dist.key in required or dist.unsatisfied or dist.faults or dist.editable_exists is False:
            continue
        first = items[0]
        what = (
            f"{first.path} raises {first.detail}"
            if first.reason == "raises"
            else f"{first.path} imports {first.detail}, which is not installed and no declared dependency of it"
        )
        yield rule.finding(
            message=f"{dist.label} cannot be imported: {what}",
            path=first.path or dist.metadata_path,
            distribution=dist.name,
            evidence={
                "imports": shown([item.name for item in items]),
                "reason": first.reason,
                "wanted": first.detail,
                "declared": shown(dist.requires),
            },
            remedy=Remedy(
                kind="look",
                summary=f"see what {dist.name} says of it"
                if first.reason == "raises"
                else f"install the project that provides {first.detail.partition('.')[0]}",
            ),
        )


def _key(text: str) -> str:
    """Return the normalised name of the project that a requirement begins with."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", text.strip(), maxsplit=1)[0]).lower()


def _is_due(dist: Distribution, item: ImportName) -> bool:
    """Whether it is the package's own name, and its own code that asks for what is not there."""
    if item.reason not in ("no-module", "raises") or item.name.lower().replace("_", "-").replace(".", "-") != dist.key:
        return False
    own = item.detail.startswith(tuple(f"{name}." for name in dist.top_level))  # VD504
    return is_root(dist, item) and (item.reason == "raises" or not (own or item.detail.partition(".")[0] in TOLD))
