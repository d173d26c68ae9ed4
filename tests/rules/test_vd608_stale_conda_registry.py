"""VD608: lines of conda's list of environments."""

from __future__ import annotations

from tests.support.script_facts import findings, reference

RULE = "vd608_stale_conda_registry"


def test_a_note() -> None:
    (found,) = findings(RULE, reference("conda-registry", line=3, target="/gone"))
    assert found.severity == "note"
    assert ":3" in found.message


def test_silent() -> None:
    assert not findings(RULE, reference("conda-registry", "ok"))
    assert not findings(RULE, reference("conda-init"))
