"""A loader that is not there, and everything else that keeps an interpreter from starting."""

from __future__ import annotations

from tests.support.interpreter_facts import EXE, judged_by
from venvdoctor.model.interpreter import Fault
from venvdoctor.rules.vd113_loader_missing import rule

findings = judged_by(rule)


def test_it_names_the_loader_and_the_libraries_that_the_system_has() -> None:
    (found,) = findings(libc="musl", faults=(Fault("loader-missing", EXE, "/lib/ld-musl-x86_64.so.1"),))
    assert (found.severity, found.impact, found.path) == ("error", "broken", EXE)
    assert found.evidence["wants"] == "/lib/ld-musl-x86_64.so.1"
    assert (found.evidence["built for"], found.evidence["system"]) == ("musl", "glibc")
    assert found.cause is not None
    assert found.cause.id == "loader-missing:/lib/ld-musl-x86_64.so.1"


def test_it_is_silent_for_other_faults_and_for_none() -> None:
    assert findings() == []
    assert findings(faults=(Fault("library-missing", EXE, "libz.so.1"),)) == []
