"""The source of an editable install is gone, or what a package was installed from.

## What it checks
Where each editable install leads: `direct_url.json`, the `.pth` lines and loader modules that setuptools,
hatchling, pdm, poetry, flit, meson-python and scikit-build-core write, and `.egg-link` files. At least one place
that it maps must be there. Of other packages, whether the directory or file that `direct_url.json` names is there.

## Why it matters
`pip list -e` and `pip check` stay content, and `import` fails, or finds an empty namespace in the package's place.
A package that was copied from a place that is gone works; it can only not be installed from there again, which the
lines of `pip freeze` would do. That is a note.

## How to fix
Put the source back where it was, or install the project again from where it is now (`pip install -e NEW_PLACE`).
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, several, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD507",
    name="editable-source-gone",
    summary="the source directory of an editable install is gone",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each editable install whose target is gone."""
    for dist in packages(env):
        gone = [item.name for item in dist.imports if item.reason in ("editable-gone", "dangling")]
        if dist.editable is None or (dist.editable_exists is not False and not gone):
            continue
        name = (gone or [item.name for item in dist.imports] or [dist.name])[0]
        where = ", which is gone" if dist.editable_exists is False else ", which does not hold it any more"
        cause = "is gone" if dist.editable_exists is False else "does not hold its packages any more"
        yield rule.finding(
            message=f"{dist.label} is an editable install of {dist.editable}{where}: `import {name}` does not find it",
            path=dist.metadata_path,
            distribution=dist.name,
            evidence={"leads to": dist.editable, "expected": "the project's source directory"},
            cause=Cause(id=f"source-gone:{dist.editable}", summary=f"the source directory {dist.editable} {cause}"),
            remedy=Remedy(
                kind="repair-packages",
                summary=f"install {dist.name} from where its source is now, or remove it",
                command=f"{quote(env.bin_dir)}/python -m pip install -e NEW_PLACE",
            ),
        )
    yield from _copied(env)


def _copied(env: Environment) -> Iterator[Finding]:
    gone = [dist for dist in packages(env) if dist.source_gone]
    if gone:
        first = gone[0]
        yield rule.finding(
            severity="note",
            message=f"{several(item.label for item in gone)} was installed from {first.source_gone}, which is gone",
            path=f"{first.metadata_path}/direct_url.json",
            distribution=first.name if len(gone) == 1 else None,
            evidence={"installed from": shown(item.source_gone for item in gone)},
            remedy=Remedy(
                kind="none", summary="nothing has to be done; keep what you install from, or install from an index"
            ),
        )
