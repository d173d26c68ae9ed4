"""VD201: another minor version answers."""

from __future__ import annotations

from tests.support.start_facts import ENV, environment, findings, interpreter, lib, startup

RULE = "vd201_minor_drift"


NEW = {"interpreter": interpreter("3.13.5", "/usr/bin/python3.13"), "startup": startup("python3.13")}


def test_none_of_the_packages_is_visible() -> None:
    (found,) = findings(RULE, environment(**NEW))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.message == (
        f"{ENV}/bin/python is Python 3.13.5 now; the environment was made for Python 3.11, "
        "and none of its 3 packages is visible"
    )
    assert found.cause
    assert found.cause.id == "interpreter-replaced:/usr/bin/python3"
    assert found.cause.summary == "/usr/bin/python3 is now Python 3.13.5"


def test_an_empty_directory_of_the_new_version_changes_nothing() -> None:
    assert findings(RULE, environment(**NEW, lib_dirs=(lib(), lib("python3.13", 0))))[0].severity == "error"


def test_nothing_lost_is_a_note() -> None:
    (found,) = findings(RULE, environment(**NEW, lib_dirs=(lib("python3.11", 0),)))
    assert (found.severity, found.impact) == ("note", "none")


def test_silent_for_the_right_version_for_none_and_for_conda() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(lib_dirs=()))
    assert not findings(RULE, environment(**NEW, lib_dirs=()))
    assert not findings(RULE, environment(**NEW, lib_dirs=(lib("python3.13", 0),)))
    assert not findings(RULE, environment(**NEW, lib_dirs=(lib(), lib("python3.13"))))
    assert not findings(RULE, environment(**NEW, kind="conda"))
    assert not findings(RULE, environment(**(NEW | {"startup": startup("python3.13", starts=False)})))


def test_other_rules_speak_of_other_changes() -> None:
    assert not findings(RULE, environment(**NEW, lib_dirs=(lib("pypy3.10"),)))
    assert not findings(RULE, environment(**NEW, lib_dirs=(lib("python3.13t"),)))
