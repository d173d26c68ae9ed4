"""VD602: damaged records of conda."""

from __future__ import annotations

import pytest

from tests.support.script_facts import findings, package, with_conda

RULE = "vd602_conda_record_damaged"


@pytest.mark.parametrize("problem", ["empty", "truncated", "not-json"])
def test_each_damage(problem: str) -> None:
    (found,) = findings(RULE, with_conda(package(), package("bad", problem=problem)))
    assert found.distribution == "bad"
    assert found.severity == "warning"


def test_silent_for_good_and_for_unreadable_records() -> None:
    assert not findings(RULE, with_conda(package(), package("locked", problem="unreadable")))


def test_what_is_needed_and_has_no_record() -> None:
    env = with_conda(package(), unmet=(("libx", "hello 1.0"), ("liby", "hello 1.0")))
    (found,) = findings(RULE, env)
    assert "libx, which hello 1.0 needs, and of 1 more" in found.message
    assert "libx liby" in found.remedy.command
