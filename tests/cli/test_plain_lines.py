"""A command line that is read without typer means what typer reads in it; whatever typer refuses is left to it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_startup import imported
from venvdoctor.cli import _commands
from venvdoctor.cli._main import application
from venvdoctor.cli._parameters import NotPlain, read

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [name for name in _commands.names() if not hasattr(_commands.load(name), "app")]
VALUES = ("", "-", "json", "a b", "ä", "\udcff", "-x", "--", "--color", "0", "4", "-1", " 7", "1_0", "x=y", "=", "VD1")
LINES = 300  # for each command


def by_typer(name: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any] | None:
    """Return what typer gives the command; None: it refuses, or does something else."""
    module = _commands.load(name)
    given: list[dict[str, Any]] = []

    def record(**values: Any) -> int:
        given.append(values)
        return 0

    record.parameters = module.command.parameters  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "command", record)
    try:
        with pytest.raises(SystemExit):
            application([name])(args=[name, *words], prog_name="venvdoctor")
    finally:
        monkeypatch.undo()
    return given[0] if given else None


def by_table(name: str, words: list[str]) -> dict[str, Any] | None:
    try:
        return read(_commands.load(name).command.parameters, words)
    except NotPlain:
        return None


def lines(name: str) -> list[list[str]]:
    """Return command lines of the command's own flags, right and wrong, the same ones each time."""
    chance = random.Random(name)
    parameters = _commands.load(name).command.parameters.values()
    flags = [flag for one in parameters for pair in one.flags for flag in pair.split("/")]
    shorts = "".join(flag[1] for flag in flags if not flag.startswith("--")) or "h"

    def piece() -> list[str]:
        kind = chance.random()
        if kind < 0.3 or not flags:
            return [chance.choice(VALUES)]
        if kind < 0.4:
            return ["-" + "".join(chance.choice(shorts + "4=") for _ in range(chance.randint(1, 3)))]
        flag = chance.choice(flags)
        if kind < 0.6:
            return [flag]
        if kind < 0.7:
            return [f"{flag}={chance.choice(VALUES)}"]
        return [flag[: chance.randint(3, 20)], chance.choice(VALUES)] if kind < 0.75 else [flag, chance.choice(VALUES)]

    return [[word for _ in range(chance.randint(0, 4)) for word in piece()] for _ in range(LINES)]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_read_without_typer_is_what_typer_reads(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = 0
    for words in lines(name):
        mine = by_table(name, words)
        if mine is not None:
            plain += 1
            assert mine == by_typer(name, words, monkeypatch), words
    assert plain > LINES / 20
    capsys.readouterr()


@pytest.mark.parametrize(
    "line",
    [
        "scan",
        "scan .",
        "scan a b --format json",
        "scan --format=json -o x --output html:y a",
        "scan -qq -v .",
        "scan --jobs 4 --no-cache --system",
        "scan --cross-file-systems --select VD1,VD2 --select VD3",
        "scan - --stdin0 --allow-empty",
        "show .venv",
        "show env --format json",
        "fix --all -n -y",
        "predict --without /usr/bin/python3 --python 3.11=3.13",
        "rules VD1",
        "schema settings",
        "undo --list",
    ],
)
def test_usual_lines_are_plain(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, *words = line.split()
    mine = by_table(name, words)
    assert mine is not None
    assert mine == by_typer(name, words, monkeypatch)


@pytest.mark.parametrize(
    "line", ["show", "show a b", "scan --formt json", "scan --jobs x", "scan --jobs -1", "scan -h", "scan --jobs"]
)
def test_what_may_be_wrong_is_left_to_typer(line: str) -> None:
    name, *words = line.split()
    assert by_table(name, words) is None


def test_a_plain_line_imports_no_typer(tmp_path: Path) -> None:
    (tmp_path / "env/bin").mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("home = /nowhere\n")
    for words in (["scan", str(tmp_path)], ["show", str(tmp_path / "env")], ["schema"], ["rules"]):
        assert not imported(tmp_path, *words) & {"typer", "click", "rich"}, words
