"""A script that an installer wrote runs another environment's interpreter, or the base's, instead of this one's.

## What it checks
Scripts in `bin` that installers wrote for entry points, whose first line names an interpreter that exists and is not
this environment's. A link that leads out of the environment and scripts that people wrote are their own business.

## Why it matters
The script runs, with the packages of another place: it imports what is installed there, or fails on what is not, and
an installer such as `pip` changes the other place.

## How to fix
`venvdoctor fix ENV` writes the environment's own interpreter into the script.
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
    from venvdoctor.model.script import Script

rule = Rule(
    code="VD406",
    name="script-of-another-python",
    summary="an installed script runs another environment's interpreter",
    severity="error",
    since="0.1",
    needs=frozenset({"scripts"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each foreign interpreter once, with the scripts that run it."""
    groups: dict[str, list[Script]] = {}
    former = env.scripts.former if env.scripts else None
    copied = former.scripts if former else ()  # a copy's scripts are told as such
    for script in env.scripts.scripts if env.scripts else ():
        if _foreign(script) and script.path not in copied:
            groups.setdefault(script.interpreter, []).append(script)
    for interpreter, scripts in sorted(groups.items()):
        first = scripts[0]
        other = first.place_state == "environment"
        more = f" (and {len(scripts) - 1} more)" if len(scripts) > 1 else ""
        whose = f"the environment {first.place}" if other else "an interpreter that does not see this environment"
        yield rule.finding(
            severity="error" if other else "warning",
            message=f"{first.path}{more} runs {interpreter}, of {whose}",
            path=first.path,
            evidence={
                "first line names": interpreter,
                "expected": env.bin_dir,
                "scripts": [item.path for item in scripts],
            },
            distribution=first.distribution,
            remedy=Remedy(
                kind="rewrite-paths",
                summary="write this environment's interpreter into the first line of its scripts",
                command=f"venvdoctor fix {quote(env.path)}",
            ),
        )


def _foreign(script: Script) -> bool:
    if script.problem or script.outside or not script.generated or not script.python or not script.resolved:
        return False
    return script.place_state in ("environment", "installation") and "env " not in script.interpreter
