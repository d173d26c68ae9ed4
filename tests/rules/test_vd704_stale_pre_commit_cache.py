"""VD704: pre-commit's database and its clones."""

from __future__ import annotations

from tests.support.script_facts import findings, reference

RULE = "vd704_stale_pre_commit_cache"


def test_a_note() -> None:
    (found,) = findings(RULE, reference("pre-commit-cache"))
    assert found.severity == "note"


def test_silent() -> None:
    assert not findings(RULE, reference("pre-commit-cache", "ok"))
    assert not findings(RULE, reference("git-hook"))
