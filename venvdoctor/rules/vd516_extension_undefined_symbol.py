"""A package's extension modules call functions that this interpreter does not have.

## What it checks
The functions and objects of Python's C API (`Py…`, `_Py…`) that each extension module leaves undefined, against what
the interpreter and its libpython export, and what the module's own libraries define. Python binds them all when it
loads a module, so that one of them missing is enough. Weak ones, and those that nothing refers to, are excused.

## Why it matters
`import` says "undefined symbol: _PyModule_Add". The module was compiled for another version or build of Python under
a suffix that does not say so (`.so`, `.abi3.so`), or the interpreter was replaced by an older one, or by a debug
build.

## How to fix
`venvdoctor fix ENV` installs the packages again for this interpreter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._extensions import SYMBOL, evidence_of, one_finding, subjects, unloadable
from venvdoctor.rules._packages import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.rules._extensions import Case

rule = Rule(
    code="VD516",
    name="extension-undefined-symbol",
    summary="a package's extension modules call functions that this interpreter does not have",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "imports", "native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution once, with every symbol that is missing."""
    for cases in unloadable(env, SYMBOL):
        yield _finding(env, cases)


def _finding(env: Environment, cases: list[Case]) -> Finding:
    fault = cases[0].faults[0]
    symbols = subjects(cases)
    more = f" and {len(symbols) - 1} more" if len(symbols) > 1 else ""
    return one_finding(
        rule,
        cases,
        f"uses {fault.subject}{more}, but {fault.detail}",
        evidence_of(cases, undefined=symbols[:20], file_at_fault=fault.path),
        cause=Cause(id=f"symbol-missing:{fault.subject}", summary=f"this interpreter has no {fault.subject}"),
        remedy=reinstall(env, cases[0].dist.label),
    )
