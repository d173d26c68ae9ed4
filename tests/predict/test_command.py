"""`venvdoctor predict` as users meet it: words, exit codes, JSON to its schema; it starts nothing and writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.predict.oracle import foretell
from tests.support.envs import make_venv, site_packages
from tests.support.pythons import python, relocatable_copy
from tests.support.wheels import install
from venvdoctor import schemas

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pythons import Python

pytestmark = pytest.mark.real


@pytest.fixture
def ground(tmp_path: Path, home: Path) -> tuple[Python, Path]:
    """A private interpreter, and an environment on it."""
    base = relocatable_copy(python().series, tmp_path / "usr")
    env = make_venv(base, home / "project" / "my env")
    install(site_packages(env), "demo", "1.0")
    return base, env


def run(*words: str | Path, text: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "venvdoctor", "predict", *map(str, words)]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables, input=text)


def test_what_breaks_is_told_with_the_command(ground: tuple[Python, Path], tmp_path: Path) -> None:
    _, env = ground
    done = run(env, "--without", tmp_path / "usr")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("The change breaks 1 of 1 environment")
    assert f"venvdoctor fix '{env}'" in done.stdout or "Lost (1)" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if str(tmp_path) not in line) <= 80


def test_what_survives_is_told(ground: tuple[Python, Path], tmp_path: Path) -> None:
    (tmp_path / "unrelated").mkdir()
    done = run(ground[1], "--without", tmp_path / "unrelated")
    assert (done.returncode, done.stdout) == (0, "The environment survives.\n")


def test_the_environment_itself_may_go(ground: tuple[Python, Path]) -> None:
    done = run(ground[1], "--without", ground[1])
    assert done.returncode == 1
    assert "is gone with what is taken away" in done.stdout


@pytest.mark.parametrize("words", [
    (), ("--without", "/nonexistent/x"), ("--python", "3.11"), ("--python", "=3.13"), ("--python", "2.2=3.13"),
    ("--python", "/etc/passwd=3.13"), ("--os-root", "/nonexistent"), ("--from", "/nonexistent"), ("--from", "/etc/passwd"),
    ("--without", "/"), ("--apt", "-"), ("--python", "/bin/sh=/bin/sh"), ("--without", "/etc/passwd", "--format", "yaml"),
], ids=" ".join)  # fmt: skip
def test_wrong_usage_is_a_sentence(ground: tuple[Python, Path], words: tuple[str, ...]) -> None:
    done = run(ground[1], *words)
    assert done.returncode == 2, done
    assert done.stderr.startswith("venvdoctor: ")
    assert "Traceback" not in done.stderr


def test_apts_words_are_read_from_a_pipe(ground: tuple[Python, Path], tmp_path: Path) -> None:
    nothing = "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
    assert run(ground[1], "--apt", text=nothing).returncode == 0
    (tmp_path / "saved").write_text(nothing)
    assert run(ground[1], "--from", tmp_path / "saved").returncode == 0
    assert run(ground[1], "--apt", text="nonsense\n").returncode == 2


def test_json_keeps_to_its_schema(ground: tuple[Python, Path], tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    report, schema = json.loads(schemas.read()), json.loads(schemas.read("prediction-v1.json"))
    registry = referencing.Registry().with_contents([(report["$id"], report)])
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    version = python().series
    for words in (("--without", tmp_path / "usr"), ("--python", f"{version}=3.99"), ("--without", ground[1])):
        data = json.loads(run(ground[1], *words, "--format", "json").stdout)
        validator.validate(data)
        assert data["schema_version"] == 1
        assert data["environments"][0]["outcome"] != "survives"


@pytest.mark.parametrize("name", ["markdown", "sarif", "junit", "html", "github", "jsonl"])
def test_other_formats_show_what_the_change_brings(name: str, ground: tuple[Python, Path], tmp_path: Path) -> None:
    done = run(ground[1], "--without", tmp_path / "usr", "--format", name)
    assert done.returncode == 1, done.stderr
    assert "VD1" in done.stdout


def test_several_outputs(ground: tuple[Python, Path], tmp_path: Path) -> None:
    done = run(ground[1], "--without", tmp_path / "usr", "--output", f"json:{tmp_path}/p.json", "--format", "text")
    assert done.stdout.startswith("The change breaks")
    assert json.loads((tmp_path / "p.json").read_text())["change"] == {"without": [str(tmp_path / "usr")]}


def tree(root: Path) -> dict[str, tuple[Any, ...]]:
    """Everything below a directory with its times."""
    found = {}
    for path in [root, *root.rglob("*")]:
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


@pytest.mark.usefixtures("ground")
def test_nothing_is_started_and_nothing_is_written(tmp_path: Path) -> None:
    before = tree(tmp_path)
    seen: list[tuple[str, Any]] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if not seen and watching and (event in STARTS or (event == "open" and _writes(arguments))):
            seen.append((event, arguments))

    watching = [True]
    sys.addaudithook(watch)
    try:
        result = foretell(tmp_path / "home", without=(tmp_path / "usr",))
    finally:
        watching.clear()
    assert seen == []
    assert result["environments"][0]["outcome"] != "survives"
    assert tree(tmp_path) == before


STARTS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.rename",
    "os.remove",
    "os.mkdir",
)


def _writes(arguments: tuple[Any, ...]) -> bool:
    return bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) and not str(arguments[0]).endswith(".pyc")


def test_more_environments_than_one_process_examines(tmp_path: Path, home: Path) -> None:
    """The interpreters that only workers met are known by version too."""
    base = relocatable_copy(python().series, tmp_path / "usr")
    first = make_venv(base, home / "envs" / "0")
    for number in range(1, 28):
        shutil.copytree(first, home / "envs" / str(number), symlinks=True)
    result = foretell(home / "envs", pythons=(f"{base.series}=3.99",))
    assert len(result["environments"]) == 28
    assert {entry["after"] for entry in result["environments"]} <= {"healthy", "broken"}
    assert all(entry["findings"] for entry in result["environments"])


def test_an_interpreter_is_safe_to_remove_where_its_removal_breaks_nothing(ground: tuple[Python, Path]) -> None:
    from venvdoctor import inquiry
    from venvdoctor.api import ScanRequest
    from venvdoctor.config import Config

    base, env = ground
    _, found = inquiry.interpreters(ScanRequest(paths=(str(env),)), Config())
    for item in found:
        result = foretell(env, without=(item["path"],))
        breaks = [entry["path"] for entry in result["environments"] if entry["outcome"] != "survives"]
        assert breaks == item["environments"] == [str(env)]
        assert item["removal"].startswith("not safe to remove")
    assert [item["path"] for item in found] == [base.executable]
