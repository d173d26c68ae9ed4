"""Libraries that the interpreter needs to start."""

from __future__ import annotations

from venvdoctor.diagnosis import diagnose_interpreter
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion
from venvdoctor.rules.vd109_interpreter_library_missing import rule

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
