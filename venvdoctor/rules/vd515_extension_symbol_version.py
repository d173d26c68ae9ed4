"""A package's extension modules want a newer version of a library than the one that is installed.

## What it checks
The symbol versions (`GLIBC_2.38`, `GLIBCXX_3.4.32`, `OPENSSL_3.2.0`) that each extension module, and each library
that it brings along, records as needed, against those that the library found on this system defines. Compared by
membership, as the loader does; entries marked weak are excused.

## Why it matters
`import` says "version `GLIBC_2.38' not found". The environment was made on a newer system (another container image, a
machine before a downgrade), or a package was compiled there.

## How to fix
`venvdoctor fix ENV` installs the packages again, as builds for this system. Upgrading the C library alone is not
possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._extensions import VERSION, evidence_of, one_finding, subjects, unloadable
from venvdoctor.rules._packages import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.rules._extensions import Case

rule = Rule(
    code="VD515",
    name="extension-symbol-version",
    summary="a package's extension modules want a newer version of a library than is installed",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "imports", "native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution once, with every version that is wanted."""
    for cases in unloadable(env, VERSION):
        yield _finding(env, cases)


def _finding(env: Environment, cases: list[Case]) -> Finding:
    fault = cases[0].faults[0]
    return one_finding(
        rule,
        cases,
        f"wants {fault.subject}, and {fault.detail}",
        evidence_of(cases, wanted=subjects(cases)[:20], wanted_by=fault.path, found=fault.detail),
        cause=Cause(id=f"version-missing:{fault.subject}", summary=f"no library here defines {fault.subject}"),
        remedy=reinstall(env, cases[0].dist.label),
    )
