"""A package imports setuptools or pkg_resources, and they are not installed.

## What it checks
The imports that importing each package certainly carries out: `pkg_resources` (which setuptools 82 dropped) and
`setuptools` (which `venv` no longer installs since Python 3.12).

## Why it matters
`import` of the package fails with "No module named 'pkg_resources'", although its declared dependencies are all
there.

## How to fix
Install a setuptools that has the module: `pip install 'setuptools<82'`.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import is_root, packages, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD511",
    name="setuptools-absent",
    summary="a package imports setuptools or pkg_resources, which are not installed",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package that surely imports what setuptools would provide."""
    for dist in packages(env):
        items = [
            item
            for item in dist.imports
            if item.reason == "no-module"
            and item.detail.partition(".")[0] in ("pkg_resources", "setuptools")
            and is_root(dist, item)
            and item.name.lower().replace("_", "-").replace(".", "-") == dist.key
        ]
        if not items:
            continue
        module = items[0].detail.partition(".")[0]
        yield rule.finding(
            message=f"{items[0].path} of {dist.label} imports {module}, which is not installed: "
            f"`import {items[0].name}` fails",
            path=items[0].path or dist.metadata_path,
            distribution=dist.name,
            evidence={"imports": shown([item.name for item in items]), "module": items[0].detail},
            remedy=Remedy(
                kind="repair-packages",
                summary="install a setuptools that has it",
                command=f"{quote(env.bin_dir)}/python -m pip install 'setuptools<82'",
            ),
        )
