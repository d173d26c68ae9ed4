"""The interpreter's program and its standard library are of different versions.

## What it checks
Three signs: a copied (or hard-linked) interpreter in the environment is of another patch release than the installation
it was copied from; extension modules of the standard library use functions of Python that the program does not have;
files of the standard library carry the mark of another series (the magic numbers of compiled code and of `re`).

## Why it matters
A security update replaces the standard library, and a copy of the program stays as it was. Mostly all runs on, but some
releases moved functions between the two: `import math` or `import ssl` then fails with "undefined symbol". With another
series nothing works ("SRE module mismatch").

## How to fix
`venvdoctor fix ENV` copies the program anew, or replaces it by a link; no package is touched. For an installation
itself: install it again.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._copies import is_installed
from venvdoctor.rules._reinstall import reinstall

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from venvdoctor.finding import Evidence, Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

rule = Rule(
    code="VD111",
    name="stdlib-of-another-version",
    summary="the interpreter and its standard library are of different versions",
    severity="error",
    since="0.1",
    requires=("VD108", "VD110"),
    needs=frozenset({"native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a copied interpreter that its installation has left behind."""
    copy, base = env.interpreter, env.base
    if copy is None or base is None or base.executable == copy.executable or copy.faults or is_installed(copy):
        return
    old, new = copy.version, base.version
    if old is None or new is None or old[:2] != new[:2] or copy.implementation != base.implementation:
        return
    gone = set(base.stdlib_faults) if base.stdlib == copy.stdlib else set()  # gone for the installation itself: VD106
    failing = _failing(copy, gone)
    if not failing and (old == new or None in (old.micro, new.micro)):
        return
    effect = f"importing {', '.join(failing[:3])} fails" if failing else "everything still loads"
    yield rule.finding(
        message=f"{copy.executable} is a copy of Python {old.text}, and its installation is {new.text} now: {effect}",
        path=copy.executable,
        evidence=_evidence(copy, failing, str(base.executable)),
        severity="error" if failing else "note",
        remedy=Remedy(
            kind="refresh",
            summary=f"copy the interpreter of {base.executable} anew",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
        cause=Cause(id=f"patch-drift:{base.executable}", summary=f"{base.executable} was upgraded under copies of it"),
    )


@rule.interpreter
def check_installation(interpreter: Interpreter, _host: Host) -> Iterator[Finding]:
    """Report an installation whose two halves do not belong together."""
    failing = _failing(interpreter)
    if interpreter.faults or not is_installed(interpreter) or not (failing or interpreter.stdlib_series):
        return
    version = interpreter.version.text if interpreter.version else "unknown"
    series = interpreter.stdlib_series
    effect = (
        f"holds the files of Python {series}" if series else f"is of another release ({', '.join(failing[:3])} fail)"
    )
    yield rule.finding(
        message=f"{interpreter.executable} is Python {version}, and its standard library {interpreter.stdlib} {effect}",
        path=interpreter.stdlib or interpreter.executable,
        evidence=_evidence(interpreter, failing, interpreter.stdlib or ""),
        remedy=reinstall(interpreter),
        impact="broken" if series else "degraded",
        cause=Cause(
            id=f"stdlib-mismatch:{interpreter.executable}",
            summary=f"{interpreter.executable} and {interpreter.stdlib} are of different versions",
            remedy=reinstall(interpreter),
        ),
    )


def _failing(interpreter: Interpreter, gone: Collection[str] = ()) -> list[str]:
    """Return the modules that use functions of Python which the program does not have, or that neither half has."""
    lacking = [item for item in interpreter.stdlib_faults if item.startswith("lib-dynload/") and item not in gone]
    neither = [item.rpartition("/")[2] for item in lacking]
    return (neither if not is_installed(interpreter) else []) + [
        module.name
        for module in interpreter.modules
        if all(fault.kind == "undefined-symbol" and fault.subject.startswith(("Py", "_Py")) for fault in module.faults)
    ]


def _evidence(interpreter: Interpreter, failing: list[str], other: str) -> dict[str, Evidence]:
    symbols = {fault.subject for module in interpreter.modules if module.name in failing for fault in module.faults}
    return {
        "version of the program": interpreter.version.text if interpreter.version else None,
        "read from": interpreter.version_source,
        "beside": other,
        "standard library": interpreter.stdlib,
        "series of its files": interpreter.stdlib_series,
        "cannot import": failing,
        "missing functions": sorted(symbols),
    }
