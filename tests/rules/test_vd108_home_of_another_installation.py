"""VD108: two installations in one start."""

from __future__ import annotations

from tests.support.start_facts import environment, findings, startup
from venvdoctor.model.interpreter import Fault, StdlibModule

RULE = "vd108_home_of_another_installation"


def test_names_both() -> None:
    (found,) = findings(RULE, environment(startup=startup(own_stdlib="/opt/py/lib/python3.11")))
    assert (found.severity, found.impact) == ("warning", "none")
    assert "/opt/py/lib/python3.11" in found.message
    assert "/usr/lib/python3.11" in found.message


def test_silent_for_one_installation() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(startup=startup(own_stdlib="/opt", starts=False)))


def test_modules_that_the_program_cannot_load_are_an_error() -> None:
    want = Fault("undefined-symbol", "/opt/py/lib-dynload/_ssl.so", "_PyModule_Add")
    own = Fault("library-missing", "/opt/py/lib-dynload/_dbm.so", "libdb-5.3.so")
    modules = (
        StdlibModule(name="_ssl", path=want.path, faults=(want,)),
        StdlibModule(name="_dbm", path=own.path, faults=(own,)),
        StdlibModule(name="math", path="/opt/py/lib-dynload", faults=()),
    )
    start = startup(own_stdlib="/opt/py/lib/python3.11", foreign_modules=modules)
    (found,) = findings(RULE, environment(startup=start))
    assert (found.severity, found.impact) == ("error", "degraded")
    assert found.evidence["cannot import"] == ["_ssl", "math"]  # what lacks a library lacks it at home, too
    (calm,) = findings(RULE, environment(startup=startup(own_stdlib="/opt", foreign_modules=modules[1:2])))
    assert calm.severity == "warning"
