"""Owners of environments (poetry, tox, …) as commands: those beside the tests, and those that the index has.

What is installed for a test goes into an environment of the session, made by the tests' own interpreter: it survives
whatever happens to the one under the environments that are tested.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, session

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOW = bool(os.environ.get("VENVDOCTOR_TEST_SLOW"))  # read here: a running test sees no variable of venvdoctor's
# what an installer would not choose by itself: pdm 2.29 does not work with the newest of these two
WITH = {"pdm": ["unearth<0.18", "hishel<2"]}


def command(name: str) -> str:
    """Return the path of a tool: beside the tests, on PATH, or (where slow tests are asked for) from the index."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None and SLOW:
        found = str(session.once(f"tool-{name}", lambda place: _install(name, place)) / "bin" / name)
    return found or pytest.skip(f"{name} is not here (slow tests fetch it)")


def run(name: str, *words: str | os.PathLike[str], cwd: str | os.PathLike[str] = "/", **extra: str) -> envs.Ran:
    """Run a tool as its user would: with all variables of this process."""
    return envs.run([command(name), *words], cwd=cwd, **{**os.environ, **extra})


def must(name: str, *words: str | os.PathLike[str], cwd: str | os.PathLike[str] = "/", **extra: str) -> envs.Ran:
    """Run a tool that has to succeed."""
    done = run(name, *words, cwd=cwd, **extra)
    assert done.ok, f"{name} {words}: {done}"
    return done


def _install(name: str, place: Path) -> None:
    what: Sequence[str] = [name, *WITH.get(name, [])]
    settings = {"UV_CACHE_DIR": str(session.root() / "uv-cache"), "UV_NO_CONFIG": "1", "UV_OFFLINE": "0"}
    uv = envs.uv_command()
    envs.must([uv, "venv", "-q", "-p", sys.executable, place], **settings)
    done = envs.run([uv, "pip", "install", "-q", "-p", place / "bin/python", *what], **settings)
    if not done.ok:
        pytest.skip(f"{name} cannot be had here: {done.err.strip()[-200:]}")
