"""A loader that is not there, and everything else that keeps an interpreter from starting."""

from __future__ import annotations

from venvdoctor.diagnosis import diagnose_interpreter
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion
from venvdoctor.rules.vd113_loader_missing import rule

EXE = "/opt/py/bin/python3.11"
HOST = Host(machine="x86_64", libc="glibc", today="2026-06-01")


def findings(host: Host = HOST, **facts: object) -> list:
    whole = {
        "executable": EXE,
        "version": PythonVersion(3, 11, 7),
        "implementation": "cpython",
        "prefix": "/opt/py",
        "stdlib": "/opt/py/lib/python3.11",
        "provider": "pyenv",
    }
    return diagnose_interpreter(Interpreter(**{**whole, **facts}), host, [rule])


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
