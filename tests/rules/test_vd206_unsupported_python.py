"""End of life and pre-releases."""

from __future__ import annotations

from tests.support.interpreter_facts import EXE, judged_by
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, PythonVersion
from venvdoctor.rules.vd206_unsupported_python import rule

findings = judged_by(rule)


def test_the_day_is_named() -> None:
    (found,) = findings(version=PythonVersion(3, 9, 2))
    assert (found.severity, found.impact) == ("note", "none")
    assert "2025-10-31" in found.message
    assert found.cause is not None
    assert found.cause.id == "end-of-life:3.9"


def test_the_last_day_itself_is_supported() -> None:
    assert findings(Host(today="2025-10-31"), version=PythonVersion(3, 9, 2)) == []
    assert findings(Host(today="2025-11-01"), version=PythonVersion(3, 9, 2)) != []


def test_a_pre_release_is_named() -> None:
    (found,) = findings(version=PythonVersion(3, 15, 0, "candidate", 2))
    assert "3.15.0rc2" in found.message
    assert found.severity == "note"


def test_it_is_silent_for_supported_unknown_and_other_pythons() -> None:
    assert findings() == []
    assert findings(version=None) == []
    assert findings(version=PythonVersion(3, 9, 16), implementation="pypy") == []
    assert findings(version=PythonVersion(3, 9, 2), faults=(Fault("loader-missing", EXE, "/lib/ld.so"),)) == []


def test_a_copy_is_left_to_its_installation() -> None:
    assert findings(version=PythonVersion(3, 9, 2), executable="/env/bin/python") == []
    assert findings(version=PythonVersion(3, 9, 2), executable="/env/bin/python", prefix=None) != []
