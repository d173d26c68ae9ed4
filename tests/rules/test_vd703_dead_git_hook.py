"""VD703: git hooks whose interpreter is gone."""

from __future__ import annotations

from tests.support.script_facts import findings, reference

RULE = "vd703_dead_git_hook"


def test_an_error_where_nothing_answers_instead() -> None:
    (found,) = findings(RULE, reference("git-hook", name="pre-commit"))
    assert found.severity == "error"


def test_a_note_where_pre_commit_is_on_path() -> None:
    (found,) = findings(RULE, reference("git-hook", certain=False, fallback="/usr/bin/pre-commit"))
    assert found.severity == "note"
    assert "/usr/bin/pre-commit" in found.message


def test_silent() -> None:
    assert not findings(RULE, reference("git-hook", "ok"))
    assert not findings(RULE, reference("systemd"))
