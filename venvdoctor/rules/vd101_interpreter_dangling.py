"""The interpreter that the environment links to is gone.

## What it checks
Every hop of `bin/python` is followed as the kernel does, links to directories on the way included. The finding names
the first component that does not exist: the interpreter itself, the directory of a removed patch release, a link that
an upgrade took away.

## Why it matters
Nothing of the environment starts: "No such file or directory". It happens when a release upgrade, `brew cleanup`, `uv
python uninstall`, `pyenv uninstall` or a removed package takes the interpreter away. The packages are still there.

## How to fix
`venvdoctor fix ENV` links the environment to another interpreter of the same version where there is one, which loses
nothing, and else rebuilds it with the same packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import gone, repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.chain import Chain
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD101",
    name="interpreter-dangling",
    summary="the interpreter that the environment links to is gone",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the first component of the chain that is missing; other names of the interpreter count for less."""
    chain = env.python
    if chain is None:
        return
    if chain.end == "missing" and chain.missing is not None:
        yield _finding(env, chain)
    elif chain.end == "file":
        for other in env.executables:
            if other.end == "missing" and other.missing is not None:
                yield _finding(env, other)


def _finding(env: Environment, chain: Chain) -> Finding:
    """Say which link of which name leads to what is gone."""
    last = chain.hops[-2] if len(chain.hops) > 1 else chain.hops[0]
    main = chain == env.python
    usual = main or chain.start.endswith("/python3")
    version = f"Python {env.recorded_version}" if env.recorded_version else "interpreter"
    return rule.finding(
        message=f"{chain.start} leads to {last.target or chain.missing}, and {chain.missing} does not exist",
        path=chain.start,
        severity=None if usual else "warning",
        evidence={
            "chain": shown_chain(chain),
            "missing": chain.missing,
            "made for": env.recorded_version,
            "also missing": sorted(item.start for item in env.executables if item.end == "missing" and item != chain),
        },
        remedy=repair(env, "relink", f"link it to another {version}, or rebuild it"),
        impact="broken" if main else "degraded",
        cause=gone(chain.missing or chain.start),
    )
