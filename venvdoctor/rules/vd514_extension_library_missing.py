"""A shared library that a package's extension modules need is nowhere.

## What it checks
Every library that an extension module names (`DT_NEEDED`), and those that these name in turn, searched as the dynamic
loader searches: RPATH and RUNPATH with `$ORIGIN`, `LD_LIBRARY_PATH`, `/etc/ld.so.cache`, the loader's own
directories, what the interpreter has loaded already; on Alpine by musl's rules. A library that the environment holds
elsewhere is taken to be loaded by Python code first, as torch and the `nvidia-*` packages do.

It is an error where a module that users import fails: the package itself, or a public module of it. Where the package
is prepared to do without (an import inside `try … except ImportError`), or nobody can see who imports it, an absent
library is a note; so is an absent device driver (`libcuda.so.1`, `libnvidia-*`).

## Why it matters
`import` says "libpq.so.5: cannot open shared object file". System upgrades replace libraries (libssl.so.1.1,
libffi.so.7, libicu…) under packages that were compiled on the spot; `*.libs` directories get lost in copies.

## How to fix
A library of the system comes back with its package (`apt-file search`, `dnf provides`), or the Python package is
built again against what is there; one that came inside the wheel comes back with `venvdoctor fix ENV`.
"""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._extensions import LIBRARY, evidence_of, one_finding, subjects, unloadable
from venvdoctor.rules._packages import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.rules._extensions import Case

BUNDLED = re.compile(r"-[0-9a-f]{8}\.so")  # auditwheel's names: libtiff-20b7e810.so.6.3.0

rule = Rule(
    code="VD514",
    name="extension-library-missing",
    summary="a shared library that a package's extension modules need is missing",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "imports", "native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution once, with everything that it lacks."""
    for cases in unloadable(env, LIBRARY):
        yield _finding(env, cases)


def _finding(env: Environment, cases: list[Case]) -> Finding:
    fault = cases[0].faults[0]
    libraries = subjects(cases)
    more = f" and {len(libraries) - 1} more libraries, all of them" if len(libraries) > 1 else ", which is"
    return one_finding(
        rule,
        cases,
        f"needs {fault.subject}{more} nowhere to be found",
        evidence_of(cases, missing=libraries[:20], needed_by=fault.path),
        cause=Cause(id=f"library-gone:{fault.subject}", summary=f"{fault.subject} is missing"),
        remedy=_remedy(env, cases[0], fault.subject),
    )


def _remedy(env: Environment, case: Case, library: str) -> Remedy:
    if BUNDLED.search(library):
        return reinstall(env, case.dist.label)
    if case.severity == "note":
        return Remedy(kind="none", summary=f"nothing, unless you want {case.item.name}: then install {library}")
    return Remedy(
        kind="repair-packages",
        summary=f"install the system's package that holds {library}, or build {case.dist.label} again without it",
        command=f"venvdoctor fix {quote(env.path)}",
    )
