"""VD117: an environment on an environment."""

from __future__ import annotations

from tests.support.start_facts import environment, findings

RULE = "vd117_stacked_environment"


def test_names_the_one_below() -> None:
    (found,) = findings(RULE, environment(stack=("/srv/outer/.venv", "/opt/conda")))
    assert found.severity == "note"
    assert found.evidence["stands on"] == ["/srv/outer/.venv", "/opt/conda"]


def test_silent_on_a_base() -> None:
    assert not findings(RULE, environment())
