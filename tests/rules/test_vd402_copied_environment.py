"""VD402: an environment that is a copy of another."""

from __future__ import annotations

from tests.support.script_facts import ENV, findings, script, with_scripts
from venvdoctor.model.script import Former

RULE = "vd402_copied_environment"


def test_names_the_original() -> None:
    copied = script(place="/srv/orig/.venv", place_state="environment", own=False)
    former = Former(
        path="/srv/orig/.venv", environment=True, scripts=(copied.path,), activates=(f"{ENV}/bin/activate",)
    )
    (found,) = findings(RULE, with_scripts(copied, former=former))
    assert found.severity == "error"
    assert "/srv/orig/.venv" in found.message
    assert "activating it activates the original" in found.message


def test_silent_for_a_move_and_for_nothing() -> None:
    assert not findings(RULE, with_scripts(former=Former(path="/old", activates=("/a",))))
    assert not findings(RULE, with_scripts(script()))


def test_conda_environments_are_another_rules() -> None:
    assert not findings(RULE, with_scripts(former=Former(path="/o", environment=True, activates=("/a",)), kind="conda"))
