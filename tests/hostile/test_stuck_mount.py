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


IMPATIENT = (
    "from venvdoctor import relay; relay.STALL = 2.0; from venvdoctor.__main__ import main; raise SystemExit(main())"
)


def scan(home: Path, *words: str, stops_at: str = "") -> tuple[dict[str, Any], int, float]:
    """Scan beside the mount; return the report, the exit code, seconds."""
    return ask(home, "scan", *words, stops_at=stops_at)


def ask(home: Path, *words: str, stops_at: str = "") -> tuple[dict[str, Any], int, float]:
    """Run a command beside the mount; return what it says in JSON, its exit code, seconds."""
    done, seconds = run(home, *words, "--format", "json", stops_at=stops_at)
    return json.loads(done.stdout or "{}"), done.returncode, seconds


def run(
    home: Path, *words: str, stops_at: str = "", **variables: str
) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run a command beside the mount, stuck or served until a name is looked up; return what came of it, seconds."""
    command = [sys.executable, "-c", IMPATIENT, *words]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "LC_ALL": "C.UTF-8"} | variables
    if stops_at:
        environ |= {"SERVED": str(home.parent / "served"), "STOPS_AT": stops_at}
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
    return done, time.monotonic() - begun


def states(report: dict[str, Any]) -> dict[str, str]:
    return {env["name"]: env["status"] for env in report["environments"]}


def test_the_rest_of_a_home_is_examined(home: Path) -> None:
    report, code, seconds = scan(home, str(home))
    assert states(report)["sound"] == "healthy"
    assert states(report)["leaning"] == "unknown"
    assert code == 3
    assert seconds < 60


def test_again_with_what_was_kept(home: Path) -> None:
    first, second = (scan(home, str(home))[0] for _ in range(2))
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


@pytest.fixture
def served(home: Path) -> Path:
    """What the mount shows while it answers: an environment, and the interpreter that another one leans on."""
    venv.EnvBuilder(symlinks=True).create(home.parent / "served/inner")
    (home.parent / "served/bin").mkdir()
    (home.parent / "served/bin/python3").symlink_to(os.path.realpath(sys.executable))
    return home


def test_a_mount_that_answers_is_examined(served: Path) -> None:
    report, _, _ = scan(served, str(served / "stuck"), str(served), stops_at="nothing at all")
    assert states(report) == {"sound": "healthy", "leaning": "healthy", "inner": "degraded"}  # it names its true place
    assert not report["errors"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_that_goes_away_in_the_middle_is_given_up(served: Path, jobs: str) -> None:
    report, code, seconds = scan(served, str(served), "--jobs", jobs, stops_at="python3")
    assert states(report) == {"sound": "healthy", "leaning": "unknown"}
    (leaning,) = [env for env in report["environments"] if env["name"] == "leaning"]
    assert f"did not answer as it should ({served}/stuck)" in leaning["findings"][0]["message"]
    assert code == 3
    assert seconds < 60


def test_one_that_goes_away_under_an_environment_in_it(served: Path) -> None:
    report, code, seconds = scan(served, str(served / "stuck"), str(served / "sound"), stops_at="site-packages")
    assert states(report) == {"sound": "healthy"}
    assert [error["path"] for error in report["errors"]] == [str(served / "stuck")]
    assert code == 3
    assert seconds < 60


def test_a_sweep_across_file_systems_ends_too(home: Path) -> None:
    report, code, seconds = scan(home, str(home), "--cross-file-systems", "--no-cache")
    assert states(report)["sound"] == "healthy"
    assert report["errors"]
    assert code == 3
    assert seconds < 90


@pytest.mark.parametrize("stops_at", ["", "python3"])
def test_one_environment_in_full(served: Path, stops_at: str) -> None:
    report, code, seconds = ask(served, "show", str(served / "leaning"), stops_at=stops_at)
    assert states(report) == {"leaning": "unknown"}
    assert report["details"]["configuration_file"] == str(served / "leaning/pyvenv.cfg")
    assert code == 3
    assert seconds < 60


@pytest.mark.parametrize("stops_at", ["", "python3"])
def test_a_prediction(served: Path, stops_at: str) -> None:
    words = ["predict", str(served), "--without", os.path.realpath(sys.executable)]
    told, code, seconds = ask(served, *words, stops_at=stops_at)
    assert states(told["before"]) == {"sound": "healthy", "leaning": "unknown"}
    assert {item["path"]: item["outcome"] for item in told["environments"]}[str(served / "leaning")] == "unknown"
    assert states(told["after"])["sound"] == "broken"
    assert code == 1
    assert seconds < 90


@pytest.mark.parametrize("stops_at", ["", "pyvenv.cfg"])
def test_an_image_with_the_mount_in_it(served: Path, stops_at: str) -> None:
    words = ["scan", "/", "--sysroot", str(served)]
    report, code, seconds = ask(served, *words, stops_at=stops_at)
    assert [env["path"] for env in report["environments"]] == ["/leaning", "/sound"]
    assert code in (1, 3)
    assert seconds < 60


def test_an_image_behind_the_mount(home: Path) -> None:
    report, code, seconds = scan(home, "/", "--sysroot", str(home / "stuck/image"))
    assert (report, code) == ({}, 2)
    assert seconds < 60


def test_one_environment_alone_that_leans_on_the_mount(served: Path) -> None:
    report, code, seconds = scan(served, str(served / "leaning"), "--no-cache", stops_at="python3")
    assert states(report) == {"leaning": "unknown"}
    assert code == 3
    assert seconds < 60


@pytest.mark.parametrize("stops_at", ["", "python3"])
def test_every_interpreter(served: Path, stops_at: str) -> None:
    report, code, seconds = ask(served, "interpreters", stops_at=stops_at)
    assert str(served / "sound") in {place for item in report["interpreters"] for place in item["environments"]}
    assert code == 3
    assert seconds < 90


@pytest.mark.parametrize("stops_at", ["", "python3"])
def test_a_repair_beside_what_cannot_be_examined(served: Path, stops_at: str) -> None:
    (served / "sound/bin/python3").unlink()
    (served / "sound/bin/python3").symlink_to("/nowhere/python3")
    told, code, seconds = ask(served, "fix", str(served), "--yes", "--offline", stops_at=stops_at)
    assert [item["environment"] for item in told["results"]] == [str(served / "sound")]
    assert told["results"][0]["repaired"]
    assert code == 3
    assert seconds < 90


def test_nothing_is_said_to_be_well_that_nobody_saw(served: Path) -> None:
    done, seconds = run(served, "fix", str(served / "leaning"), stops_at="python3")
    assert f"{served}/leaning: " in done.stderr
    assert "did not answer" in done.stderr
    assert done.returncode == 3
    assert seconds < 60


@pytest.mark.parametrize("stops_at", ["", "python3"])
def test_a_snapshot_and_what_changed_since(served: Path, stops_at: str) -> None:
    done, seconds = run(served, "snapshot", "--path", str(served), stops_at=stops_at)
    assert done.stdout == "snapshot 000001: 2 environments\n"
    assert f"{served}/leaning: " in done.stderr
    assert done.returncode == 3
    done, more = run(served, "snapshot", "diff", stops_at=stops_at)
    assert done.stdout.startswith("0 of 2 environments changed")
    assert done.returncode == 3
    assert seconds + more < 120


def test_the_packages_of_one_that_leans_on_the_mount(served: Path) -> None:
    done, seconds = run(served, "freeze", str(served / "leaning"), stops_at="python3")
    assert done.returncode in (0, 1, 3)
    assert seconds < 60


@pytest.mark.parametrize("stops_at", ["", "python3"])
def test_what_an_upgrade_hook_runs(served: Path, stops_at: str) -> None:
    done, seconds = run(served, "hook", "run", "--root", str(served.parent / "root"), stops_at=stops_at)
    assert done.returncode == 0
    assert list((served / ".local/state/venvdoctor/snapshots").glob("0*.json"))
    assert seconds < 90


@pytest.mark.parametrize("command", ["scan", "show", "fix", "undo", "interpreters", "snapshot", "snapshot list"])
def test_a_home_that_does_not_answer(home: Path, command: str) -> None:
    words = [*command.split(), *([str(home / "sound")] if command in ("scan", "show", "fix") else [])]
    done, seconds = run(home, *words, HOME=str(home / "stuck/me"))
    assert done.stderr.startswith(f"venvdoctor: {home}/stuck: its file system does not answer\n")
    assert done.returncode == 3
    assert seconds < 30
