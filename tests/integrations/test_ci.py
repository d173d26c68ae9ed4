"""The GitHub Action and the GitLab job: their own steps, run by a small runner with the semantics they rely on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import make
from tests.support import session

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "integrations/github-action"
GONE = "/opt/hostedtoolcache/Python/3.11.4/x64/bin/python3.11"

pytestmark = [pytest.mark.real, pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")]


def loaded(path: Path) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


class Runner:
    """Runs the `run` steps of a composite action as GitHub's runner does: bash -eo pipefail, inputs by expression."""

    def __init__(self, work: Path, temp: Path) -> None:
        self.action = loaded(ACTION / "action.yml")
        self.work, self.temp = work, temp
        self.files = {name: work / f".{name.lower()}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    def expand(self, text: str, inputs: dict[str, str]) -> str:
        known = {"github.action_path": str(ACTION), "runner.temp": str(self.temp)}
        known |= {
            f"inputs.{name}": inputs.get(name, given.get("default", ""))
            for name, given in self.action["inputs"].items()
        }
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: known[found[1]], text)

    def run(self, name: str, **inputs: str) -> tuple[int, str, dict[str, str]]:
        """Run the one step of this name; return its exit code, what it printed, and the outputs."""
        step = next(item for item in self.action["runs"]["steps"] if name in (item.get("id"), item["name"].split()[0]))
        given = {key.replace("_", "-"): value for key, value in inputs.items()}
        for file in self.files.values():
            file.write_text("")
        environ = {
            "PATH": os.environ["PATH"], "HOME": str(self.work), "GITHUB_WORKSPACE": str(self.work), "LC_ALL": "C.UTF-8",
            **{key: str(value) for key, value in self.files.items()},
            **{key: self.expand(value, given) for key, value in step["env"].items()},
        }  # fmt: skip
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=self.work, env=environ, capture_output=True, text=True, timeout=600, check=False
        )
        outputs = dict(line.split("=", 1) for line in self.files["GITHUB_OUTPUT"].read_text().splitlines())
        return done.returncode, done.stdout + done.stderr, outputs


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner whose first step, the installation, has been done once for all tests."""

    def install(place: Path) -> None:
        place.mkdir()
        code, out, _ = Runner(place, place).run("Install", python=sys.executable)
        if code and ("No matching distribution" in out or "onnection" in out or "No module named pip" in out):
            pytest.skip("venvdoctor's dependencies cannot be fetched here")
        assert code == 0, out

    temp = session.once("action", install)
    return Runner(tmp_path, temp)


def test_the_action_annotates_and_fails(runner: Runner) -> None:
    make(runner.work / "a b", GONE)
    code, out, outputs = runner.run("scan", python=sys.executable)
    assert (code, outputs["outcome"]) == (1, "findings"), out
    assert re.search(r"^::error file=a b/\.venv/bin/python.*VD101", out, re.MULTILINE), out
    assert "is gone" in runner.files["GITHUB_STEP_SUMMARY"].read_text()
    sarif = json.loads((runner.work / "venvdoctor.sarif").read_text())
    assert sarif["version"] == "2.1.0"
    code, out, outputs = runner.run("scan", python=sys.executable, fail_on="never", sarif="")
    assert (code, outputs["outcome"]) == (0, "healthy"), out


def test_a_path_is_a_path_and_no_shell(runner: Runner) -> None:
    hostile = runner.work / "$(touch pwned) `touch pwned`; touch pwned"
    make(hostile, GONE)
    code, out, _ = runner.run("scan", python=sys.executable, paths=f"{hostile}\n")
    assert code == 1, out
    assert not (runner.work / "pwned").exists()


LURES = ("venvdoctor/__init__.py", "typer.py", "json.py", "pip.py", "runpy.py", "shlex.py", "sitecustomize.py")


def bait(work: Path) -> Path:
    """Put modules into a checkout that leave a mark when they are imported; return the mark."""
    mark = work.parent / "imported"
    for name in LURES:
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(f"open({str(mark)!r}, 'a').write({name!r})\nraise SystemExit('imported')\n")
    return mark


def test_nothing_is_imported_from_the_checkout(runner: Runner) -> None:
    make(runner.work, GONE)
    mark = bait(runner.work)
    code, out, _ = runner.run("scan", python=sys.executable)
    assert code == 1, out
    assert not mark.exists(), mark.read_text()


def test_no_python_is_started_that_looks_into_the_checkout() -> None:
    """`-I` keeps the working directory off the import path, for pip as well."""
    scripts = [step.get("run", "") for step in loaded(ACTION / "action.yml")["runs"]["steps"]]
    scripts += loaded(ROOT / "integrations/gitlab/venvdoctor.yml")["venvdoctor"]["script"]
    starts = [after for text in scripts for after in re.split(r'"\$PYTHON"|\bpython3 (?=-)', text)[1:]]
    assert len(starts) == 4
    assert all(after.lstrip().startswith("-I ") for after in starts), starts


def test_every_input_reaches_a_shell_through_a_variable_only() -> None:
    for step in loaded(ACTION / "action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "an expression in a script is an injection"


def test_a_stale_cache_is_told_and_can_be_made_anew(runner: Runner) -> None:
    """actions/setup-python#182: the cache brings .venv back, and the runner's Python has moved on since."""
    code, _, outputs = runner.run("scan", python=sys.executable, paths=".venv", gate="true")
    assert (code, outputs["outcome"]) == (0, "empty"), "no cache yet"
    make(runner.work, GONE)
    code, out, outputs = runner.run("scan", python=sys.executable, paths=".venv", gate="true")
    assert (code, outputs["outcome"]) == (0, "findings")
    assert GONE in out
    remake = [sys.executable, "-m", "venv", "--without-pip", "--clear", ".venv"]
    subprocess.run(remake, cwd=runner.work, check=True, timeout=120)
    code, out, outputs = runner.run("scan", python=sys.executable, paths=".venv", gate="true")
    assert (code, outputs["outcome"]) == (0, "healthy"), out


def test_the_gitlab_job(tmp_path: Path) -> None:
    job = loaded(ROOT / "integrations/gitlab/venvdoctor.yml")["venvdoctor"]
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tools / "python3").chmod(0o755)
    work = make(tmp_path / "work", GONE)
    mark = bait(work)
    variables = {**job["variables"], "VENVDOCTOR_SOURCE": str(ROOT), "CI_PROJECT_DIR": str(work)}
    environ = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
        cwd=work,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if "No matching distribution" in done.stderr or "onnection" in done.stderr or "No module named pip" in done.stderr:
        pytest.skip("venvdoctor's dependencies cannot be fetched here")
    assert not mark.exists(), mark.read_text()
    assert done.returncode == 1, done.stderr
    assert "The environment is broken." in done.stdout
    reports = job["artifacts"]["reports"]
    assert json.loads((work / reports["codequality"]).read_text())[0]["check_name"].startswith("VD101")
    assert "VD101" in (work / reports["junit"]).read_text()
