"""A variable of this session makes every environment's Python look elsewhere.

## What it checks
`PYTHONHOME`, `PYTHONPATH` and `__PYVENV_LAUNCHER__` of the process that scans. A `PYTHONHOME` is an error where it
holds no standard library for the environment's version; a `PYTHONPATH` is a warning where it names the library or the
packages of another version.

## Why it matters
`PYTHONHOME` replaces the standard library of every Python that is started from this session: "No module named
'encodings'", or modules of another version. Directories of another version in `PYTHONPATH` are searched first, and
their extension modules cannot be loaded.

## How to fix
`unset` the variable, and remove the line that sets it from the shell's start-up files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._start import actual, look, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD118",
    name="variable-overrides-interpreter",
    summary="a variable of this session makes every environment's Python look elsewhere",
    severity="warning",
    since="0.1",
)


@rule.environment
def check(env: Environment, host: Host) -> Iterator[Finding]:
    """Report what this session's variables do to this environment."""
    if env.layout == "windows" or host.sysroot or env.interpreter is None or env.interpreter.version is None:
        return
    home = host.environ.get("PYTHONHOME", "").partition(":")[0]
    if home and env.extra.get("pythonhome") == "no-stdlib":
        yield _finding(env, "PYTHONHOME", home, f"holds no standard library for {actual(env)}", dead=True)
    foreign = _foreign(env, host.environ.get("PYTHONPATH", ""))
    if foreign:
        yield _finding(
            env, "PYTHONPATH", foreign[0], f"is searched first, and is made for another Python than {actual(env)}"
        )
    launcher = host.environ.get("__PYVENV_LAUNCHER__", "")
    if launcher and host.platform == "darwin":
        yield _finding(env, "__PYVENV_LAUNCHER__", launcher, "is taken for the program that was started")


def _finding(env: Environment, name: str, value: str, effect: str, *, dead: bool = False) -> Finding:
    return rule.finding(
        message=f"{name} is set in this session: {value} {effect}",
        path=program(env),
        severity="error" if dead else None,
        impact="broken" if dead else None,
        evidence={"variable": name, "value": value, "base": env.startup.base_prefix, "python": actual(env)},
        remedy=look(f"unset {name} where the session sets it", f"unset {name}"),
        cause=Cause(id=f"variable:{name}", summary=f"{name} is set to {value}"),
    )


def _foreign(env: Environment, value: str) -> list[str]:
    """Return the entries that name another series: `…/python3.9/site-packages`."""
    version = env.interpreter.version if env.interpreter else None
    if version is None:
        return []
    found = []
    for place in value.split(":"):
        match = SERIES.search(place)
        if match and match[1] != version.series:
            found.append(place)
    return found


SERIES = re.compile(r"/(?:python|pypy)(\d+\.\d+)t?(?:/|$)")
