"""VD203: another patch release."""

from __future__ import annotations

from tests.support.start_facts import environment, findings, interpreter

RULE = "vd203_patch_drift"


def test_a_note_with_both_numbers() -> None:
    (found,) = findings(RULE, environment(interpreter=interpreter("3.11.9")))
    assert found.severity == "note"
    assert found.evidence == {"actual": "3.11.9", "recorded": "3.11.2"}


def test_silent_for_the_same_for_another_series_and_for_a_short_record() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(interpreter=interpreter("3.12.1")))
    assert not findings(RULE, environment(recorded_version="3.11"))
    assert not findings(RULE, environment(recorded_version=None))
    assert not findings(RULE, environment(recorded_version="3.11.x"))
