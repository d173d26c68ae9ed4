"""One project is recorded twice in the same directory.

## What it checks
Two metadata directories whose normalised project names are equal (`PyYAML-6.0.dist-info`,
`pyyaml-6.0.1.dist-info`) in one site-packages. Leftovers of pip, editable sources on the path, and a base's copy
of the same project are no duplicates.

## Why it matters
pip and importlib.metadata take whichever the directory gives first: they may report a version that is not the
code's, and an upgrade removes the wrong one's files.

## How to fix
Install the version that you want again, and remove the other metadata directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD505",
    name="duplicate-metadata",
    summary="one project is recorded twice in the same directory",
    severity="warning",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each project with more than one metadata directory in one place."""
    groups: dict[tuple[str, str], list[Distribution]] = {}
    for dist in packages(env):
        if dist.kind != "egg-link" and dist.metadata != "hollow":
            groups.setdefault((dist.site_dir, dist.key), []).append(dist)
    for found in groups.values():
        if len(found) < 2:
            continue
        first = found[0]
        versions = " and ".join(str(item.version) for item in found)
        yield rule.finding(
            message=f"{first.name} is recorded {len(found)} times in {first.site_dir} "
            f"(versions {versions}): tools believe the first",
            path=first.metadata_path,
            distribution=first.name,
            evidence={
                "recorded": [item.metadata_path for item in found],
                "versions": [str(item.version) for item in found],
            },
            remedy=reinstall(env, first.name),
        )
