"""Real environments whose interpreter goes away under them: `fix` brings them back, `undo` brings the sick ones back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor.cli._main import run

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ["venv", "venv-copies", "virtualenv", "uv"]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def minor() -> str:
    """A minor version that is installed here, so that a private copy of it may go away."""
    found = pythons("3.10", "3.13")
    if not found:
        pytest.skip("no CPython 3.10 to 3.13 is here")
    return found[-1].series


def filled(tool: str, base: Python, place: Path) -> Path:
    env = envs.make_environment(tool, base, place)
    site = envs.site_packages(env)
    wheels.install(
        site,
        "pure",
        "1.5",
        bin_dir=env / "bin",
        shebang=f"{env}/bin/python",
        files={"pure/__init__.py": "value = 41\n", "pure/cli.py": "def main():\n    print('ran')\n"},
        scripts={"pure-run": "pure.cli:main"},
    )
    (site / "own.pth").write_text(str(site / "pure") + "\n")
    (site / "own_module.py").write_text("mine = True\n")
    (env / "bin/own-script").write_text("#!/bin/sh\necho own\n")
    (env / "bin/own-script").chmod(0o755)
    (env / "notes.txt").write_text("mine\n")
    return env


def fix(*words: str | os.PathLike[str]) -> int:
    return run(["fix", *map(os.fspath, words)])


@pytest.mark.real
@pytest.mark.parametrize("tool", TOOLS)
def test_an_interpreter_of_the_same_minor_takes_over(tmp_path: Path, minor: str, tool: str) -> None:
    base = relocatable_copy(minor, tmp_path / "base")
    env = filled(tool, base, tmp_path / "env")
    (tmp_path / "base").rename(tmp_path / "gone")
    assert not envs.starts(env)
    sick = picture(env)
    before = picture(tmp_path, without=("env", "state"))
    assert fix(env, "--yes", "--offline") == 0
    truth = envs.truth(env)
    assert truth is not None
    assert truth["prefix"] == str(env)
    assert truth["version"].startswith(minor)
    assert "pure 1.5" in truth["distributions"]
    assert envs.run([env / "bin/pure-run"]).out == "ran\n"
    assert picture(tmp_path, without=("env", "state")) == before
    assert run(["scan", str(env)]) == 0
    assert run(["undo"]) == 0
    assert picture(env) == sick
    assert not (env / ".venvdoctor").exists()


@pytest.mark.real
@pytest.mark.parametrize("tool", TOOLS)
def test_another_minor_takes_over_and_carries_the_packages(tmp_path: Path, minor: str, tool: str) -> None:
    other = next((item for item in pythons("3.9", "3.13") if item.series != minor), None)
    if other is None:
        pytest.skip("one minor version alone is here")
    base = relocatable_copy(minor, tmp_path / "base")
    env = filled(tool, base, tmp_path / "env")
    (tmp_path / "base").rename(tmp_path / "gone")
    sick = picture(env)
    assert fix(env, "--yes", "--offline", "--python", other.series) == 0
    truth = envs.truth(env)
    assert truth is not None
    assert truth["prefix"] == str(env)
    assert truth["version"].startswith(other.series + ".")
    assert "pure 1.5" in truth["distributions"]
    assert envs.imports(env, "own_module")
    assert envs.run([env / "bin/pure-run"]).out == "ran\n"
    assert envs.run([env / "bin/own-script"]).out == "own\n"
    assert (env / "notes.txt").read_text() == "mine\n"
    assert run(["scan", "--deep", str(env)]) == 0
    assert run(["undo"]) == 0
    assert picture(env) == sick


@pytest.mark.real
def test_a_dry_run_a_no_and_silence_change_nothing(
    tmp_path: Path, minor: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = relocatable_copy(minor, tmp_path / "base")
    env = filled("venv", base, tmp_path / "env")
    (tmp_path / "base").rename(tmp_path / "gone")
    sick = picture(env)
    assert fix(env, "--dry-run") == 1
    assert "relink" in capsys.readouterr().out
    for answer in ("n\n", ""):
        read, write = os.pipe()
        os.write(write, answer.encode())
        os.close(write)
        with os.fdopen(read) as stream:
            monkeypatch.setattr("sys.stdin", stream)
            assert fix(env) == 1
    assert picture(env) == sick


@pytest.mark.real
@pytest.mark.usefixtures("minor")
def test_a_moved_environment_gets_its_paths(tmp_path: Path) -> None:
    env = filled("venv", pythons("3.10", "3.13")[-1], tmp_path / "old")
    moved = env.rename(tmp_path / "new place")
    assert not envs.run([moved / "bin/pure-run"]).ok
    sick = picture(moved)
    assert fix(moved, "--yes") == 0
    assert envs.run([moved / "bin/pure-run"]).out == "ran\n"
    assert run(["scan", "--deep", str(moved)]) == 0
    assert run(["undo"]) == 0
    assert picture(moved) == sick


@pytest.mark.real
def test_the_configuration_is_written_again(tmp_path: Path) -> None:
    env = filled("venv", pythons("3.10", "3.13")[-1], tmp_path / "env")
    (env / "pyvenv.cfg").unlink()
    assert fix(env, "--yes") == 0
    truth = envs.truth(env)
    assert truth is not None
    assert truth["prefix"] == str(env)


def test_a_healthy_environment_is_left_alone(tmp_path: Path) -> None:
    env = filled("venv", pythons("3.10", "3.13")[-1], tmp_path / "env")
    well = picture(env)
    assert fix(env, "--yes") == 0
    assert picture(env) == well


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 2), (["/nowhere/at/all", "--yes"], 2), (["--all", "--select", "VD999"], 2), (["--bogus"], 2)],
)
def test_wrong_usage_is_one_sentence(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", *words]) == code
    assert "Traceback" not in capsys.readouterr().err
