"""The libpython of another installation."""

from __future__ import annotations

from tests.support.interpreter_facts import judged_by
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, PythonVersion, StdlibModule
from venvdoctor.rules.vd110_libpython_hijacked import rule

findings = judged_by(rule)


OWN, OTHER = "/opt/py/lib/libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0"
SSL = StdlibModule(
    name="_ssl",
    path="/opt/py/lib/python3.11/lib-dynload/_ssl.so",
    faults=(Fault("undefined-symbol", "", "_PyModule_Add"),),
)


def test_it_is_an_error_where_modules_fail() -> None:
    (found,) = findings(libpython=OTHER, expected_libpython=OWN, version=PythonVersion(3, 11, 2), modules=(SSL,))
    assert (found.severity, found.impact) == ("error", "degraded")
    assert (found.evidence["loads"], found.evidence["expected"]) == (OTHER, OWN)
    assert found.evidence["cannot import"] == ["_ssl"]
    assert "3.11.2" in found.message
    assert "Python 3.11 again" in found.remedy.summary  # 3.11.2 is the other installation's


def test_it_is_a_warning_where_nothing_is_seen_to_fail() -> None:
    (found,) = findings(libpython=OTHER, expected_libpython=OWN)
    assert (found.severity, found.impact) == ("warning", "none")


def test_the_variable_is_named_when_it_is_the_reason() -> None:
    host = Host(environ={"LD_LIBRARY_PATH": "/x:/usr/lib/x86_64-linux-gnu"})
    (found,) = findings(host, libpython=OTHER, expected_libpython=OWN)
    assert found.evidence["through LD_LIBRARY_PATH"] is True


def test_it_is_silent_for_its_own_library_and_for_static_builds() -> None:
    assert findings(libpython=OWN) == []
    assert findings() == []
