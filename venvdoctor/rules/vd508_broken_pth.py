"""A `.pth` file cannot be processed when Python starts.

## What it checks
Every `.pth` file of the environment as `site` reads it: its encoding, the modules that its `import` lines load,
the directories that it names. Nothing of it is executed.

## Why it matters
Bytes that are no UTF-8 end the start of Python itself (UnicodeDecodeError), and so does a line like
`import sys; sys.exit()`. An `import` line that fails prints an error at every start and the rest of the file is
ignored. A directory that is gone is skipped silently.

## How to fix
Remove the file, or install again the package that wrote it.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import several, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding, Impact, Severity
    from venvdoctor.model.distribution import PthFile
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD508",
    name="broken-pth",
    summary="a .pth file cannot be processed when Python starts",
    severity="warning",
    since="0.1",
    needs=frozenset({"distributions"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each `.pth` file that fails, and those that name what is gone."""
    library = env.library
    if library is None:
        return
    sources = {dist.editable for dist in library.distributions}
    sources |= {place for _, place in env.receipt.shared_missing} if env.receipt else set()  # told as such
    for item in library.pth:
        dead = [path for path in item.dead if path not in sources]
        if item.problem == "not-utf8":
            yield _finding(
                item, "error", f"holds {item.detail}, which is no UTF-8: Python dies when it starts", "broken"
            )
        elif item.problem == "exits":
            yield _finding(item, "error", f"ends every start of Python by its line {item.detail!r}", "broken")
        elif item.from_base or env.startup.starts is False:
            continue
        elif item.problem == "unimportable":
            yield _finding(
                item, "warning", f"imports {item.detail}, which is gone: every start of Python prints an error"
            )
        elif item.problem:
            yield _finding(item, "warning", f"cannot be read ({item.detail}): what it adds is missing")
        elif dead:
            yield _finding(item, "note", f"names {several(dead)}, which is gone")


def _finding(item: PthFile, severity: Severity, what: str, impact: Impact = "degraded") -> Finding:
    return rule.finding(
        severity=severity,
        impact=impact,
        message=f"{item.path} {what}",
        path=item.path,
        evidence={"problem": item.problem or "dead path", "detail": item.detail, "gone": shown(item.dead)},
        remedy=Remedy(kind="edit", summary=f"correct {item.path}, or remove it", command=f"rm {quote(item.path)}"),
    )
