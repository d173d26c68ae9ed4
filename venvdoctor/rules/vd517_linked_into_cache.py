"""The files of packages are links into a cache.

## What it checks
Recorded files (and whole package directories) that are symbolic links out of the environment: `uv --link-mode
symlink`, `virtualenv --symlink-app-data`. Whether their targets are still there.

## Why it matters
When the cache is purged, the packages are gone with it: `import` fails in every environment at once. While it is
there, this is only a warning: never run `uv cache clean` then.

## How to fix
Install the packages again with another link mode (`--link-mode copy`); `venvdoctor fix ENV` does so.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, reinstall, several, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD517",
    name="linked-into-cache",
    summary="the files of packages are links into a cache",
    severity="warning",
    since="0.1",
    needs=frozenset({"distributions", "files"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report purged targets as one error, living ones as one warning, by cache."""
    total = 0
    dead: dict[str, list[Distribution]] = {}
    living: dict[str, list[Distribution]] = {}
    for dist in packages(env):
        total += 1
        if dist.faults and dist.faults.dangling:
            dead.setdefault(_cache(_folder(dist)), []).append(dist)
        elif dist.metadata == "dangling":
            dead.setdefault(_cache(dist.linked[0].target) if dist.linked else "", []).append(dist)
        elif dist.linked:
            living.setdefault(_cache(dist.linked[0].target), []).append(dist)
    for cache, dists in sorted(dead.items()):
        yield _purged(env, cache, dists, total)
    for cache, dists in sorted(living.items()):
        verb = "consists" if len(dists) == 1 else "consist"
        yield rule.finding(
            message=f"{several(item.label for item in dists)} in {env.path} {verb} of links into "
            f"{cache}: purging that breaks it",
            path=dists[0].linked[0].example,
            evidence={"cache": cache, "packages": shown(item.label for item in dists)},
            remedy=reinstall(env, *(item.label for item in dists)),
        )


def _purged(env: Environment, cache: str, dists: list[Distribution], total: int) -> Finding:
    faults = dists[0].faults
    path, target = faults.dangling[0] if faults and faults.dangling else (dists[0].metadata_path, "")
    return rule.finding(
        severity="error",
        impact="broken" if len(dists) == total else "degraded",
        message=f"{several(item.label for item in dists)} in {env.path} {_effect(dists)}: the files are links into "
        f"{cache or 'a cache'}, where they are gone",
        path=posixpath.join(dists[0].site_dir, path),
        distribution=dists[0].name if len(dists) == 1 else None,
        evidence={"link to": target, "packages": shown(item.label for item in dists)},
        cause=Cause(id=f"cache-purged:{cache}", summary=f"files of {cache} were purged") if cache else None,
        remedy=reinstall(env, *(item.label for item in dists)),
    )


def _effect(dists: list[Distribution]) -> str:
    """Say what the loss of some of the files means: a package may well be imported without them."""
    whole = any(item.state == "imports" for dist in dists for item in dist.imports)
    failing = any(item.state == "fails" for dist in dists for item in dist.imports)
    if failing or not whole:
        return "cannot be imported"
    return "lacks files" if len(dists) == 1 else "lack files"


def _folder(dist: Distribution) -> str:
    """Return the directory that a dangling link leads to, "" where the link could not be read."""
    path, text = dist.faults.dangling[0] if dist.faults else ("", "")
    place = posixpath.dirname(posixpath.join(dist.site_dir, path))
    return posixpath.dirname(posixpath.normpath(posixpath.join(place, text))) if text else ""


def _cache(folder: str) -> str:
    """Return the cache that a directory lies in, by the layouts of uv and virtualenv, else the directory."""
    for mark in ("/archive-v", "/wheels-v", "/wheel/"):
        if mark in folder:
            return folder.partition(mark)[0]
    return folder
