"""The environment has no interpreter.

## What it checks
`bin` (`Scripts` on Windows) of a directory with a `pyvenv.cfg` or `conda-meta` holds no name of an interpreter: no
`python`, `python3`, `python3.X`, `pypy`.

## Why it matters
Nothing of the environment starts. Links are lost when a directory is copied by a tool that leaves them out, when only
text files were restored from a backup, or when the making of the environment was interrupted.
A conda environment without a python package is no defect and is not reported.

## How to fix
`venvdoctor fix ENV` links it to an interpreter of the version that its `lib/pythonX.Y` was made for. In a conda
environment `conda install --force-reinstall python=VERSION` puts it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._start import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD103",
    name="interpreter-missing",
    summary="the environment has no interpreter",
    severity="error",
    since="0.1",
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a `bin` without any python; conda environments of other programs need none."""
    if env.python is not None or env.unreadable or env.startup.starts is not False:
        return
    if env.kind == "conda" and not (env.conda and env.conda.python_record):
        return
    yield rule.finding(
        message=f"{env.bin_dir} holds no interpreter",
        path=env.bin_dir,
        evidence={
            "expected": f"{env.bin_dir}/python",
            "made for": env.recorded_version,
            "libraries": [item.path for item in env.lib_dirs],
        },
        remedy=repair(env, "relink", "link it to an interpreter"),
        impact="broken",
    )
