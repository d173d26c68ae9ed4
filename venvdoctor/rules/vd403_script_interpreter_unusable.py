"""A script cannot start, because the interpreter that its first line names cannot be started.

## What it checks
The first line of every file in `bin`, as the kernel reads it: the path up to the first blank; `env`'s look-up on
`PATH`; the `#!/bin/sh` trampolines of pip, uv and conda; a carriage return at the end of the line; a blank inside the
path; an interpreter or an installer's script without the permission to run. Scripts that name the environment's own
interpreter are not reported while that one is broken itself, and those of a moved environment are reported once, as
moved.

## Why it matters
Starting the script fails with "No such file or directory", "bad interpreter" or "Permission denied", although the
script is there and its package can be imported.

## How to fix
`venvdoctor fix ENV` writes the environment's own interpreter into the scripts that installers made. `bin/python -m
NAME` works meanwhile. A script that somebody wrote by hand is for its author to correct.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.script import Script

rule = Rule(
    code="VD403",
    name="script-interpreter-unusable",
    summary="a script cannot start: the interpreter in its first line is missing or unusable",
    severity="error",
    since="0.1",
    requires=("VD605",),  # the commands of packages that stayed behind name the Python that went
    needs=frozenset({"scripts"}),
)

_GONE = ("missing", "dangling", "loop")
_WHY = {
    "missing": "its first line names {0}, which does not exist",
    "dangling": "its first line names {0}, a link to something that is gone",
    "loop": "its first line names {0}, a link that leads to itself",
    "interpreter-not-executable": "its first line names {0}, which nobody may execute",
    "interpreter-empty": "its first line names {0}, an empty file",
    "relative": "its first line names {0}, which is looked up in whatever directory you are in",
    "no-first-line": "it has no first line that names an interpreter, so a shell reads it as its own",
    "options": "its first line holds several options, which the kernel passes as one, and Python refuses it",
    "crlf": "its first line ends in a carriage return, so that no program of that name exists",
    "space": "the path in its first line holds a blank, and the kernel cuts it there",
    "not-on-path": "no command {0} is on your PATH",
    "not-executable": "nobody may execute it",
    "denied": "the environment's owner may not read and execute it",
}


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each unusable interpreter once, with the scripts that name it."""
    groups: dict[tuple[Severity, str, str], list[Script]] = {}
    for script in env.scripts.scripts if env.scripts else ():
        severity = _severity(script, env)
        if severity:
            groups.setdefault((severity, script.problem, script.interpreter), []).append(script)
    for (severity, problem, interpreter), scripts in sorted(groups.items()):
        yield _finding(env, severity, problem, interpreter, scripts)


def _severity(script: Script, env: Environment) -> Severity | None:
    """Return how bad it is, None when it is nothing or another rule's."""
    if script.problem not in _WHY or script.kind == "link" or script.outside or _told_elsewhere(script, env):
        return None
    if script.problem in ("not-executable", "denied"):
        listed = script.distribution and env.kind != "conda"  # conda packages keep data in `bin` too
        return "error" if script.generated or listed else None
    if script.problem == "not-on-path":
        return "warning" if script.python or script.generated else "note"
    if script.problem == "relative":
        return "warning" if script.generated else "note"
    return "error" if script.python or script.generated else "note"


def _told_elsewhere(script: Script, env: Environment) -> bool:
    """Return whether a move or the environment's own dead interpreter says it already."""
    former = env.scripts.former if env.scripts else None
    if former is not None and script.path in former.scripts:
        return True
    usable = env.python is not None and env.python.end == "file" and bool(env.python.mode & 0o111)
    return (
        script.own
        and script.problem in (*_GONE, "interpreter-not-executable", "interpreter-empty", "undecided")
        and not usable
    )


def _finding(env: Environment, level: Severity, problem: str, interpreter: str, scripts: list[Script]) -> Finding:
    first = scripts[0]
    more = f" (and {len(scripts) - 1} more)" if len(scripts) > 1 else ""
    named = (first.detail if "/env " in interpreter else "") or interpreter.rpartition("/env ")[2] or first.path
    gone = problem in _GONE and first.place_state == "installation"
    return rule.finding(
        severity=level,
        message=f"{first.path}{more} cannot start: {_WHY[problem].format(named)}",
        path=first.path,
        evidence={
            "first line names": interpreter,
            "problem": problem,
            "detail": first.detail,
            "scripts": [item.path for item in scripts],
        },
        distribution=first.distribution if len({item.distribution for item in scripts}) == 1 else None,
        cause=Cause(id=f"interpreter-gone:{interpreter}", summary=f"{interpreter} is gone") if gone else None,
        remedy=_remedy(env, scripts),
    )


def _remedy(env: Environment, scripts: list[Script]) -> Remedy:
    if scripts[0].problem == "denied":
        files = " ".join(quote(item.path) for item in scripts[:20])
        command = f"sudo chown {env.owner} {files} && chmod u+rx {files}"
        return Remedy(kind="edit", summary="give the scripts to the environment's owner", command=command)
    if any(item.generated or item.distribution for item in scripts):
        return Remedy(
            kind="rewrite-paths",
            summary="write this environment's interpreter into the first line of its scripts",
            command=f"venvdoctor fix {quote(env.path)}",
        )
    return Remedy(kind="edit", summary=f"correct the first line of {scripts[0].path}, or remove the file")
