"""`venvdoctor snapshot` on real environments: what was there is known when it is gone, and the change is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import make_venv, site_packages
from tests.support.pythons import python
from tests.support.wheels import install
from venvdoctor.api import ScanRequest, open_session
from venvdoctor.config import Config
from venvdoctor.upgrading import memory
from venvdoctor.upgrading.snapshot import Store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def env(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in the home, with two packages, and a state directory beside it."""
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(home.parent / "state"))
    monkeypatch.chdir(home)
    made = make_venv(python(), home / "project" / ".venv")
    install(site_packages(made), "demo-thing", "1.0")
    install(site_packages(made), "other", "2.0")
    return made


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run([sys.executable, "-m", "venvdoctor", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})  # fmt: skip


def state(home: Path) -> Store:
    return Store(str(home.parent / "state"))


def test_what_is_deleted_is_still_known(env: Path, home: Path) -> None:
    assert run("snapshot", "list").stdout == "There is no snapshot yet.\n"
    done = run("snapshot", "--path", str(home))
    assert (done.returncode, done.stdout) == (0, "snapshot 000001: 1 environment\n")
    shutil.rmtree(env / "lib")
    record = state(home).latest(str(env))
    assert record is not None
    assert {item["key"]: item["version"] for item in record["distributions"]} == {"demo-thing": "1.0", "other": "2.0"}
    assert record["base"] == python().executable
    shown = json.loads(run("snapshot", "show").stdout)
    assert shown["environments"][str(env)] == record


def test_the_difference_is_told(env: Path) -> None:
    run("snapshot", "--path", str(env))
    assert run("snapshot", "diff").stdout.startswith("0 of 1 environment changed since snapshot 000001")
    shutil.rmtree(site_packages(env) / "other")
    shutil.rmtree(site_packages(env) / "other-2.0.dist-info")
    told = run("snapshot", "diff").stdout
    assert "  other: 2.0 → absent\n" in told
    run("snapshot", "--path", str(env))
    shutil.rmtree(env)
    assert "other: 2.0 → absent" in run("snapshot", "diff", "1", "2").stdout
    assert "is gone" in run("snapshot", "diff").stdout
    assert run("snapshot", "diff", "9").returncode == 2


def test_packages_are_recorded_whatever_rules_are_selected(env: Path, home: Path) -> None:
    request = ScanRequest(paths=(str(env),))
    memory.take(open_session(request, Config(select=("VD101",))), state(home))
    record = state(home).latest(str(env))
    assert record is not None
    assert [item["names"] for item in record["distributions"]] == [["demo_thing"], ["other"]]


def own_settings(home: Path) -> Path:
    place = home / ".config" / "venvdoctor" / "venvdoctor.toml"
    place.parent.mkdir(parents=True)
    return place


def test_a_checkout_cannot_make_a_scan_write(env: Path, home: Path) -> None:
    (home / "venvdoctor.toml").write_text("snapshot = true\n")
    done = run("scan", str(env))
    assert done.returncode == 2
    assert "your own settings file" in done.stderr
    assert state(home).all() == []


def test_a_scan_records_only_where_the_settings_ask(env: Path, home: Path) -> None:
    run("scan", str(env))
    assert state(home).all() == []
    own_settings(home).write_text("snapshot = true\n")
    assert run("scan", str(env)).returncode == 0
    assert run("scan", str(env)).returncode == 0
    assert [(found.reason, list(found.records)) for found in state(home).all()] == [("scan", [str(env)])]


def test_a_scan_goes_on_where_nothing_can_be_recorded(env: Path, home: Path) -> None:
    own_settings(home).write_text("snapshot = true\n")
    (home.parent / "state").write_text("a file in the way")
    done = run("scan", str(env))
    assert done.returncode == 0
    assert "no snapshot could be recorded" in done.stderr
    assert run("snapshot").returncode == 2
