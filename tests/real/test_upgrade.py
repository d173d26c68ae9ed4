"""A real upgrade under live environments: what running them shows is what `scan` says without running them."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import make_environment, must, run, site_packages, starts, truth, uv, wheelhouse
from tests.support.oracle import agree
from tests.support.pythons import copyable, relocatable_copy, system_copy
from tests.support.scanning import codes, environment, scan
from tests.support.wheels import install, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pythons import Python

pytestmark = pytest.mark.real

TOOLS = ("venv", "venv-copies", "venv-system", "virtualenv", "virtualenv-copies", "uv")
SERIES = copyable("3.9", "3.13")
STEPS = list(itertools.pairwise(SERIES)) + ([(SERIES[0], SERIES[-1])] if len(SERIES) > 2 else [])


def populate(env: Path) -> Path:
    """Install a made-up application with a command and a dependency."""
    site, own = site_packages(env), str(env / "bin" / "python")
    install(site, "demo-thing", "1.0")
    install(
        site,
        "demo-app",
        "2.0",
        bin_dir=env / "bin",
        shebang=own,
        requires=["demo-thing>=1"],
        scripts={"demo": "demo_app:main"},
        files={"demo_app/__init__.py": "def main():\n    import demo_thing\n    return 0\n"},
    )
    return env


def make_all(root: Path, base: Python, command: str, tools: tuple[str, ...] = TOOLS) -> dict[str, Path]:
    """Make an environment with each tool that serves this interpreter, started by one of its names."""
    name = str(root / "usr" / "bin" / command)
    made = {}
    for tool in tools:
        try:
            made[tool] = populate(make_environment(tool, name, root / "envs" / f"{tool}-{command}"))
        except pytest.skip.Exception:
            continue
    assert made, base
    return made


def remove_series(usr: Path, series: str, *, library: bool = True) -> None:
    """Remove what a package manager removes with an old interpreter (user files below it stay in real life too)."""
    for path in [*usr.glob(f"bin/python{series}*"), *usr.glob(f"lib/libpython{series}*")]:
        path.unlink()
    if library:
        shutil.rmtree(usr / "lib" / f"python{series}")


def check(envs: dict[str, Path], root: Path) -> dict[str, str]:
    """Scan once, and compare every environment with the truth."""
    report = scan(root / "envs")
    return {
        tool: agree(env, environment(report, env), ["demo_thing", "demo_app"], ["demo"]) for tool, env in envs.items()
    }


@pytest.mark.parametrize("series", SERIES)
def test_before_anything_happens_all_is_well(series: str, tmp_path: Path) -> None:
    base = relocatable_copy(series, tmp_path / "usr")
    envs = make_all(tmp_path, base, "python3")
    assert set(check(envs, tmp_path).values()) == {"healthy"}


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_another_minor_version_behind_the_same_name(old: str, new: str, tmp_path: Path) -> None:
    base = relocatable_copy(old, tmp_path / "usr")
    envs = make_all(tmp_path, base, "python3")
    relocatable_copy(new, tmp_path / "usr")
    check(envs, tmp_path)  # the old one is still installed, as right after a distribution upgrade
    remove_series(tmp_path / "usr", old)
    shown = check(envs, tmp_path)  # a copy may live on with the system's libpython of its series
    assert "healthy" not in {shown[tool] for tool in envs if not tool.endswith("-copies")}
    if "venv" in envs:
        found = environment(scan(envs["venv"]), envs["venv"])
        assert "VD201" in codes(found, "error")
        assert found["python"]["actual_version"].startswith(new + ".")


@pytest.mark.parametrize("series", SERIES)
def test_the_versioned_name_goes(series: str, tmp_path: Path) -> None:
    other = SERIES[-1] if series != SERIES[-1] else SERIES[0]
    base = relocatable_copy(series, tmp_path / "usr")
    envs = make_all(tmp_path, base, f"python{series}")
    relocatable_copy(other, tmp_path / "usr")
    assert set(check(envs, tmp_path).values()) == {"healthy"}
    remove_series(tmp_path / "usr", series)
    shown = check(envs, tmp_path)
    assert {shown[tool] for tool in envs if not tool.endswith("-copies")} == {"broken"}
    report = scan(tmp_path / "envs")
    links = [tool for tool in envs if not starts(envs[tool]) and (envs[tool] / "bin" / "python").is_symlink()]
    causes = [cause for cause in report["causes"] if {str(envs[tool]) for tool in links} <= set(cause["environments"])]
    assert len(causes) >= 1, report["causes"]


def test_another_patch_version_behind_the_same_name(tmp_path: Path) -> None:
    new = system_copy(tmp_path / "probe")
    if new.series not in SERIES:
        pytest.skip(f"no second CPython {new.series} here that can be copied")
    old = relocatable_copy(new.series, tmp_path / "usr")
    if old.version == new.version:
        pytest.skip("both have the same patch version")
    envs = make_all(tmp_path, old, "python3")
    remove_series(tmp_path / "usr", old.series)
    system_copy(tmp_path / "usr")
    shown = check(envs, tmp_path)
    assert shown["venv"] == "healthy"
    found = environment(scan(envs["venv"]), envs["venv"])
    assert found["python"]["recorded_version"] == old.text
    assert found["python"]["actual_version"] == new.text
    assert codes(found, "error") == []


def test_pipx_survives_or_dies_as_told(tmp_path: Path) -> None:
    old, new = SERIES[-2], SERIES[-1]
    relocatable_copy(old, tmp_path / "usr")
    house = wheelhouse("pip", "setuptools", "wheel")
    wheel = make_wheel(
        tmp_path,
        "demo-app",
        "2.0",
        scripts={"demo": "demo_app:main"},
        files={"demo_app/__init__.py": "def main():\n    return 0\n"},
    )
    home = tmp_path / "envs"
    settings = {"PIPX_HOME": str(home), "PIPX_BIN_DIR": str(tmp_path / "bin"), "PIPX_DEFAULT_BACKEND": "pip"}
    settings |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(house), "HOME": str(tmp_path), "USE_EMOJI": "0"}
    import sys

    done = run([sys.executable, "-m", "pipx", "install", "--python", tmp_path / "usr/bin/python3", wheel], **settings)
    if not done.ok:
        pytest.skip(f"pipx cannot install here: {done.err[-300:]}")
    env = home / "venvs" / "demo-app"
    must([tmp_path / "bin" / "demo"])
    assert agree(env, environment(scan(home), env), ["demo_app"], ["demo"]) == "healthy"
    assert environment(scan(home), env)["manager"] == "pipx"
    relocatable_copy(new, tmp_path / "usr")
    remove_series(tmp_path / "usr", old)
    assert agree(env, environment(scan(home), env), ["demo_app"], ["demo"]) == "broken"


def test_uv_links_its_packages_out_of_the_cache(tmp_path: Path) -> None:
    base = relocatable_copy(SERIES[-1], tmp_path / "usr")
    wheel = make_wheel(tmp_path, "demo-thing", "1.0")
    cache = tmp_path / "cache"
    made = {}
    for mode in ("hardlink", "copy", "symlink"):
        env = tmp_path / "envs" / mode
        uv("venv", "-q", "-p", base.path, env)
        uv("pip", "install", "-q", "--offline", "-p", env, "--link-mode", mode, wheel, UV_CACHE_DIR=str(cache))
        made[mode] = env
    assert all(truth(env) for env in made.values())
    for env in made.values():
        assert agree(env, environment(scan(env), env), ["demo_thing"]) == "healthy"
    shutil.rmtree(cache)
    shown = {
        mode: agree(env, environment(scan(env), env), ["demo_thing; demo_thing.VERSION"]) for mode, env in made.items()
    }
    assert shown["hardlink"] == shown["copy"] == "healthy"
    assert shown["symlink"] != "healthy"
