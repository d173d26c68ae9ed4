"""The Python series gets no more security fixes, or is a pre-release.

## What it checks
The version of the interpreter that runs, against the dates on which python.org ends the support of each series (of
CPython; PyPy and GraalPy have their own). Alpha, beta and candidate releases are named too.

## Why it matters
Nothing is broken. Security holes are no longer closed by python.org (a distribution may still do so for its own), and
new versions of packages stop supporting the series. Pre-releases have bugs that the final release has not, and
extension modules built for them may not load into it.

## How to fix
Rebuild the environment on a newer Python when it suits you: `venvdoctor fix --python X.Y ENV`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.model.python_support import ended
from venvdoctor.rule import Rule
from venvdoctor.rules._copies import is_installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

rule = Rule(
    code="VD206",
    name="unsupported-python",
    summary="the Python series gets no more security fixes, or is a pre-release",
    severity="note",
    since="0.1",
)


@rule.interpreter
def check(interpreter: Interpreter, host: Host) -> Iterator[Finding]:
    """Report the day on which support ended, or the level of a pre-release."""
    version = interpreter.version
    if version is None or interpreter.implementation != "cpython" or interpreter.faults:
        return
    if interpreter.prefix and not is_installed(interpreter):
        return  # a copy: its installation is reported
    day = ended(version, host.today)
    if day is not None:
        name = f"{interpreter.executable} is Python {version.text}"
        message = f"{name}; python.org ended the support of {version.series} on {day}"
        cause = Cause(id=f"end-of-life:{version.series}", summary=f"Python {version.series} is no longer supported")
    elif version.level != "final":
        message = f"{interpreter.executable} is Python {version.text}, a pre-release"
        cause = Cause(id=f"pre-release:{version.text}", summary=f"Python {version.text} is a pre-release")
    else:
        return
    yield rule.finding(
        message=message,
        path=interpreter.executable,
        evidence={"version": version.text, "level": version.level, "supported until": day, "today": host.today},
        remedy=Remedy(kind="none", summary="rebuild on a newer Python when it suits you"),
        cause=cause,
    )
