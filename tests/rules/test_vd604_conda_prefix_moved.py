"""VD604: a conda environment at another place."""

from __future__ import annotations

from tests.support.script_facts import findings, package, with_conda

RULE = "vd604_conda_prefix_moved"


def test_moved_and_copied() -> None:
    sick = package(wrong_prefix=("bin/pip",))
    (moved,) = findings(RULE, with_conda(sick, recorded_prefix="/old"))
    assert "cannot start" in moved.message
    (copied,) = findings(RULE, with_conda(sick, recorded_prefix="/old", recorded_prefix_exists=True))
    assert "run in that one" in copied.message
    assert moved.severity == copied.severity == "error"


def test_silent_at_its_own_place() -> None:
    assert not findings(RULE, with_conda(package()))
