"""The pre-commit hooks, run by the real pre-commit on real repositories."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import make
from tests.support import session

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SHIPPED = ("venvdoctor", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
GONE = "/nowhere/bin/python3.11"

pytestmark = pytest.mark.real


def git(place: Path, *arguments: str) -> str:
    environ = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *arguments], cwd=place, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "-q", "-b", "main")
    return place


def commit(place: Path) -> str:
    git(place, "add", "--all", "--force")
    git(place, "commit", "-q", "-m", "all", "--no-verify")
    return git(place, "rev-parse", "HEAD")


@pytest.fixture
def hooked(tmp_path: Path) -> tuple[Path, Callable[..., tuple[int, str]]]:
    """A repository that uses the hooks, and the way to run pre-commit in it."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    shared = session.once("pre-commit", _ship)
    project = repository(tmp_path / "project")
    hooks = "[{id: venvdoctor}, {id: venvdoctor-committed}]"
    revision = git(shared / "hooks", "rev-parse", "HEAD")
    text = f"repos:\n- repo: {shared}/hooks\n  rev: {revision}\n  hooks: {hooks}\n"
    (project / ".pre-commit-config.yaml").write_text(text)
    commit(project)
    environ = {**os.environ, "PRE_COMMIT_HOME": str(shared / "home"), "HOME": str(tmp_path), **WHO}

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never", *arguments]
        with session.lock("pre-commit-run"):
            done = subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)
        if "CalledProcessError" in done.stdout and (
            "No matching distribution" in done.stdout or "onnection" in done.stdout
        ):
            pytest.skip("the hook's dependencies cannot be fetched here")
        return done.returncode, done.stdout

    return project, run


def _ship(place: Path) -> None:
    source = repository(place / "hooks")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    commit(source)


def test_the_hooks(hooked: tuple[Path, Callable[..., tuple[int, str]]]) -> None:
    project, run = hooked
    code, out = run()
    assert code == 0, out
    assert out.count("Passed") == 1, "a fresh clone has no environment, and that is no error"
    assert out.count("no files to check") == 1

    (project / ".gitignore").write_text(".venv\n")
    commit(project)
    make(project, GONE)
    code, out = run()
    assert code == 1, out
    assert f"{project}/.venv" in out
    assert "VD101" in out
    assert re.search(r"this project's environment is healthy\.+Failed", out)

    shutil.rmtree(project / ".venv")
    make(project / "vendored", GONE)
    commit(project)
    code, out = run("venvdoctor-committed")
    assert code == 1, out
    assert f"{project}/vendored/.venv" in out
    assert re.search(r"no broken environment is committed\.+Failed", out)
