"""home in pyvenv.cfg names another installation than bin/python leads to.

## What it checks
From Python 3.11 on the standard library is looked for from `home`, and the program comes from the link. Both are
followed to their files and compared as files, not by spelling: two names of one directory are no defect. The
extension modules of the library that is used are judged for the program that uses them.

## Why it matters
The program of one installation runs with the standard library of another, without a word. Its extension modules
(`_ssl`, `math`) may want symbols that the program does not have, or be missing because the other program has them built
in: then `import ssl` fails, and this is an error.

## How to fix
`venvdoctor fix ENV` writes the directory that `bin/python` leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import cfg_path, home_evidence, program, repair, shown_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import StdlibModule

rule = Rule(
    code="VD108",
    name="home-of-another-installation",
    summary="home in pyvenv.cfg names another installation than bin/python leads to",
    severity="warning",
    since="0.1",
    needs=frozenset({"native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report two standard libraries for one start."""
    start = env.startup
    if start.own_stdlib is None or start.stdlib is None or not start.starts:
        return
    failing = [item for item in start.foreign_modules if _is_mismatch(item)]
    names = [item.name for item in failing]
    several = f"{', '.join(names[:3])} and {len(names) - 3} more" if len(names) > 3 else ", ".join(names)
    effect = f": importing {several} fails" if failing else ""
    yield rule.finding(
        severity="error" if failing else None,
        message=f"{program(env)} is of {start.own_stdlib}, but runs with {start.stdlib}, where home leads{effect}",
        path=cfg_path(env),
        evidence={
            **home_evidence(env),
            "own standard library": start.own_stdlib,
            "chain": shown_chain(env.python),
            **({"cannot import": names, "missing functions": _symbols(failing)} if failing else {}),
        },
        remedy=repair(env, "refresh", "write the directory that bin/python leads to into pyvenv.cfg"),
    )


def _symbols(modules: list[StdlibModule]) -> list[str]:
    return sorted({fault.subject for item in modules for fault in item.faults})


def _is_mismatch(module: StdlibModule) -> bool:
    """Whether a module fails because the two halves differ; what its own program cannot load either is VD112's."""
    return all(fault.kind == "undefined-symbol" and fault.subject.startswith(("Py", "_Py")) for fault in module.faults)
