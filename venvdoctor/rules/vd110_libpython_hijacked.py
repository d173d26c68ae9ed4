"""The interpreter runs with the libpython of another installation.

## What it checks
A shared build of Python is a small program beside its `libpythonX.Y.so`. When the dynamic loader would pick another
file of that name than the one of the program's own installation (which may be gone), that is reported.

## Why it matters
The program of one installation then runs the code of another, with the standard library of the first: `python -V` and
`sys.version` disagree, and extension modules such as `_ssl` fail with undefined symbols. It happens when the library
was removed and another package has one of the same name, or through `LD_LIBRARY_PATH`.

## How to fix
Install the interpreter again in the same place, or take the other directory out of `LD_LIBRARY_PATH`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.model.fact import replace
from venvdoctor.rule import Rule
from venvdoctor.rules._reinstall import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

rule = Rule(
    code="VD110",
    name="libpython-hijacked",
    summary="the interpreter runs with the libpython of another installation",
    severity="error",
    since="0.1",
    needs=frozenset({"native"}),
)


@rule.interpreter
def check(interpreter: Interpreter, host: Host) -> Iterator[Finding]:
    """Report the libpython that runs and the one that should; a warning where nothing is seen to fail."""
    expected, used = interpreter.expected_libpython, interpreter.libpython
    if expected is None or used is None or interpreter.faults:
        return
    failing = [module.name for module in interpreter.modules]
    version = interpreter.version.text if interpreter.version else "unknown"
    effect = f"importing {', '.join(failing[:3])} fails" if failing else "it is another build than its own"
    directories = host.environ.get("LD_LIBRARY_PATH", "").split(":")
    yield rule.finding(
        message=f"{interpreter.executable} runs with {used} (Python {version}) instead of {expected}: {effect}",
        path=interpreter.executable,
        evidence={
            "loads": used,
            "expected": expected,
            "version that runs": version,
            "cannot import": failing,
            "through LD_LIBRARY_PATH": posixpath.dirname(used) in directories,
        },
        severity="error" if failing or interpreter.stdlib_series else "warning",
        remedy=reinstall(_own(interpreter)),
        cause=Cause(
            id=f"libpython-hijacked:{interpreter.executable}",
            summary=f"{interpreter.executable} runs with the libpython of another installation",
        ),
    )


def _own(interpreter: Interpreter) -> Interpreter:
    """Return the interpreter without the patch level, which is that of the other installation's library."""
    version = interpreter.version
    return (
        replace(interpreter, version=version._replace(micro=None, level="final", serial=0)) if version else interpreter
    )
