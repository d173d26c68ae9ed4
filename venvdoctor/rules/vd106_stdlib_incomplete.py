"""Parts of the standard library are gone.

## What it checks
The modules that every installation of Python has, and the extension modules that no build leaves out, must be there.
What distributions keep in packages of their own (`tkinter`, `idlelib`, `test`, `ensurepip`, `venv`, `lib2to3`) may be
missing. `distutils` (up to Python 3.11) may be missing too, unless the environment's pip needs it.

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
from venvdoctor.rules._reinstall import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

MINIMAL = 15  # so many of the modules beside Debian's minimal package are gone: it is installed alone

rule = Rule(
    code="VD106",
    name="stdlib-incomplete",
    summary="parts of the interpreter's standard library are gone",
    severity="error",
    since="0.1",
    requires=("VD105",),
    needs=frozenset({"distributions"}),
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
    minimal = len(gone) >= MINIMAL and all(item.split("/")[0].removesuffix(".py") in FULL for item in gone)
    listed = ", ".join(gone[:4]) + (f" and {len(gone) - 4} more" if len(gone) > 4 else "")
    state = "is only the minimal part of it" if minimal else "is not whole"
    yield rule.finding(
        message=f"the standard library {interpreter.stdlib} {state}: it lacks {listed}",
        path=interpreter.stdlib,
        evidence={"missing": gone, "interpreter": interpreter.executable, "provider": interpreter.provider},
        severity="warning" if minimal else "error",
        remedy=reinstall(interpreter),
        cause=Cause(
            id=f"stdlib-incomplete:{interpreter.stdlib}",
            summary=f"{interpreter.stdlib} is not whole",
            remedy=reinstall(interpreter),
        ),
    )


@rule.environment
def check_environment(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report a copy whose installation is not there to be judged, and a pip that needs the distutils which is gone."""
    copy = lone_copy(env)
    if copy is not None:
        yield from _report(copy)
    yield from _pip(env)


def _pip(env: Environment) -> Iterator[Finding]:
    interpreter = env.interpreter
    version = interpreter.version if interpreter else None
    gone = [item for item in interpreter.stdlib_faults if item.startswith("distutils")] if interpreter else []
    pip = _version_of("pip", env)
    if interpreter is None or version is None or not gone or pip is None or interpreter.faults:
        return
    if version >= (3, 10) and pip >= (22,):  # from there on pip asks sysconfig
        return
    if pip < (21,) and (_version_of("setuptools", env) or (0,)) >= (60,):  # setuptools lends its own distutils
        return
    yield rule.finding(
        message=f"pip of {env.path} cannot start: the standard library {interpreter.stdlib} has lost its distutils",
        path=f"{interpreter.stdlib}/{gone[0]}",
        evidence={
            "missing": gone,
            "pip": ".".join(map(str, pip)),
            "python": version.text,
            "provider": interpreter.provider,
        },
        remedy=Remedy(
            kind="rebuild",
            summary=f"install the distutils of Python {version.series} again, or rebuild on a newer Python",
            command=f"venvdoctor fix {quote(env.path)}",
        ),
        cause=Cause(id=f"distutils-gone:{interpreter.stdlib}", summary=f"{interpreter.stdlib} has lost its distutils"),
    )


def _version_of(key: str, env: Environment) -> tuple[int, ...] | None:
    """Return the leading numbers of the version of an installed distribution of the environment itself."""
    for item in env.library.distributions if env.library else ():
        if item.key == key and item.version and not item.from_base:
            numbers = item.version.split(".")[:2]
            return tuple(int(part) for part in numbers if part.isdigit()) or None
    return None
