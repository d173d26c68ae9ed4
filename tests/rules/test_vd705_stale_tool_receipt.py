"""VD705: managers' records that do not fit."""

from __future__ import annotations

import pytest

from tests.support.script_facts import environment, findings, receipt

RULE = "vd705_stale_tool_receipt"


@pytest.mark.parametrize("problem", ["missing", "garbled", "unreadable"])
def test_a_record_that_cannot_be_used(problem: str) -> None:
    (found,) = findings(RULE, environment(receipt=receipt(problem=problem)))
    assert found.severity == "warning"


def test_commands_and_interpreter_that_are_gone() -> None:
    (found,) = findings(RULE, environment(receipt=receipt(launchers_missing=("/h/.local/bin/tool",))))
    assert "/h/.local/bin/tool" in found.message
    (note,) = findings(RULE, environment(receipt=receipt(python="/usr/bin/python3.9", python_exists=False)))
    assert note.severity == "note"


def test_what_was_asked_for_is_asked_for_again() -> None:
    gone = {"launchers_missing": ("/h/.local/bin/tool",)}
    asked = receipt(requirements=("tool[x]>=2", "six"), injected=("six",), python="3.12", **gone)
    (found,) = findings(RULE, environment(receipt=asked))
    assert found.remedy.command == "uv tool install --reinstall --python 3.12 --with six 'tool[x]>=2'"
    (found,) = findings(
        RULE, environment(path="/h/pipx/venvs/tool-x", receipt=receipt(manager="pipx", problem="garbled"))
    )
    assert found.remedy.command == "pipx reinstall tool-x"


def test_silent() -> None:
    assert not findings(RULE, environment(receipt=receipt(python="/usr/bin/python3", python_exists=True)))
    assert not findings(RULE, environment(receipt=receipt(python="3.12")))
    assert not findings(RULE, environment())
