"""The standard library that the interpreter needs is gone.

## What it checks
Where `bin/python` would find its standard library is worked out as that version of CPython (or PyPy) does: from
`home` in `pyvenv.cfg`, from its own place upwards, then in the prefix that is compiled in. There has to be
`lib/pythonX.Y` with `os.py` and `encodings` (up to 3.10 also the few modules that every start imports).

## Why it matters
The program is there and dies at once: "No module named 'encodings'". Environments made with `--copies` get into this
state when the interpreter they were copied from is removed; linked ones when only the library went, as with a package
like `libpython3.11-stdlib`.

## How to fix
Reinstall the interpreter in the same place, or let `venvdoctor fix ENV` link the environment to another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause
from venvdoctor.rule import Rule
from venvdoctor.rules._start import actual, entry, gone, home_evidence, program, repair, shown_chain, stdlib_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD105",
    name="stdlib-missing",
    summary="the standard library that the interpreter needs is gone",
    severity="error",
    since="0.1",
    requires=(
        "VD101",
        "VD107",
        "VD303",
        "VD304",
    ),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a start that ends before the first line of Python."""
    start = env.startup
    if start.starts is not False or start.reason not in ("no-encodings", "stdlib-incomplete"):
        return
    cause, what = _root(env)
    yield rule.finding(
        message=f"{program(env)} cannot start: {what}",
        path=program(env),
        evidence={
            **home_evidence(env),
            "wanted": start.detail,
            "compiled-in prefix": env.interpreter.compiled_prefix if env.interpreter else None,
            "chain": shown_chain(env.python),
            "python": actual(env),
        },
        remedy=repair(
            env, "relink", "link it to an interpreter whose standard library is there, or reinstall that one"
        ),
        impact="broken",
        cause=cause,
    )


def _root(env: Environment) -> tuple[Cause, str]:
    """Return what is gone, as precisely as the files tell, and a clause about it."""
    start = env.startup
    if start.stdlib is not None:
        whole = Cause(id=f"stdlib-incomplete:{start.stdlib}", summary=f"{start.stdlib} is not whole")
        return whole, f"its standard library {start.stdlib} lacks {start.detail.rpartition('/')[2]}"
    if start.home and start.home_state == "missing":
        return gone(start.home), f"{start.home}, which it was copied from, does not exist"
    if start.home and start.home_state == "no-stdlib":
        root = stdlib_gone(env.base.executable) if env.base else gone(env.copied_from or start.home)
        return root, f"there is no standard library for {actual(env)} around {start.home}"
    return stdlib_gone(entry(env)), f"there is no standard library for {actual(env)} where it looks"
