"""VD706: what tox recorded."""

from __future__ import annotations

from tests.support.script_facts import findings, reference

RULE = "vd706_stale_tox_record"


def test_a_note_because_tox_heals_itself() -> None:
    (found,) = findings(RULE, reference("tox"))
    assert found.severity == "note"
    assert found.remedy.kind == "none"


def test_silent() -> None:
    assert not findings(RULE, reference("tox", "ok"))
    assert not findings(RULE, reference("kernel"))
