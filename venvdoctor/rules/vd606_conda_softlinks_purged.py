"""A conda environment is made of links into a package cache that was emptied.

## What it checks
Packages that conda linked softly (`allow_softlinks`, `always_softlink`): whether what their links lead to is still
there.

## Why it matters
Nothing behind a dead link can be used. When the standard library is among it, Python does not start. The usual hard
links are not affected by `conda clean`.

## How to fix
Install the packages again: `conda install --force-reinstall`. Turn `always_softlink` off first.
"""

from __future__ import annotations

import posixpath
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD606",
    name="conda-softlinks-purged",
    summary="a conda environment links into a package cache that was emptied",
    severity="error",
    since="0.1",
    needs=frozenset({"files"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report all packages with dead links together: they share one cache."""
    sick = [item for item in (env.conda.packages if env.conda else ()) if item.dangling]
    if not sick:
        return
    first = sick[0]
    source = first.source or "the package cache"
    cache = posixpath.dirname(source) or source
    yield rule.finding(
        message=f"packages of {env.path} ({len(sick)}) are links into {cache}, which was emptied",
        path=f"{env.path}/{first.dangling[0]}",
        impact="broken" if any(item.name == "python" for item in sick) else "degraded",
        evidence={"packages": [f"{item.name} {item.version}" for item in sick], "source": source},
        cause=Cause(id=f"conda-cache-gone:{cache}", summary=f"{cache} was emptied"),
        remedy=Remedy(
            kind="repair-packages",
            summary="install the packages again",
            command=f"conda install -p {quote(env.path)} --force-reinstall "
            + " ".join(quote(item.name) for item in sick),
        ),
    )
