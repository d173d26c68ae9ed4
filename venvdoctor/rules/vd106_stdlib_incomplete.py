"""Parts of the standard library are gone.

## What it checks
The modules that every installation of Python has, and the extension modules that no build leaves out, must be there.
What distributions keep in packages of their own (`tkinter`, `idlelib`, `test`, `ensurepip`, `venv`, `lib2to3`) may be
missing. `distutils` (up to Python 3.11) may be missing too, unless the environment's pip needs it, or another of its
packages certainly imports it. Where a distribution's minimal package is all that is installed, that is a warning, and
an error for an environment whose packages import more.

## Why it matters
The interpreter starts, and then imports fail. After a release upgrade of Debian or Ubuntu the old Python is often still
there, but `python3-distutils` now serves the new one only: pip of the old environments ends with "No module named
'distutils.util'".

## How to fix
Install the missing package of the distribution, or the interpreter again; where neither exists any more, move the
environment to a current Python: `venvdoctor fix ENV`.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.model.stdlib_parts import FULL
from venvdoctor.rule import Rule
from venvdoctor.rules._copies import is_installed, lone_copy
from venvdoctor.rules._packages import is_root, lost_parts, packages, shown
from venvdoctor.rules._reinstall import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter, PythonVersion

PIPS = ("pip", "pipenv")
MINIMAL = 15  # so many of the modules beside Debian's minimal package are gone: it is installed alone

rule = Rule(
    code="VD106",
    name="stdlib-incomplete",
    summary="parts of the interpreter's standard library are gone",
    severity="error",
    since="0.1",
    requires=("VD105",),
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.interpreter
def check(interpreter: Interpreter, _host: Host) -> Iterator[Finding]:
    """Report what no installation lacks; a warning where the distribution's minimal package is all there is."""
    if is_installed(interpreter):
        yield from _report(interpreter)


def _report(interpreter: Interpreter) -> Iterator[Finding]:
    own = is_installed(interpreter)
    others = ("distutils",) if own else ("distutils", "lib-dynload/")  # what a copy misses there is drift: VD111
    gone = [item for item in interpreter.stdlib_faults if not item.startswith(others)]
    if not gone or interpreter.faults or interpreter.stdlib is None or interpreter.stdlib_series:
        return
    minimal = _is_minimal(gone)
    listed = ", ".join(gone[:4]) + (f" and {len(gone) - 4} more" if len(gone) > 4 else "")
    state = "is only the minimal part of it" if minimal else "is not whole"
    yield rule.finding(
        message=f"the standard library {interpreter.stdlib} {state}: it lacks {listed}",
        path=interpreter.stdlib,
        evidence={"missing": gone, "interpreter": interpreter.executable, "provider": interpreter.provider},
        severity="warning" if minimal else "error",
        remedy=reinstall(interpreter),
        cause=_incomplete(interpreter),
    )


def _incomplete(interpreter: Interpreter) -> Cause:
    return Cause(
        id=f"stdlib-incomplete:{interpreter.stdlib}",
        summary=f"{interpreter.stdlib} is not whole",
        remedy=reinstall(interpreter),
    )


def _is_minimal(gone: list[str]) -> bool:
    return len(gone) >= MINIMAL and all(item.partition("/")[0].removesuffix(".py") in FULL for item in gone)


@rule.environment
def check_environment(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a copy whose installation is not there to be judged, and what needs the distutils which is gone."""
    copy = lone_copy(env)
    if copy is not None:
        yield from _report(copy)
    yield from _without_distutils(env)
    yield from _beyond_the_minimum(env)


def _beyond_the_minimum(env: Environment) -> Iterator[Finding]:
    """Report the packages of an environment that need more than the minimal part, which is all there is."""
    interpreter = env.interpreter
    gone = [item for item in interpreter.stdlib_faults if not item.startswith("distutils")] if interpreter else []
    if interpreter is None or interpreter.faults or interpreter.stdlib_series or not _is_minimal(gone):
        return
    lost = lost_parts(env)
    failing = {
        dist.label: item
        for dist in packages(env)
        for item in dist.imports
        if item.state == "fails" and item.detail.partition(".")[0] in lost and is_root(dist, item)
    }
    if failing:
        label, first = next(iter(failing.items()))
        others = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        yield rule.finding(
            message=f"`import {first.name}` of {label}{others} fails: the standard library {interpreter.stdlib} lacks "
            f"{first.detail}",
            path=first.path or f"{interpreter.stdlib}",
            evidence={"packages": shown(failing), "missing": gone, "interpreter": interpreter.executable},
            remedy=reinstall(interpreter),
            cause=_incomplete(interpreter),
        )


def _without_distutils(env: Environment) -> Iterator[Finding]:
    interpreter = env.interpreter
    gone = [item for item in interpreter.stdlib_faults if item.startswith("distutils")] if interpreter else []
    if interpreter is None or interpreter.version is None or not gone or interpreter.faults:
        return
    pip = _pip_that_fails(env, interpreter.version)
    if pip is not None:
        yield _needs_distutils(env, interpreter, pip, f"{pip.name} of {env.path} cannot start", gone)
    for dist in packages(env):
        failing = [item for item in dist.imports if item.reason == "stdlib-gone" and is_root(dist, item)]
        if failing and dist.key not in PIPS:
            names = shown([item.name for item in failing])
            what = f"{dist.label} of {env.path} cannot be imported"
            yield _needs_distutils(env, interpreter, dist, what, gone, imports=names, through=list(failing[0].through))


def _needs_distutils(
    env: Environment, interpreter: Interpreter, dist: Distribution, what: str, gone: list[str], **more: list[str]
) -> Finding:
    series = interpreter.version.series if interpreter.version else ""
    return rule.finding(
        message=f"{what}: the standard library {interpreter.stdlib} has lost its distutils",
        path=f"{interpreter.stdlib}/{gone[0]}",
        distribution=dist.name,
        evidence={
            "missing": gone,
            "package": dist.label,
            "python": interpreter.version.text if interpreter.version else None,
            "provider": interpreter.provider,
            **more,
        },
        remedy=Remedy(
            kind="rebuild",
            summary=f"install the distutils of Python {series} again, or rebuild on a newer Python",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
        cause=Cause(id=f"distutils-gone:{interpreter.stdlib}", summary=f"{interpreter.stdlib} has lost its distutils"),
    )


def _pip_that_fails(env: Environment, version: PythonVersion) -> Distribution | None:
    """Return the environment's own pip, or the pipenv that brings one along, when it needs distutils.

    Which of its imports are carried out hangs on the versions, not on the text of its modules.
    """
    inside = env.path.rstrip("/") + "/"
    library = env.library.distributions if env.library else ()
    own = {
        item.key: item for item in library if item.version and not item.from_base and item.site_dir.startswith(inside)
    }
    if version >= (3, 10):  # from pip 22 on it asks sysconfig there
        pip = own.get("pip")
        return pip if pip is not None and _numbers(pip) < (22,) and not _lends(own, pip) else None
    return next((own[key] for key in PIPS if key in own and not _lends(own, own[key])), None)


def _lends(own: dict[str, Distribution], pip: Distribution) -> bool:
    """Whether setuptools lends its own distutils to this pip; from pip 21 on its hook steps aside for pip."""
    tools = own.get("setuptools")
    return pip.key == "pip" and _numbers(pip) < (21,) and tools is not None and _numbers(tools) >= (60,)


def _numbers(dist: Distribution) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    return tuple(int(part) for part in (dist.version or "").split(".")[:2] if part.isdecimal() and len(part) < 10)
