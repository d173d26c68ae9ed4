"""What the report tells to type is typed: every command in it is taken, and looks where the scan looked."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

GONE = "/nowhere/bin/python3.11"


def told(text: str) -> list[list[str]]:
    """Return the commands that stand on a line of their own, behind `: ` or behind `Next:`."""
    found = re.findall(r"^(?:Next:| {4,}|.*: )\s*(venvdoctor (?:fix|show) .*?)(?:   .*)?$", text, re.MULTILINE)
    return [shlex.split(command)[1:] for command in found]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "the usual places"])
def test_each_command_plans_the_repair_of_what_was_found(
    venvdoctor: Callable[..., Done], tmp_path: Path, form: str, named: bool
) -> None:
    home = tmp_path / "own-home"
    place = home / "a place" if not named else tmp_path / "else where"
    for name in ("a", "b"):
        make(place / name, GONE)
    roots = [str(place)] if named else []
    shown = venvdoctor("scan", *roots, "--format", form)
    if form == "text":
        commands = told(shown.out)
        assert [words[:2] for words in commands] == [["fix", "--cause"], ["fix", "--dry-run"]]
    elif form == "markdown":
        commands = [shlex.split(text)[1:] for text in re.findall(r"\| `?.*`(venvdoctor fix .*?)` \|", shown.out)]
    else:
        (data,) = re.findall(r'id="data">(.*?)</script>', shown.out)
        commands = [shlex.split(cause["remedy"]["command"])[1:] for cause in json.loads(data)["causes"]]
    assert commands
    for words in commands:
        extra = [] if "--dry-run" in words else ["--dry-run"]
        done = venvdoctor(*words, *extra, "--format", "json")
        assert done.code == 1, done
        plans = {plan["environment"] for plan in json.loads(done.out)["plans"]}
        assert {f"{place}/{name}/.venv" for name in ("a", "b")} <= plans


def test_one_sick_environment_is_named(venvdoctor: Callable[..., Done], sick: Path) -> None:
    shown = venvdoctor("scan", str(sick))
    *_, words = told(shown.out)
    assert words == ["fix", "--dry-run", f"{sick}/.venv"]
    assert venvdoctor(*words).code == 1
