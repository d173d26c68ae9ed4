"""VD901: nobody can tell."""

from __future__ import annotations

from tests.support.package_facts import dist, with_packages
from tests.support.package_facts import findings as package_findings
from tests.support.start_facts import ENV, environment, findings, interpreter, startup
from venvdoctor.diagnosis import status_of
from venvdoctor.model.distribution import ImportName
from venvdoctor.model.environment import Unreadable

RULE = "vd901_not_examined"


def test_a_wrapper_script_is_undecided() -> None:
    wrapper = interpreter(version=None, implementation=None, undecided=("a script run by `/bin/sh`",))
    env = environment(interpreter=wrapper, startup=startup(starts=None, reason="not-a-python"))
    (found,) = findings(RULE, env)
    assert (found.severity, found.impact, found.undecided) == ("note", "none", True)
    assert "a script run by `/bin/sh`" in found.message
    assert status_of(env, [found]) == "unknown"


def test_an_interpreter_whose_library_may_not_be_seen_is_undecided() -> None:
    doubt = "libpython3.11.so.1.0 may be /root/py/lib/libpython3.11.so.1.0, which cannot be read"
    env = environment(interpreter=interpreter(doubts=(doubt,)), startup=startup(starts=None, reason="loader"))
    (found,) = findings(RULE, env)
    assert doubt in found.message
    assert status_of(env, [found]) == "unknown"


def test_each_place_that_could_not_be_read() -> None:
    places = (Unreadable(path=f"{ENV}/lib", reason="Permission denied"),)
    (found,) = findings(RULE, environment(unreadable=places))
    assert found.undecided
    assert found.path == f"{ENV}/lib"


def test_names_of_which_nobody_can_tell_are_told_once_for_each_reason() -> None:
    fact = {"state": "unknown", "reason": "dynamic-import", "path": f"{ENV}/lib/zmq.py", "detail": "zmq.core"}
    names = tuple(ImportName(name=name, **fact) for name in ("zmq", "kernel"))
    silent = ImportName(name="other", state="unknown", reason="editable-loader")
    (found,) = package_findings(RULE, with_packages(dist("zmq", imports=names), dist("other", imports=(silent,))))
    assert (found.severity, found.undecided) == ("note", True)
    assert "`import zmq and 1 more`" in found.message
    assert "imports zmq.core, which fails" in found.message
    assert found.evidence["imports"] == ["zmq", "kernel"]


def test_silent_where_all_was_seen() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(startup=startup(starts=False, reason="dangling")))
