"""VD108: two installations in one start."""

from __future__ import annotations

from tests.support.start_facts import environment, findings, startup

RULE = "vd108_home_of_another_installation"


def test_names_both() -> None:
    (found,) = findings(RULE, environment(startup=startup(own_stdlib="/opt/py/lib/python3.11")))
    assert (found.severity, found.impact) == ("warning", "none")
    assert "/opt/py/lib/python3.11" in found.message
    assert "/usr/lib/python3.11" in found.message


def test_silent_for_one_installation() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(startup=startup(own_stdlib="/opt", starts=False)))
