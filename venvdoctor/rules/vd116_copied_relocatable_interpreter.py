"""A copied interpreter looks for its library beside the copy.

## What it checks
`bin/python` is a regular file whose library (`libpythonX.Y`) is looked for relative to the program
(`$ORIGIN/../lib`), and is not there, while the base interpreter that `home` names has it.

## Why it matters
Nothing of the environment starts: "error while loading shared libraries". `--copies` and `--always-copy` do this with
every relocatable Python (uv's, conda's), although the base is in perfect health.

## How to fix
`venvdoctor fix ENV` replaces the copy by a link to the base interpreter; everything else stays.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD116",
    name="copied-relocatable-interpreter",
    summary="a copied interpreter looks for its library beside the copy",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a copy that left its library behind."""
    file, base = env.interpreter, env.base
    if file is None or base is None or base.executable == file.executable or base.faults:
        return
    missing = next((fault for fault in file.faults if fault.kind == "library-missing"), None)
    if missing is None or not posixpath.basename(missing.subject).startswith(("libpython", "libpypy")):
        return  # another library is missed by whatever uses it, copied or not
    yield rule.finding(
        message=f"{file.executable} is a copy of {base.executable} and looks for {missing.subject} beside itself",
        path=file.executable,
        evidence={"wants": missing.subject, "why": missing.detail, "base": base.executable, "base has": base.libpython},
        remedy=repair(env, "relink", f"replace the copy by a link to {base.executable}"),
        impact="broken",
    )
