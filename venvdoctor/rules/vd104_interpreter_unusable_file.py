"""bin/python is no program that can be started.

## What it checks
The file at the end of `bin/python` is a regular file with the right to execute, not empty, an executable of its
system and whole (no section reaches beyond its end). A script that starts with `#!` is no defect: it may well start a
Python.

## Why it matters
The shell says "Permission denied" or "Exec format error". An empty or text file is worse: shells run it as a script
of their own and report success without having done anything. It happens when links were checked out as text files
(git and zip on Windows), when a disk was full, or when modes were lost in a copy.

## How to fix
`venvdoctor fix ENV` puts a link to an interpreter in its place; where only the mode is lost, `chmod +x` is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD104",
    name="interpreter-unusable-file",
    summary="bin/python is no program that can be started",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report what stands where a program was expected."""
    chain = env.python
    if chain is None:
        return
    what = _defect(env)
    if what is None:
        return
    place = chain.real or chain.start
    yield rule.finding(
        message=f"{place} {what}",
        path=place,
        evidence={
            "chain": shown_chain(chain),
            "mode": f"{chain.mode:04o}",
            "size": chain.size,
            "expected": "an executable program",
        },
        remedy=repair(env, "relink", "put a link to an interpreter in its place"),
        impact="broken",
    )


def _defect(env: Environment) -> str | None:
    """Say what is wrong with the file, None for a program."""
    chain, file = env.python, env.interpreter
    if chain is not None and chain.end == "not-a-file":
        return "is no file"
    if file is None or chain is None:
        return None
    kinds = {fault.kind: fault for fault in file.faults if fault.path == file.executable}
    for kind, words in WORDS.items():
        if kind in kinds:
            return f"{words}: {kinds[kind].detail}" if kind == "not-binary" and kinds[kind].detail else words
    return "may not be executed (its mode has no x)" if env.startup.reason == "not-executable" else None


WORDS = {
    "empty": "is empty: a shell runs it as a script and reports success",
    "text": "is a text file and no program: a shell runs it as a script of its own",
    "truncated": "is cut off: sections of it lie beyond its end",
    "not-executable": "may not be executed (its mode has no x)",
    "not-binary": "is no program",
}
