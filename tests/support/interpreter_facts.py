"""An interpreter as facts, for the rules that judge one without a disk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from venvdoctor.diagnosis import diagnose_interpreter
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Interpreter, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvdoctor.finding import Finding
    from venvdoctor.rule import Rule

EXE = "/opt/py/bin/python3.11"
HOST = Host(machine="x86_64", libc="glibc", today="2026-06-01")
WHOLE = {
    "executable": EXE,
    "version": PythonVersion(3, 11, 7),
    "implementation": "cpython",
    "prefix": "/opt/py",
    "stdlib": "/opt/py/lib/python3.11",
    "provider": "pyenv",
}


def judged_by(rule: Rule) -> Callable[..., list[Finding]]:
    """Return a function that says what one rule finds in a sound interpreter with some facts changed."""
    return partial(_findings, rule)


def _findings(rule: Rule, host: Host = HOST, **facts: object) -> list[Finding]:
    return diagnose_interpreter(Interpreter(**{**WHOLE, **facts}), host, [rule])
