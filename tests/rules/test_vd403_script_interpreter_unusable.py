"""VD403: scripts whose interpreter cannot be started."""

from __future__ import annotations

import pytest

from tests.support.script_facts import ENV, findings, python_chain, script, with_scripts
from venvdoctor.model.script import Former

RULE = "vd403_script_interpreter_unusable"


def gone(name: str = "tool", **facts: object) -> object:
    values = {
        "problem": "missing", "own": False, "resolved": None, "interpreter": "/usr/bin/python3.9",
        "place": "/usr", "place_state": "installation",
    } | facts  # fmt: skip
    return script(name, **values)


def test_groups_scripts_by_their_interpreter_and_names_the_cause() -> None:
    (found,) = findings(RULE, with_scripts(gone("a"), gone("b")))  # type: ignore[arg-type]
    assert found.severity == "error"
    assert found.evidence["scripts"] == [f"{ENV}/bin/a", f"{ENV}/bin/b"]
    assert found.cause is not None
    assert found.cause.id == "interpreter-gone:/usr/bin/python3.9"


@pytest.mark.parametrize(
    "problem",
    [
        "missing", "dangling", "loop", "crlf", "space", "options", "no-first-line", "interpreter-not-executable",
        "interpreter-empty",
    ],
)  # fmt: skip
def test_every_problem_of_a_python_script_is_an_error(problem: str) -> None:
    (found,) = findings(RULE, with_scripts(gone(problem=problem)))  # type: ignore[arg-type]
    assert found.severity == "error"


def test_a_relative_first_line_starts_somewhere() -> None:
    (found,) = findings(RULE, with_scripts(gone(problem="relative", interpreter="python")))  # type: ignore[arg-type]
    assert found.severity == "warning"


def test_other_languages_are_a_note() -> None:
    odd = gone(python=False, generated=False, interpreter="/bin/csh")
    (found,) = findings(RULE, with_scripts(odd))  # type: ignore[arg-type]
    assert found.severity == "note"


def test_a_command_that_is_not_on_path_is_a_warning() -> None:
    odd = gone(problem="not-on-path", interpreter="/usr/bin/env python3.4")
    (found,) = findings(RULE, with_scripts(odd))  # type: ignore[arg-type]
    assert found.severity == "warning"
    assert "python3.4" in found.message


def test_the_environments_own_dead_interpreter_is_told_once_and_elsewhere() -> None:
    own = script(problem="dangling", resolved=None)
    assert not findings(RULE, with_scripts(own, python=python_chain("missing")))
    assert findings(RULE, with_scripts(own))


def test_scripts_of_a_moved_environment_are_told_elsewhere() -> None:
    stale = gone(place="/old", place_state="gone")
    former = Former(path="/old", scripts=(f"{ENV}/bin/tool",))
    assert not findings(RULE, with_scripts(stale, former=former))  # type: ignore[arg-type]


def test_modes() -> None:
    assert findings(RULE, with_scripts(script(problem="not-executable")))
    handmade = script(problem="not-executable", generated=False, python=False, kind="data")
    assert not findings(RULE, with_scripts(handmade))


def test_silent_for_the_healthy_the_undecided_and_the_linked() -> None:
    assert not findings(RULE, with_scripts(script()))
    assert not findings(RULE, with_scripts(script(problem="undecided", own=False)))
    assert not findings(RULE, with_scripts(gone(outside=True)))  # type: ignore[arg-type]
    assert not findings(RULE, with_scripts(gone(kind="link")))  # type: ignore[arg-type]
