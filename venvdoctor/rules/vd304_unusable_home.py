"""home in pyvenv.cfg is missing or written in a way that Python does not take.

## What it checks
`home` is read as the version that answers reads it: up to 3.10 `home = /path`, in lower case, with blanks around `=`
and a line end; from 3.11 on any case and spacing. There are no comments and no quotes: `home = "/path"` and `home =
/path # x` mean just that. A relative path is searched from wherever the process happens to stand.

## Why it matters
A copied interpreter finds its standard library through `home` alone, unless its compiled-in place exists. With links
most versions start all the same, but tools that read the file do not find the base.

## How to fix
`venvdoctor fix ENV` writes `home` as every version reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import actual, repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD304",
    name="unusable-home",
    summary="home in pyvenv.cfg is missing or written in a way that Python does not take",
    severity="warning",
    since="0.1",
    requires=("VD303",),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a `home` that is not taken; an error where the interpreter cannot start without it."""
    cfg, start = env.cfg, env.startup
    if cfg is None or cfg.problem not in (None, "bom") or start.starts is None:
        return
    words = _words(env)
    if words is None or (start.starts is False and start.reason not in ("no-encodings", "home-relative", "no-home")):
        return
    dead = start.starts is False
    effect = "and Python cannot start without it" if dead else "though Python starts all the same"
    yield rule.finding(
        message=f"{cfg.path} {words}, {effect}",
        path=cfg.path,
        severity="error" if dead else None,
        evidence={
            "home": cfg.first("home"),
            "all of them": [value for key, value in cfg.entries if key == "home"],
            "python": actual(env),
            "expected": "home = /absolute/path/of/the/base/bin",
        },
        remedy=repair(env, "refresh", "write home as every version of Python reads it"),
        impact="broken" if dead else None,
    )


def _words(env: Environment) -> str | None:
    """Say what is wrong with `home`, None for a usable one."""
    home = env.cfg.first("home") if env.cfg else None
    state = env.startup.home_state
    if home is None:
        return "has no home"
    if not home:
        return "has an empty home"
    if state == "unread":
        return f"has a home ({home}) in a form that {actual(env)} does not read"
    if env.layout == "posix" and home[0] in "\"'":
        return f"has a home in quotes ({home}), which are taken literally"
    if state == "missing" and " #" in home:
        return f"has a comment in its home ({home}), which is taken literally"
    return f"has a relative home ({home})" if state == "relative" else None
