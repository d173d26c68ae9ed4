"""VD525: overlays of uv whose parent is gone."""

from __future__ import annotations

from tests.support.script_facts import environment, findings, receipt

RULE = "vd525_overlay_parent_missing"


def test_the_parent_is_named() -> None:
    (found,) = findings(RULE, environment(receipt=receipt(manager="uv", extends="/gone", extends_exists=False)))
    assert "/gone" in found.message
    assert found.severity == "error"


def test_in_the_cache_it_is_a_note() -> None:
    facts = receipt(manager="uv", extends="/gone", extends_exists=False)
    (found,) = findings(RULE, environment(path="/home/u/.cache/uv/environments-v2/x", receipt=facts))
    assert found.severity == "note"


def test_silent_when_it_is_there_or_nobody_can_tell() -> None:
    for exists in (True, None):
        assert not findings(RULE, environment(receipt=receipt(extends="/there", extends_exists=exists)))
