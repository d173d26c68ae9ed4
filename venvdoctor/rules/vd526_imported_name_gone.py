"""A package imports a name that the installed version of another package does not have.

## What it checks
`from module import name` statements that importing a package certainly carries out (at the first column of its
modules, followed from its top-level names; not those in `try`, `if` or functions), against everything that the source
of the module binds. Modules that make names in ways nobody can list (`import *`, `__getattr__`, `globals()`) are left
aside, and so are those that some code replaces or adds to.

## Why it matters
`import` of the package fails with "ImportError: cannot import name", although every declared dependency is met and
`pip check` finds nothing: the other package is newer (or older) than this one was made for. Flask 2.0 with Werkzeug 3
is the best-known pair.

## How to fix
Upgrade the package, or install a version of the other one that still has the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import Distribution, ImportName
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD526",
    name="imported-name-gone",
    summary="a package imports a name that the installed version of another package does not have",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package whose own code takes such a name, with the first of its names that fails."""
    damaged = {dist.key for dist in packages(env) if dist.faults and (dist.faults.truncated or dist.faults.modules)}
    for dist in packages(env):
        items = [item for item in dist.imports if item.reason == "name-gone" and _is_taker(dist, item)]
        if not items or dist.key in damaged:
            continue
        first = items[0]
        source = _owner(env, first.path)
        if source is not None and (source.key in damaged or _is_told(dist, source)):
            continue
        other = source.name if source else "the other package"
        yield rule.finding(
            severity=None if _is_main(dist, items) else "warning",
            message=f"{dist.label} imports {first.detail}, which {source.label if source else first.path} "
            f"does not have: `import {first.name}` fails",
            path=first.path,
            distribution=dist.name,
            evidence={
                "imports": shown([item.name for item in items]),
                "name": first.detail,
                "taken by": first.through[-1] if first.through else first.name,
                "installed": source.label if source else None,
            },
            remedy=Remedy(
                kind="look",
                summary=f"upgrade {dist.name}, or install a version of {other} that still has the name",
            ),
        )


def _is_taker(dist: Distribution, item: ImportName) -> bool:
    """Whether the import statement is this distribution's, not one of a package that it uses."""
    taker = item.through[-1] if item.through else item.name
    return taker.partition(".")[0] in {name.partition(".")[0] for name in dist.top_level or (item.name,)}


def _is_told(dist: Distribution, source: Distribution) -> bool:
    """Whether the package declares that it does not go with what is installed: VD506 says so."""
    return any(item.name.lower().replace("_", "-") == source.key for item in dist.unsatisfied)


def _is_main(dist: Distribution, failing: list[ImportName]) -> bool:
    """Whether what fails is what people import of a distribution, not an extra's server or a plug-in beside it."""
    names = {item.name.lower().replace("_", "-").replace(".", "-") for item in failing}
    return dist.key in names or all(item.state == "fails" for item in dist.imports)


def _owner(env: Environment, path: str) -> Distribution | None:
    """Return the distribution whose module a file is."""
    for dist in env.library.distributions if env.library else ():
        for name in dist.top_level:
            place = f"{dist.site_dir}/{name.replace('.', '/')}"
            if path.startswith((f"{place}/", f"{place}.")):
                return dist
    return None
