"""VD401: an environment that was moved."""

from __future__ import annotations

from tests.support.script_facts import ENV, findings, script, with_scripts
from venvdoctor.model.script import Former

RULE = "vd401_moved_environment"


def test_says_how_many_scripts_name_the_old_place() -> None:
    stale = script(problem="missing", place="/old/.venv", place_state="gone", own=False)
    former = Former(path="/old/.venv", scripts=(stale.path,), activates=(f"{ENV}/bin/activate",), command=True)
    (found,) = findings(RULE, with_scripts(stale, former=former))
    assert found.severity == "error"
    assert found.impact == "degraded"
    assert "/old/.venv" in found.message
    assert "1 of its scripts" in found.message
    assert found.evidence["scripts"] == [stale.path]
    assert found.remedy.kind == "rewrite-paths"


def test_activate_files_alone_are_enough() -> None:
    (found,) = findings(RULE, with_scripts(former=Former(path="/old", activates=(f"{ENV}/bin/activate",))))
    assert "scripts" not in found.message


def test_silent_without_another_place() -> None:
    assert not findings(RULE, with_scripts(script()))


def test_a_copy_is_another_rules() -> None:
    assert not findings(RULE, with_scripts(former=Former(path="/old", environment=True, activates=("/a",))))


def test_conda_environments_are_another_rules() -> None:
    assert not findings(RULE, with_scripts(former=Former(path="/old", activates=("/a",)), kind="conda"))
