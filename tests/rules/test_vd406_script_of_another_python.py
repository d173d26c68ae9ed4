"""VD406: installed scripts that run another interpreter."""

from __future__ import annotations

import pytest

from tests.support.script_facts import findings, script, with_scripts

RULE = "vd406_script_of_another_python"


def test_another_environment_is_an_error() -> None:
    foreign = script(interpreter="/srv/b/bin/python", place="/srv/b", place_state="environment", own=False)
    (found,) = findings(RULE, with_scripts(foreign))
    assert found.severity == "error"
    assert "/srv/b" in found.message


def test_the_base_is_a_warning() -> None:
    foreign = script(interpreter="/usr/bin/python3", place="/usr", place_state="installation", own=False)
    (found,) = findings(RULE, with_scripts(foreign))
    assert found.severity == "warning"


@pytest.mark.parametrize(
    "facts",
    [
        {"generated": False, "place_state": "environment"},
        {"outside": True, "place_state": "environment"},
        {"place_state": "own"},
        {"place_state": "installation", "interpreter": "/usr/bin/env python3"},
        {"problem": "missing", "place_state": "environment"},
    ],
)
def test_silent(facts: dict[str, object]) -> None:
    assert not findings(RULE, with_scripts(script(**facts)))
