"""Extension modules of the standard library that cannot be loaded."""

from __future__ import annotations

from dataclasses import replace

from tests.support.interpreter_facts import EXE, HOST, judged_by
from venvdoctor.diagnosis import diagnose_environment
from venvdoctor.model.environment import Environment
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion, StdlibModule
from venvdoctor.rules.vd112_base_extension_unloadable import rule

findings = judged_by(rule)


def module(name: str, kind: str = "library-missing", subject: str = "libssl.so.1.1") -> StdlibModule:
    path = f"/opt/py/lib/python3.11/lib-dynload/{name}.so"
    return StdlibModule(name=name, path=path, faults=(Fault(kind, path, subject),))


def test_ssl_breaks_pip() -> None:
    (found,) = findings(modules=(module("_tkinter", subject="libtk8.6.so"), module("_ssl")))
    assert (found.severity, found.impact) == ("error", "degraded")
    assert "pip" in found.message
    assert found.evidence["modules"] == ["_ssl", "_tkinter"]
    assert found.remedy.command == "pyenv install --force 3.11.7"
    assert found.cause is not None
    assert found.cause.remedy == found.remedy


def test_what_hardly_anybody_misses_is_a_note() -> None:
    (found,) = findings(modules=(module("_tkinter"), module("nis")))
    assert found.severity == "note"


def test_what_the_library_goes_on_without_is_a_warning() -> None:
    (found,) = findings(modules=(module("readline", subject="libreadline.so.7"),))
    assert found.severity == "warning"


def test_drift_between_patch_releases_is_another_rules_business() -> None:
    assert findings(modules=(module("math", "undefined-symbol", "_PyModule_Add"),)) == []
    assert findings(modules=(module("_ssl", "undefined-symbol", "SSL_get1_peer_certificate"),)) != []
    assert findings() == []


def test_a_copy_is_left_to_its_installation_unless_that_is_gone() -> None:
    whole = {"version": PythonVersion(3, 11, 7), "prefix": "/opt/py", "stdlib": "/opt/py/lib/python3.11"}
    copy = Interpreter(executable="/env/bin/python", modules=(module("_ssl"),), **whole)
    base = Interpreter(executable=EXE, modules=(module("_ssl"),), **whole)
    env = Environment(path="/env", real="/env", identity=(1, 2), interpreter=copy, base=base)
    assert [item.path for item in diagnose_environment(env, HOST, [rule])] == [module("_ssl").path]
    (found,) = diagnose_environment(replace(env, base=None), HOST, [rule])
    assert "/env/bin/python" in found.message
