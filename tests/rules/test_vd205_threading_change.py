"""VD205: the other threading build."""

from __future__ import annotations

from tests.support.start_facts import environment, findings, interpreter, lib, startup

RULE = "vd205_threading_change"


def test_packages_of_the_free_threaded_build() -> None:
    facts = {"interpreter": interpreter("3.13.5"), "startup": startup("python3.13")}
    (found,) = findings(RULE, environment(**facts, lib_dirs=(lib("python3.13t"),)))
    assert (found.severity, found.impact) == ("error", "broken")
    assert "Python 3.13t" in found.message


def test_and_the_other_way_round() -> None:
    facts = {"interpreter": interpreter("3.13.5", abi_flags="t"), "startup": startup("python3.13t")}
    (found,) = findings(RULE, environment(**facts, lib_dirs=(lib("python3.13"),)))
    assert "is Python 3.13.5t" in found.message


def test_silent_for_the_right_build() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(lib_dirs=(lib("python3.11t", 0),)))
