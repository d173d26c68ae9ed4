"""VD601: a conda environment without history."""

from __future__ import annotations

from tests.support.script_facts import findings, package, with_conda

RULE = "vd601_conda_history_missing"


def test_a_warning_that_names_the_file() -> None:
    (found,) = findings(RULE, with_conda(package(), history=False))
    assert found.severity == "warning"
    assert found.path.endswith("conda-meta/history")


def test_silent_with_history_for_pixi_and_for_an_empty_directory() -> None:
    assert not findings(RULE, with_conda(package()))
    assert not findings(RULE, with_conda(package(), history=False, foreign=True))
    assert not findings(RULE, with_conda(history=False))
