"""Environments made of a few files, and the program run in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


class Done(NamedTuple):
    """How a run ended."""

    code: int
    out: str
    err: str


Run = "Callable[..., Done]"
ALONE = """
import sys
from venvdoctor import discovery
from venvdoctor.__main__ import main
discovery.SHARED_PLACES = ()  # `fix --all` is for the test's own home, not for what lies on the developer's machine
sys.exit(main())
"""


@pytest.fixture
def venvdoctor(tmp_path: Path) -> Callable[..., Done]:
    """Run the program with a home of its own, in an empty directory."""
    home, work = tmp_path / "own-home", tmp_path / "work"
    home.mkdir()
    work.mkdir()

    def run(*arguments: str, cwd: Path | None = None, stdin: bytes = b"", **variables: str | None) -> Done:
        environ = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        environ |= {key: value for key, value in variables.items() if value is not None}
        for key in [key for key, value in variables.items() if value is None]:
            environ.pop(key, None)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", ALONE, *arguments],
            env=environ,
            cwd=cwd or work,
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape")
        return Done(done.returncode, out, err)

    return run


@pytest.fixture
def sick(tmp_path: Path) -> Path:
    """A project whose environment's interpreter is gone."""
    return make(tmp_path / "sick", "/nowhere/bin/python3.11")


@pytest.fixture
def well(tmp_path: Path) -> Path:
    """A project whose environment is as venv makes it."""
    place = tmp_path / "well" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=120)
    return place.parent


def make(project: Path, interpreter: str, root: str = "") -> Path:
    """Make a venv of a few files on an interpreter that need not exist; `root` is no part of the names in it."""
    place = project / ".venv"
    (place / "bin").mkdir(parents=True)
    (place / "lib/python3.11/site-packages").mkdir(parents=True)
    home = os.path.dirname(interpreter)
    (place / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\nversion = 3.11.2\n")
    (place / "bin/python").symlink_to(interpreter)
    (place / "bin/activate").write_bytes(b"VIRTUAL_ENV=" + os.fsencode(place).removeprefix(os.fsencode(root)) + b"\n")
    return project
