"""A network or FUSE file system whose server is gone: it is given up after a while, and everything else is examined."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
HELPER = ROOT / "tests/support/stuck_mount.py"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not os.path.exists("/dev/fuse") or shutil.which("unshare") is None,
    reason="mounting a file system takes the administrator, /dev/fuse and unshare",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a sound environment, one whose interpreter lies behind the stuck mount, and the mount."""
    (tmp_path / "home/stuck").mkdir(parents=True)
    for name in ("sound", "leaning"):
        venv.EnvBuilder(symlinks=True).create(tmp_path / "home" / name)
    python = tmp_path / "home/leaning/bin/python"
    python.unlink()
    python.symlink_to(tmp_path / "home/stuck/bin/python3")
    return tmp_path / "home"


def scan(home: Path, *words: str) -> tuple[dict[str, Any], int, float]:
    """Scan beside the stuck mount; return the report, the exit code, the seconds."""
    command = [sys.executable, "-m", "venvdoctor", "scan", *words, "--format", "json"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    begun = time.monotonic()
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, str(HELPER), str(home / "stuck"), *command],
        capture_output=True,
        text=True,
        env=environ,
        cwd="/",
        timeout=150,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert done.returncode != 78, "the scan hangs"
    return json.loads(done.stdout or "{}"), done.returncode, time.monotonic() - begun


def states(report: dict[str, Any]) -> dict[str, str]:
    return {env["name"]: env["status"] for env in report["environments"]}


def test_the_rest_of_a_home_is_examined(home: Path) -> None:
    report, code, seconds = scan(home, str(home))
    assert states(report)["sound"] == "healthy"
    assert states(report)["leaning"] == "unknown"
    assert code == 3
    assert seconds < 60


def test_again_with_what_was_kept(home: Path) -> None:
    first, second = (scan(home)[0] for _ in range(2))
    assert states(first) == states(second)
    assert states(second)["leaning"] == "unknown"


def test_a_path_that_does_not_answer_is_said_to_be_one(home: Path) -> None:
    report, code, seconds = scan(home, str(home / "stuck/project"), str(home / "sound"))
    assert states(report)["sound"] == "healthy"
    places = [error["path"] for error in report["errors"]]
    assert str(home / "stuck/project") in places
    assert all(place.startswith(str(home / "stuck")) for place in places)
    assert code == 3
    assert seconds < 60


def test_a_sweep_across_file_systems_ends_too(home: Path) -> None:
    report, code, seconds = scan(home, str(home), "--cross-file-systems", "--no-cache")
    assert states(report)["sound"] == "healthy"
    assert report["errors"]
    assert code == 3
    assert seconds < 90
