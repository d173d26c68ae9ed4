"""VD102: links in a circle."""

from __future__ import annotations

from tests.support.start_facts import ENV, chain, environment, findings

RULE = "vd102_interpreter_loop"


def test_shows_one_turn() -> None:
    steps = ((f"{ENV}/bin/python", "python3"), (f"{ENV}/bin/python3", "python"))
    (found,) = findings(RULE, environment(python=chain(*steps, end="loop", real=None), interpreter=None))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.evidence["chain"] == [f"{ENV}/bin/python -> python3", f"{ENV}/bin/python3 -> python"]


def test_silent_without_a_loop() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(python=None))
