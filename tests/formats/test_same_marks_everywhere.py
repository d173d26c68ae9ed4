"""The same damage on two machines: other homes, other places, other users, and the same findings by their marks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import ROOT, make
from tests.support import session
from tests.support.reports import sample
from venvdoctor.fingerprint import located

if TYPE_CHECKING:
    from pathlib import Path

GONE = "/opt/hostedtoolcache/Python/3.11.4/x64/bin/python3.11"
MULTITOOL = "@microsoft/sarif-multitool-linux@5"


def damaged(checkout: Path) -> None:
    """A checkout with a dead environment, one that was moved, and one with half a package."""
    make(checkout, GONE)
    moved = make(checkout / "tools", sys.executable)
    (moved / ".venv").rename(moved / "env")
    site = make(checkout / "libs", sys.executable) / ".venv/lib/python3.11/site-packages"
    for name in ("a-1.0", "b-2.0"):
        info = site / f"{name}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name[0]}\nVersion: {name[2:]}\n")
        (info / "RECORD").write_text(f"{name[0]}/__init__.py,,\n{name}.dist-info/RECORD,,\n")


def scanned(checkout: Path, home: Path, form: str, *arguments: str) -> Any:
    home.mkdir(parents=True, exist_ok=True)
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "venvdoctor", "scan", *arguments, "--no-cache", "--format", form]
    done = subprocess.run(command, env=environ, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def test_marks_do_not_know_the_machine(tmp_path: Path) -> None:
    """A checkout below a home, and the same on a runner: SARIF's fingerprints and GitLab's, and relative places."""
    places = (tmp_path / "ann/src/shop", tmp_path / "runner/_work/shop/shop")
    sarif, gitlab = [], []
    for place, home in zip(places, (tmp_path / "ann", tmp_path / "elsewhere"), strict=True):
        place.mkdir(parents=True)
        damaged(place)
        (run,) = scanned(place, home, "sarif", ".")["runs"]
        sarif.append([(item["ruleId"], item["partialFingerprints"], item["locations"]) for item in run["results"]])
        told = scanned(place, home, "gitlab", str(place))  # named in full: no difference
        gitlab.append([(item["check_name"], item["fingerprint"], item["location"]) for item in told])
    assert sarif[0] == sarif[1]
    assert gitlab[0] == gitlab[1]
    assert len(gitlab[0]) == len(sarif[0]) >= 4
    marks = [mark for _, mark, _ in gitlab[0]]
    assert len(set(marks)) == len(marks), "each finding has its own"
    assert str(tmp_path) not in json.dumps(sarif[0]), "every place is relative to the checkout"
    uris = [place["physicalLocation"]["artifactLocation"]["uri"] for _, _, (place,) in sarif[0]]
    assert ".venv/bin/python" in uris
    below = [uri for uri in uris if not uri.startswith("file://")]  # an interpreter is the machine's
    assert len(below) >= 4
    assert all((places[0] / uri.split("/")[0]).exists() for uri in below), uris


@pytest.mark.parametrize(
    "home", ["/home/ann", "/Users/ann", "/root", "/var/home/ann", "/export/home/ann", "/usr/home/ann"]
)
def test_marks_do_not_know_whose_home_it_is(home: str) -> None:
    """Without a checkout around it, and whatever the system calls the place of homes."""
    own = json.loads(json.dumps(sample()).replace("/home/ann", home))
    assert [mark for *_, mark in located(own)] == [mark for *_, mark in located(sample())]


def test_marks_outlive_another_finding(tmp_path: Path) -> None:
    damaged(tmp_path / "shop")
    before = {item["fingerprint"] for item in scanned(tmp_path / "shop", tmp_path, "gitlab", ".")}
    make(tmp_path / "shop/a-new-one", GONE)
    after = {item["fingerprint"] for item in scanned(tmp_path / "shop", tmp_path, "gitlab", ".")}
    assert before < after


def test_a_baseline_that_is_committed_holds_on_every_machine(tmp_path: Path) -> None:
    """Written at one desk, relative to its own directory; read by a runner in another place, from another directory."""
    desk, runner = tmp_path / "ann/src/shop", tmp_path / "runner/_work/shop"
    for place in (desk, runner):
        place.mkdir(parents=True)
        damaged(place)
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}

    def scan(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "venvdoctor", "scan", "--no-cache", *arguments]
        return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)

    assert scan(desk, ".", "--write-baseline", "accepted.json").returncode == 0
    shutil.copy(desk / "accepted.json", runner / "accepted.json")
    (runner / "venvdoctor.toml").write_text('baseline = "accepted.json"\n')
    assert scan(runner, ".").returncode == 0, "by the settings of the project"
    done = scan(tmp_path, str(runner), "--baseline", str(runner / "accepted.json"))
    assert (done.returncode, done.stderr) == (0, ""), "wherever it is called"
    make(runner / "new", GONE)
    assert scan(runner, ".").returncode == 1, "what is new fails"
    shutil.rmtree(runner / "new")
    shutil.rmtree(runner / "libs")
    done = scan(runner, ".")
    assert done.returncode == 0
    assert "no longer appl" in done.stderr, "what has gone is said, so that the file can be written anew"
    assert scan(runner, ".", "--write-baseline", "accepted.json").returncode == 0
    assert scan(runner, ".").stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or shutil.which("npm") is None, reason="there is no npm, or no Linux")
def test_microsofts_validator_has_no_complaint(tmp_path: Path) -> None:
    """SARIF's own validator with the rules of GitHub's code scanning: no error and no warning."""

    def fetch(place: Path) -> None:
        place.mkdir()
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", MULTITOOL]
        done = subprocess.run(command, cwd=place, env={**os.environ, "HOME": str(place)}, timeout=300, check=False)
        if done.returncode:
            pytest.skip("the validator cannot be fetched here")

    (tool,) = session.once("multitool", fetch).glob("node_modules/@microsoft/*/Sarif.Multitool")
    tool.chmod(0o755)
    damaged(tmp_path / "shop")
    (tmp_path / "report.sarif").write_text(json.dumps(scanned(tmp_path / "shop", tmp_path, "sarif", ".")))
    command = [str(tool), "validate", "report.sarif", "--rule-kind", "Sarif;Ghas;Gh", "--level", "Error;Warning"]
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert "Analysis completed successfully" in done.stdout, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if " error " in line or " warning " in line]
    assert told == []
