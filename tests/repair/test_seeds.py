"""The pip and setuptools that venv put into an environment, where the Python that takes over cannot run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.patients import dangle
from tests.support.pythons import Python, pythons
from tests.support.trees import picture
from venvdoctor.cli._main import run

if TYPE_CHECKING:
    from pathlib import Path

NEEDY = {"needy/__init__.py": "import pkg_resources\n"}


@pytest.fixture
def newer() -> Python:
    """The Python that takes over: one that removed what old seeds use."""
    found = pythons("3.12", "3.13")
    return found[-1] if found else pytest.skip("no CPython 3.12 or 3.13 is here")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of a Python below 3.12 that is gone, seeded as that one's venv does; nothing is cached."""
    found = pythons("3.10", "3.11")
    if not found:
        pytest.skip("no CPython 3.10 or 3.11 is here")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(tmp_path / "house"))
        monkeypatch.setenv(f"{tool}_CACHE_DIR", str(tmp_path / f"{tool}-cache"))
    env = envs.make_venv(found[-1], tmp_path / "env")
    modules = {
        "setuptools/__init__.py": "import pkg_resources\n",
        "pkg_resources/__init__.py": "raise AttributeError\n",
    }
    wheels.install(envs.site_packages(env), "setuptools", "65.5.0", files=modules)
    dangle(env)
    return env


def fix(env: Path, newer: Python, *words: str) -> int:
    return run(["fix", str(env), "--offline", "--python", newer.path, *words])


def test_an_old_seed_that_nothing_needs_is_left_out(
    old: Path, newer: Python, capsys: pytest.CaptureFixture[str]
) -> None:
    wheels.install(envs.site_packages(old), "pure", "1.0", requires=['setuptools; extra == "build"'])
    before = picture(old)
    assert fix(old, newer, "--yes") == 0
    assert "setuptools==65.5.0 is left out" in capsys.readouterr().out
    names = {path.name for path in (old / f"lib/python{newer.series}/site-packages").iterdir()}
    assert "pure-1.0.dist-info" in names
    assert not names & {"setuptools", "pkg_resources"}
    assert run(["undo"]) == 0
    assert picture(old) == before


def test_one_that_a_package_declares_is_not(old: Path, newer: Python, capsys: pytest.CaptureFixture[str]) -> None:
    wheels.install(envs.site_packages(old), "pure", "1.0", requires=["Setuptools>=40"])
    before = picture(old)
    assert fix(old, newer, "--yes") == 1
    assert "only the network has setuptools>=67,<82; run it without --offline" in capsys.readouterr().out
    assert picture(old) == before


@pytest.mark.parametrize("module", ["pkg_resources", "setuptools.command", "distutils"])
def test_what_imports_one_undeclared_is_noticed(
    old: Path, newer: Python, module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"needy/__init__.py": f"import {module}\n"}
    wheels.install(envs.site_packages(old), "needy", "1.0", files=files)
    before = picture(old)
    assert fix(old, newer, "--yes") == 1
    assert "after the repair needy does not load: ModuleNotFoundError" in capsys.readouterr().out
    assert picture(old) == before


def test_the_newer_one_that_is_here_takes_its_place(
    old: Path, newer: Python, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("66.0", "70.1", "82.0"):
        wheels.make_wheel(tmp_path / "house", "setuptools", version, files={"pkg_resources/__init__.py": ""})
    wheels.install(envs.site_packages(old), "needy", "1.0", files=NEEDY)
    assert fix(old, newer, "--yes") == 0
    out = capsys.readouterr().out
    assert "1 from the local cache: setuptools>=67,<82\n" in out
    assert (old / f"lib/python{newer.series}/site-packages/setuptools-70.1.dist-info").is_dir()


def test_the_pip_that_the_new_python_brings_takes_the_place_of_an_old_one(
    old: Path, newer: Python, capsys: pytest.CaptureFixture[str]
) -> None:
    if not newer.ensurepip:
        pytest.skip("that Python brings no pip along")
    wheels.install(envs.site_packages(old), "pip", "20.0", files={"pip/__init__.py": ""})
    assert fix(old, newer, "--yes") == 0
    assert "pip>=23.2" in capsys.readouterr().out
    (info,) = (old / f"lib/python{newer.series}/site-packages").glob("pip-*.dist-info")
    assert info.name > "pip-23.2"
