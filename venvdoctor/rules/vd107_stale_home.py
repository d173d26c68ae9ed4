"""The directory that home in pyvenv.cfg names is gone or holds no Python.

## What it checks
`home` in `pyvenv.cfg` names the directory of the interpreter that the environment was made from. It is compared with
what is there, and with what `bin/python` leads to.

## Why it matters
Up to Python 3.10 a linked environment does not read it. From 3.11 on the search for the standard library begins there
and falls back on the compiled-in place: most installations keep working, relocatable ones (uv's) die with "No module
named 'encodings'". Where it still works, tools that read the file, and environments made from this one, do not.

## How to fix
`venvdoctor fix ENV` writes the directory that `bin/python` leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import actual, cfg_path, entry, home_evidence, repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD107",
    name="stale-home",
    summary="the directory that home in pyvenv.cfg names is gone or holds no Python",
    severity="warning",
    since="0.1",
    requires=("VD201", "VD204"),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a `home` that leads nowhere although the link of `bin/python` is whole."""
    start, chain = env.startup, env.python
    if start.home_state not in ("missing", "no-stdlib") or chain is None or chain.end != "file" or start.starts is None:
        return
    dead = start.starts is False and start.reason in ("no-encodings", "home-not-a-directory")
    if start.reason == "no-encodings" and not (env.interpreter and env.interpreter.stdlib):
        return  # nothing is left to lead it to: the standard library itself is gone
    if start.starts is False and not dead:
        return
    if start.starts and start.home_state == "no-stdlib" and env.stack:
        return  # an environment, and so without a library of its own: what it stands on is VD117's
    state = _state(env)
    effect = "and it cannot start without it" if dead else "though it starts all the same"
    yield rule.finding(
        message=f"{cfg_path(env)} names {start.home} as its home, which {state}, {effect}",
        path=cfg_path(env),
        severity="error" if dead else "warning",
        evidence={**home_evidence(env), "chain": shown_chain(chain), "expected": _expected(env)},
        remedy=repair(env, "refresh", "write the directory that bin/python leads to into pyvenv.cfg"),
        impact="broken" if dead else None,
    )


def _state(env: Environment) -> str:
    """Say what is wrong with the directory."""
    if env.startup.reason == "home-not-a-directory":
        return "is no directory"
    return "does not exist" if env.startup.home_state == "missing" else f"holds no standard library for {actual(env)}"


def _expected(env: Environment) -> str | None:
    """Return the directory of the base interpreter as it is linked to."""
    place = entry(env)
    return place.rpartition("/")[0] or None
