"""Whether the environment works could not be established.

## What it checks
Something stood in the way of the examination: a directory that may not be read, a volume that is not mounted, a
wrapper script in the place of the interpreter, an environment of another operating system. Or something in it is
damaged, and whether a package goes on without it only a run can show: it is imported by a name in a text, by compiled
code, inside a handler or a condition of the package's own; or the package is for newer Pythons than this one.

## Why it matters
What was not seen is neither healthy nor broken. The environment is `unknown`, and the scan says so.

## How to fix
Scan as a user who may read the place, with the volume mounted, or on the system that the environment belongs to.
`venvdoctor scan --probe ENV` may start the interpreter and ask it.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import packages, several, shown
from venvdoctor.rules._start import look, program, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import ImportName
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD901",
    name="not-examined",
    summary="whether the environment works could not be established",
    severity="note",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report why nobody can tell."""
    start = env.startup
    if start.starts is None and not (env.unreadable and start.reason == "not examined"):
        yield rule.finding(
            message=f"whether {program(env)} starts cannot be told from its files: {_reason(env)}",
            path=start.detail if start.detail.startswith("/") else program(env),
            evidence={"reason": start.reason, "chain": shown_chain(env.python), "home": start.home},
            remedy=look(
                "examine it where it can be read, or let it be started", f"venvdoctor scan --probe {quote(env.path)}"
            ),
            undecided=True,
        )
    for place in env.unreadable:
        yield rule.finding(
            message=f"{place.path} could not be looked into: {place.reason}",
            path=place.path,
            evidence={"reason": place.reason},
            remedy=look("scan as a user who may read it"),
            undecided=True,
        )
    yield from _imports(env)


def _imports(env: Environment) -> Iterator[Finding]:
    """Report the names of which nobody can tell whether they can be imported, once for each reason."""
    groups: dict[str, list[ImportName]] = {}
    for dist in packages(env):
        for item in dist.imports:
            if item.state == "unknown" and item.reason in DOUBTS:
                groups.setdefault(item.reason, []).append(item)
    for reason, items in groups.items():
        first = items[0]
        what = DOUBTS[reason].format(path=first.path, detail=first.detail)
        yield rule.finding(
            message=f"whether `import {several(item.name for item in items)}` works cannot be told: {what}",
            path=first.path or env.path,
            evidence={"imports": shown(item.name for item in items), "reason": reason, "because of": first.detail},
            remedy=look(
                f"mend what is damaged, or try it: import {first.name}",
                f"{quote(program(env))} -c {quote(f'import {first.name}')}",
            ),
            undecided=True,
        )


def _reason(env: Environment) -> str:
    """Return why, in words."""
    start, file = env.startup, env.interpreter
    if start.reason == "loader" and file is not None and file.doubts:
        return file.doubts[0]
    if start.reason == "not-a-python" and file is not None and file.undecided:
        return file.undecided[0]
    words = WORDS.get(start.reason, start.reason)
    return f"{words} ({start.detail})" if start.detail and start.reason != "windows" else words


DOUBTS = {  # why a name's state is unknown → words
    "requires-python": "{path} is of a package that was made for newer Pythons, {detail}",
    "dynamic-import": "{path} imports {detail}, which fails, by a name that it passes on",
    "compiled-code": "{path} is compiled code that names {detail}, which cannot be imported",
    "unread-syntax": "{path} imports what fails, and the Python that venvdoctor runs with cannot parse it",
    "hollow-module": "{path} is empty or ends within a line, and what it did for its package is not done",
    "undecided-guard": "{path} may or may not go on without {detail}, which fails",
}

WORDS = {
    "denied": "a directory on the way may not be entered, or a link there not be read",
    "error": "the disk did not answer as it should",
    "unmounted": "it leads to a volume that is not mounted",
    "not-a-python": "what it leads to is not known as a Python",
    "not-emulated": "how this implementation starts is not known here",
    "prefix-unknown": "where it would look for its standard library is not known",
    "getpath-unknown": "whether this build needs the home that is gone is not known",
    "cfg-unreadable": "its pyvenv.cfg may not be read",
    "cfg-too-large": "its pyvenv.cfg is too large to be read",
    "windows": "it is an environment of Windows, whose base interpreter is not on this disk",
    "not examined": "it could not be opened",
}
