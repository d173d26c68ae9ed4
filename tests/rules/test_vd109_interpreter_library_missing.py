"""Libraries that the interpreter needs to start."""

from __future__ import annotations

from tests.support.interpreter_facts import EXE, judged_by
from venvdoctor.model.interpreter import Fault
from venvdoctor.rules.vd109_interpreter_library_missing import rule

findings = judged_by(rule)


def test_the_missing_libpython_is_named() -> None:
    (found,) = findings(faults=(Fault("library-missing", EXE, "libpython3.11.so.1.0"),))
    assert (found.severity, found.impact) == ("error", "broken")
    assert "libpython3.11.so.1.0" in found.message
    assert found.remedy.kind == "reinstall-base"
    assert found.evidence["wants"] == ["libpython3.11.so.1.0"]


def test_several_libraries_are_one_finding() -> None:
    faults = (
        Fault("library-missing", EXE, "libcrypt.so.1"),
        Fault("truncated", "/usr/lib/libz.so.1", "libz.so.1", "300 bytes of it are missing"),
    )
    (found,) = findings(faults=faults)
    assert found.evidence["wants"] == ["libcrypt.so.1", "libz.so.1"]
    assert "and 1 more" in found.message


def test_the_executables_own_faults_are_not_its_business() -> None:
    for kind in ("truncated", "wrong-machine", "not-binary", "empty", "loader-missing", "symbol-version"):
        assert findings(faults=(Fault(kind, EXE, ""),)) == [], kind
    assert findings() == []
