"""Files of packages belong to somebody else, or their owner's user cannot read them.

## What it checks
Owner and mode of every package's directories and metadata, against the owner of the environment. An environment
that belongs to root is root's own affair, unless it stands in somebody else's home; group-writable shared ones are
left aside. Then each module that importing a package reads, and first of all the site-packages itself.

## Why it matters
A package that cannot be read imports as an empty namespace, and `pip list` ends with PermissionError. One that
cannot be written cannot be upgraded or removed. Usually somebody ran `sudo pip install` once.

## How to fix
Give the files back to the environment's owner with `chown`.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, several, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.distribution import Access, Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD519",
    name="package-access",
    summary="files of packages belong to somebody else or cannot be read by the environment's owner",
    severity="warning",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, host: Host) -> Iterator[Finding]:
    """Report unreadable packages as an error, foreign ones as a warning, once each."""
    if env.library is not None and env.library.closed and env.startup.starts is not False:
        yield _closed(env, env.library.closed[0])
        return
    unreadable: list[tuple[Distribution, Access]] = []
    foreign: list[tuple[Distribution, Access]] = []
    for dist in packages(env):
        for item in dist.access:
            (unreadable if item.problem == "unreadable" else foreign).append((dist, item))
    denied = [
        dist
        for dist in packages(env)
        if dist.faults and dist.faults.denied and dist not in [one for one, _ in unreadable]
    ]
    if unreadable:
        yield _finding(env, unreadable, "error", "cannot be read by the environment's owner: it does not import")
    told = {dist.key for dist, _ in unreadable} | {dist.key for dist in denied}
    for dist in denied:
        yield _denied(env, dist)
    for dist in packages(env):
        if dist.key not in told:
            yield from _modules(env, dist)
    owner = _home_owner(env, host)
    if owner is not None:
        yield _not_theirs(env, owner)
    if foreign:
        yield _finding(env, foreign, "warning", "belongs to another user: it cannot be upgraded or removed")


def _closed(env: Environment, path: str) -> Finding:
    return rule.finding(
        severity="error",
        impact="broken",
        message=f"{path} may not be read by the environment's owner: nothing in it can be imported",
        path=path,
        evidence={"environment's owner": env.owner},
        remedy=_readable(env),
    )


def _home_owner(env: Environment, host: Host) -> int | None:
    """Return the user in whose home an environment of root stands; nobody's where root keeps its own there."""
    homes = [
        home for home in host.homes if home.path.count("/") > 1 and env.real.startswith(f"{home.path.rstrip('/')}/")
    ]
    home = max(homes, key=lambda item: len(item.path), default=None)
    return home.uid if home is not None and env.owner == 0 and home.uid > 0 else None


def _not_theirs(env: Environment, owner: int) -> Finding:
    return rule.finding(
        message=f"{env.path} belongs to root, in the home of another user: it runs, and nothing in it can be changed",
        path=env.path,
        evidence={"owner": env.owner, "home's owner": owner},
        remedy=Remedy(
            kind="edit",
            summary="give the environment to the owner of the home",
            command=f"sudo chown -R {owner} {quote(env.path)}",
        ),
    )


def _finding(env: Environment, pairs: list[tuple[Distribution, Access]], severity: Severity, what: str) -> Finding:
    item = pairs[0][1]
    names = sorted({dist.label for dist, _ in pairs})
    return rule.finding(
        severity=severity,
        message=f"{several(one.path for _, one in pairs)} {what}",
        path=item.path,
        distribution=pairs[0][0].name if len(names) == 1 else None,
        evidence={
            "owner": item.owner,
            "environment's owner": env.owner,
            "mode": oct(item.mode),
            "packages": shown(names),
        },
        remedy=_readable(env),
    )


def _modules(env: Environment, dist: Distribution) -> Iterator[Finding]:
    """Report the first module of a package that its owner cannot read, where the package fails by it."""
    tops = {name.partition(".")[0] for name in dist.top_level}
    failing = [item for item in dist.imports if item.state == "fails" and item.reason == "unreadable"]
    own = [item for item in failing if (item.through[-1] if item.through else item.name).partition(".")[0] in tops]
    if not own:
        return
    yield rule.finding(
        severity="error",
        message=f"{own[0].path} of {dist.label} cannot be read by the environment's owner: "
        f"`import {own[0].name}` fails",
        path=own[0].path,
        distribution=dist.name,
        evidence={"imports that fail": shown(item.name for item in own), "environment's owner": env.owner},
        remedy=_readable(env),
    )


def _readable(env: Environment) -> Remedy:
    return Remedy(
        kind="edit",
        summary="give the environment's files to its owner",
        command=f"sudo chown -R {env.owner} {quote(env.path)} && chmod -R u+rwX {quote(env.path)}",
    )


def _denied(env: Environment, dist: Distribution) -> Finding:
    paths = dist.faults.denied if dist.faults else ()
    return rule.finding(
        message=f"{several(paths)} of {dist.label} cannot be looked at: permission denied",
        path=f"{dist.site_dir}/{paths[0]}",
        distribution=dist.name,
        evidence={"denied": shown(paths)},
        undecided=True,
        remedy=Remedy(
            kind="look",
            summary="scan as the environment's owner",
            command=f"sudo -u '#{env.owner}' venvdoctor scan {quote(env.path)}",
        ),
    )
