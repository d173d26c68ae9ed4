"""Interpreter and standard library of different versions: copies left behind, installations of two halves."""

from __future__ import annotations

from venvdoctor.diagnosis import diagnose_environment, diagnose_interpreter
from venvdoctor.model.environment import Environment
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion, StdlibModule
from venvdoctor.rules.vd111_stdlib_of_another_version import rule

HOST = Host()
MATH = StdlibModule(name="math", path="/opt/py/lib/x.so", faults=(Fault("undefined-symbol", "", "_PyModule_Add"),))


def interpreter(executable: str, micro: int, *modules: StdlibModule, **facts: object) -> Interpreter:
    whole = {
        "executable": executable,
        "version": PythonVersion(3, 11, micro),
        "implementation": "cpython",
        "prefix": "/opt/py",
        "stdlib": "/opt/py/lib/python3.11",
        "modules": modules,
    }
    return Interpreter(**{**whole, **facts})


def environment(copy: Interpreter, base: Interpreter) -> list:
    env = Environment(path="/env", real="/env", identity=(1, 2), interpreter=copy, base=base)
    return diagnose_environment(env, HOST, [rule])


def test_a_copy_that_the_installation_left_behind_is_an_error_where_imports_fail() -> None:
    found = environment(interpreter("/env/bin/python", 2, MATH), interpreter("/opt/py/bin/python3.11", 9))
    assert [(item.severity, item.impact, item.path) for item in found] == [("error", "degraded", "/env/bin/python")]
    assert found[0].remedy.kind == "refresh"
    assert found[0].evidence["missing functions"] == ["_PyModule_Add"]
    assert "3.11.2" in found[0].message
    assert "3.11.9" in found[0].message


def test_it_is_a_note_where_everything_loads() -> None:
    found = environment(interpreter("/env/bin/python", 2), interpreter("/opt/py/bin/python3.11", 9))
    assert [(item.severity, item.impact) for item in found] == [("note", "none")]


def test_it_is_silent_for_links_equal_copies_and_unknown_patch_levels() -> None:
    base = interpreter("/opt/py/bin/python3.11", 9)
    assert environment(base, base) == []
    assert environment(interpreter("/env/bin/python", 9), base) == []
    unknown = interpreter("/env/bin/python", 9, version=PythonVersion(3, 11))
    assert environment(unknown, base) == []
    assert environment(interpreter("/env/bin/python", 2, version=PythonVersion(3, 10, 2)), base) == []  # another rule's


def test_an_installation_with_the_library_of_another_series_is_broken() -> None:
    mixed = interpreter("/opt/py/bin/python3.11", 9, stdlib_series="3.13")
    (found,) = diagnose_interpreter(mixed, HOST, [rule])
    assert (found.severity, found.impact, found.path) == ("error", "broken", "/opt/py/lib/python3.11")
    assert found.remedy.kind == "reinstall-base"


def test_an_installation_half_upgraded_is_degraded() -> None:
    (found,) = diagnose_interpreter(interpreter("/opt/py/bin/python3.11", 2, MATH), HOST, [rule])
    assert (found.severity, found.impact) == ("error", "degraded")
    assert found.evidence["cannot import"] == ["math"]


def test_modules_that_one_build_has_inside_and_the_other_beside_fail_in_the_copy() -> None:
    copy = interpreter("/env/bin/python", 7, stdlib_faults=("lib-dynload/math",))
    (found,) = environment(copy, interpreter("/usr/bin/python3.11", 2))
    assert found.severity == "error"
    assert found.evidence["cannot import"] == ["math"]


def test_a_missing_library_is_not_drift() -> None:
    ssl = StdlibModule(name="_ssl", path="/x", faults=(Fault("library-missing", "/x", "libssl.so.1.1"),))
    assert diagnose_interpreter(interpreter("/opt/py/bin/python3.11", 2, ssl), HOST, [rule]) == []


def test_what_the_installation_itself_has_lost_is_no_drift_of_its_copies() -> None:
    lost = {"stdlib_faults": ("lib-dynload/math", "lib-dynload/_struct")}
    base = interpreter("/opt/py/bin/python3.11", 9, **lost)
    assert environment(interpreter("/env/bin/python", 9, **lost), base) == []
    whole = interpreter("/opt/py/bin/python3.11", 9)
    (found,) = environment(interpreter("/env/bin/python", 9, **lost), whole)
    assert found.evidence["cannot import"] == ["math", "_struct"]
