"""The environment has no pip.

## What it checks
An environment that `venv` or virtualenv made for a user, without pip in its site-packages. Environments of uv, of
other managers, those made `--without-pip` and those that see the base's packages have none by design.

## Why it matters
`python -m pip` fails with "No module named pip"; everything else runs.

## How to fix
`bin/python -m ensurepip` puts pip back.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD509",
    name="pip-absent",
    summary="an environment that was made with pip has no pip",
    severity="note",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Note that pip is gone from an environment that used to have it."""
    library = env.library
    if library is None or not library.path or env.startup.starts is not True or env.manager:
        return
    made = env.created_by.startswith(("venv", "virtualenv"))
    command = env.cfg.get("command") or "" if env.cfg else ""
    if not made or "--without-pip" in command or "--no-pip" in command or library.find("pip"):
        return
    if env.cfg is not None and env.cfg.system_site:
        return
    yield rule.finding(
        message=f"{env.path} was made by {env.created_by} and has no pip",
        path=env.startup.site_dirs[0] if env.startup.site_dirs else env.path,
        evidence={"made by": env.created_by, "pip": None},
        remedy=Remedy(
            kind="repair-packages", summary="put pip back", command=f"{quote(env.bin_dir)}/python -m ensurepip"
        ),
    )
