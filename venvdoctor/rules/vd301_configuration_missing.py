"""The environment lost its pyvenv.cfg and runs as its base.

## What it checks
A directory with activate scripts beside `bin/python` and with `lib/pythonX.Y/site-packages`, but without a standard
library of its own, a `pyvenv.cfg` or a `conda-meta`. A `pyvenv.cfg` that is no regular file counts as none, as it
does for Python.

## Why it matters
`bin/python` is then the base interpreter itself: it sees the base's packages and not the environment's, and
`pip install` writes into the base. It happens when a file was left out of a copy or cleaned away.

## How to fix
`venvdoctor fix ENV` writes a new `pyvenv.cfg` from what the links and the directories say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import cfg_path, program, repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD301",
    name="configuration-missing",
    summary="the environment lost its pyvenv.cfg and runs as its base",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report an environment that is not isolated from its base."""
    start = env.startup
    ignored = env.cfg is not None and env.cfg.problem == "not-a-file"
    if not start.starts or start.isolated or not (env.kind == "markerless" or ignored):
        return
    what = f"is {env.cfg.detail}, which Python passes over" if env.cfg else "is not there"
    yield rule.finding(
        message=f"{cfg_path(env)} {what}: {program(env)} runs as {start.prefix}, and installs into it",
        path=cfg_path(env),
        evidence={
            "markers": sorted(env.markers),
            "libraries": [item.path for item in env.lib_dirs],
            "runs as": start.prefix,
            "chain": shown_chain(env.python),
        },
        remedy=repair(env, "refresh", "write a pyvenv.cfg that leads to its base interpreter"),
        impact="broken",
    )
