"""VD105: the standard library is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.start_facts import environment, findings, startup

if TYPE_CHECKING:
    from venvdoctor.finding import Finding

RULE = "vd105_stdlib_missing"


def dead(**facts: object) -> list[Finding]:
    start = startup(**({"starts": False, "reason": "no-encodings", "stdlib": None} | facts))
    return findings(RULE, environment(startup=start))


def test_a_copy_whose_base_was_removed() -> None:
    (found,) = dead(home="/opt/py/bin", home_state="missing")
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.cause
    assert found.cause.id == "interpreter-gone:/opt/py/bin"


def test_a_library_that_was_gutted() -> None:
    (found,) = dead(stdlib="/usr/lib/python3.11", detail="/usr/lib/python3.11/encodings")
    assert "lacks encodings" in found.message
    assert found.cause
    assert found.cause.id == "stdlib-incomplete:/usr/lib/python3.11"


def test_the_cause_of_a_copy_is_the_interpreter_that_it_was_copied_from() -> None:
    start = startup(starts=False, reason="no-encodings", stdlib=None, home="/usr/bin", home_state="no-stdlib")
    (lost,) = findings(RULE, environment(startup=start, base=None))
    assert lost.cause
    assert lost.cause.summary == "/usr/bin/python3.11 is gone"
    (there,) = findings(RULE, environment(startup=start))
    assert there.cause
    assert there.cause.summary == "the standard library of /usr/bin/python3.11 is gone"


def test_silent_for_a_start_and_for_other_reasons() -> None:
    assert not findings(RULE, environment())
    assert not dead(reason="dangling")
    assert not dead(starts=None, reason="prefix-unknown")
