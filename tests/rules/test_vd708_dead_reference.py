"""VD708: services, jobs, editors and shells that name what is gone."""

from __future__ import annotations

import pytest

from tests.support.script_facts import findings, reference

RULE = "vd708_dead_reference"


KINDS = ["systemd", "cron", "launchd", "desktop", "supervisor", "vscode", "idea", "shell", "direnv", "path"]


@pytest.mark.parametrize("kind", KINDS)
def test_certain_ones_are_errors_and_the_others_warnings(kind: str) -> None:
    (found,) = findings(RULE, reference(kind))
    assert found.severity == "error"
    (mild,) = findings(RULE, reference(kind, certain=False))
    assert mild.severity == "warning"


def test_says_who_answers_instead() -> None:
    (found,) = findings(RULE, reference("path", name="PATH", certain=False, fallback="/usr/bin/python3"))
    assert "/usr/bin/python3 answers instead" in found.message


@pytest.mark.parametrize("kind", KINDS)
def test_silent(kind: str) -> None:
    assert not findings(RULE, reference(kind, "ok"))
    assert not findings(RULE, reference(kind, "undecided"))
