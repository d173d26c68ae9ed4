"""venvdoctor.pyz: built by its one command, run by every CPython that is here, without anything installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import make
from tests.support import session
from tests.support.pythons import pythons
from venvdoctor.cli._main import overview

if TYPE_CHECKING:
    from tests.support.pythons import Python

ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "integrations/pyz/build.py"
FOUND = {python.series: python for python in pythons() if python.implementation == "cpython" and not python.debug}
NEW = [python for python in FOUND.values() if python.version >= (3, 10)]
OLD = [python for python in FOUND.values() if python.version < (3, 10)]

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pyz() -> Path:
    """The file, built once for all workers."""
    builder = next((python for python in NEW if python.ensurepip), None)
    asked = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    maker = sys.executable if not asked.returncode else builder.path if builder else None
    if maker is None:
        pytest.skip("no Python here has pip")
    return session.once("pyz", lambda place: _build(place, maker)) / "venvdoctor.pyz"


def _build(place: Path, maker: str) -> None:
    place.mkdir()
    chosen = [f"--bytecode={python.path}" for python in NEW[:2]]  # the others run from source: that must work too
    done = subprocess.run(
        [maker, str(BUILDER), "--output", str(place / "venvdoctor.pyz"), *chosen],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode and ("No matching distribution" in done.stderr or "Connection" in done.stderr):
        pytest.skip("the dependencies cannot be fetched here")
    assert done.returncode == 0, done.stderr


def run(python: str, pyz: Path, *arguments: str, home: Path, **variables: str) -> tuple[int, str, str]:
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables}
    command = [python, "-W", "error", str(pyz), *arguments]
    done = subprocess.run(command, env=environ, cwd=home, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def timeless(text: str) -> dict[str, Any]:
    report = json.loads(text)
    report["scan"] |= {"started_at": "", "duration_s": 0}
    return report


@pytest.mark.parametrize("python", NEW, ids=lambda python: python.series)
def test_it_runs_on(python: Python, pyz: Path, tmp_path: Path) -> None:
    project = make(tmp_path / "sick", "/nowhere/bin/python3.11")
    (tmp_path / "venvdoctor.toml").write_text('[ignore]\nVD206 = "known"\n')  # read without tomllib on 3.10
    code, out, err = run(python.path, pyz, "scan", str(project), "--no-cache", "--format", "json", home=tmp_path)
    assert (code, err) == (1, "")
    environ = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "venvdoctor", "scan", str(project), "--no-cache", "--format", "json"]
    direct = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert timeless(out) == timeless(direct.stdout)
    assert run(python.path, pyz, "--help", home=tmp_path)[:2] == (0, overview())
    for arguments in (["scan", "-h"], ["explain", "VD101"], ["schema"], ["hook", "-h"]):
        code, out, err = run(python.path, pyz, *arguments, home=tmp_path)
        assert (code, err) == (0, "")
        assert len(out) > 200
    code, out, err = run(python.path, pyz, "scan", str(project), "--format", "html", home=tmp_path)
    assert "</html>" in out, "its style and script are read from within the archive"


@pytest.mark.parametrize("python", OLD, ids=lambda python: python.series)
def test_an_older_python_is_told_what_is_missing(python: Python, pyz: Path, tmp_path: Path) -> None:
    code, out, err = run(python.path, pyz, "scan", home=tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith(f"venvdoctor: this is Python {python.series}; version 3.10 or later is needed\nhint: ")


def test_a_sick_module_search_path_does_not_reach_it(pyz: Path, tmp_path: Path) -> None:
    poison = tmp_path / "poison"
    poison.mkdir()
    for name in ("json", "typing_extensions", "typer", "packaging", "pkgutil"):
        (poison / f"{name}.py").write_text("raise SystemExit('poisoned')\n")
    project = make(tmp_path / "sick", "/nowhere/bin/python3.11")
    code, out, err = run(NEW[0].path, pyz, "scan", str(project), home=tmp_path, PYTHONPATH=str(poison))
    assert (code, err) == (1, "")
    assert "The environment is broken." in out
    assert re.search(rf"Next: \S*python3\S* {re.escape(str(pyz))} fix --dry-run", out), "it can be copied"


def test_it_finds_its_members_and_forks_from_the_archive(pyz: Path, tmp_path: Path) -> None:
    for index in range(60):
        make(tmp_path / f"p{index}", "/nowhere/bin/python3.11")
    place = tmp_path / "a directory with spaces"
    place.mkdir()
    moved = shutil.copy(pyz, place / "doctor")  # no suffix, another place: nothing depends on the name
    code, out, err = run(
        NEW[-1].path, Path(moved), "scan", str(tmp_path), "--jobs", "2", "--no-cache", "--format", "json", home=tmp_path
    )
    assert (code, err) == (1, "")
    assert json.loads(out)["summary"]["broken"] == 60


def test_it_diagnoses_the_environment_that_venvdoctor_is_installed_in(pyz: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(own)], check=True, timeout=120)
    site = next((own / "lib").glob("python3.*/site-packages"))
    with zipfile.ZipFile(pyz) as archive:
        for name in (name for name in archive.namelist() if name.startswith("lib/")):
            target = site / name.removeprefix("lib/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
    script = own / "bin/venvdoctor"
    script.write_text(f"#!{own}/bin/python\nfrom venvdoctor.__main__ import main\nraise SystemExit(main())\n")
    script.chmod(0o755)
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    itself = subprocess.run([script, "scan", own, "--fail-on", "never"], env=environ, capture_output=True, check=False)
    assert itself.returncode == 0, itself.stderr
    for name in os.listdir(own / "bin"):
        if name.startswith("python"):
            (own / "bin" / name).unlink()
    (own / "bin/python").symlink_to("/nowhere/bin/python3")
    with pytest.raises(FileNotFoundError):
        subprocess.run([script, "scan", own], env=environ, check=False)
    code, out, _ = run(NEW[0].path, pyz, "scan", str(own), "--format", "json", home=tmp_path)
    assert code == 1
    assert "VD101" in {item["code"] for item in json.loads(out)["environments"][0]["findings"]}


def test_nothing_in_it_is_compiled_for_one_machine(pyz: Path) -> None:
    with zipfile.ZipFile(pyz) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.endswith((".so", ".pyd", ".exe"))]
    assert {name.split("/")[1] for name in names if name.startswith("lib/")} >= {
        "venvdoctor",
        "typer",
        "packaging",
        "installer",
        "tomli",
    }
    assert not [name for name in names if name.startswith(("/", "..")) or "__pycache__" in name]
