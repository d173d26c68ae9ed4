"""VD308: packages of a Python version that is no longer here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.diagnosis import diagnose_environment
from venvdoctor.model.environment import Environment, LibDir, Startup
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Interpreter, PythonVersion
from venvdoctor.rules.vd308_orphaned_site import rule

if TYPE_CHECKING:
    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Kind

PATH = "/home/u/.local/lib/python3.9"


def site(
    *, count: int = 2, interpreter: Interpreter | None = None, kind: Kind = "user-site", implementation: str = "cpython"
) -> Environment:
    return Environment(
        path=PATH,
        real=PATH,
        identity=(1, 2),
        kind=kind,
        name="python3.9",
        recorded_version="3.9",
        interpreter=interpreter,
        startup=Startup(starts=interpreter is not None),
        lib_dirs=(LibDir(name="python3.9", path=f"{PATH}/site-packages", distributions=count, entries=count * 2),),
        extra={"packages": "requests\nsix", "implementation": implementation},
    )


def findings(env: Environment) -> list[Finding]:
    return diagnose_environment(env, Host(), [rule])


def test_packages_that_nobody_reads() -> None:
    (found,) = findings(site())
    assert (found.severity, found.impact, found.path) == ("note", "none", PATH)
    assert found.message == f"{PATH} holds 2 packages for Python 3.9, and no installed interpreter reads it"
    assert found.evidence["packages"] == ["requests", "six"]
    assert found.cause is not None
    assert found.cause.id == "version-gone:python-3.9"


def test_one_package_of_pypy() -> None:
    (found,) = findings(site(count=1, implementation="pypy", kind="global-site"))
    assert "1 package for PyPy 3.9" in found.message


def test_silent_while_an_interpreter_reads_it() -> None:
    python = Interpreter(executable="/usr/bin/python3.9", version=PythonVersion(3, 9, 2), implementation="cpython")
    assert not findings(site(interpreter=python))


def test_silent_about_an_empty_directory() -> None:
    assert not findings(site(count=0))


def test_silent_about_environments() -> None:
    assert not findings(site(kind="venv"))
