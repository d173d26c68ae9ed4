"""Predict, then do it, then scan: what was said before a change is the diagnosis made after it, word for word."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.predict.oracle import agree, facts, foretell
from tests.support import session
from tests.support.envs import make_environment, make_virtualenv, run, site_packages, starts, uv
from tests.support.pythons import copyable, python, relocatable_copy
from tests.support.scanning import scan
from tests.support.wheels import install, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pythons import Python

pytestmark = pytest.mark.real

TOOLS = ("venv", "venv-copies", "venv-system", "virtualenv", "uv")
SERIES = copyable("3.9", "3.13")
OLD, NEW = (SERIES[0], SERIES[-1]) if len(SERIES) > 1 else ("3.9", "3.13")


def populate(env: Path) -> Path:
    """Install an application with a dependency, and one that imports what the standard library lost."""
    site, own = site_packages(env), str(env / "bin" / "python")
    install(site, "demo-thing", "1.0")
    code = "def main():\n    import demo_thing\n    return 0\n"
    scripts = {"demo": "demo_app:main"}
    install(site, "demo-app", "2.0", bin_dir=env / "bin", shebang=own, requires=["demo-thing>=1"], scripts=scripts,
            files={"demo_app/__init__.py": code})  # fmt: skip
    install(site, "old-thing", "1.0", files={"old_thing.py": "import asyncore\n"})
    return env


def make_all(root: Path, base: Python, *names: str) -> dict[str, Path]:
    """Make environments with each tool that serves this interpreter, by each of its names."""
    made = {}
    for name in names:
        for tool in TOOLS:
            try:
                place = root / "envs" / f"{tool}-{name}"
                made[place.name] = populate(make_environment(tool, str(root / "usr" / "bin" / name), place))
            except pytest.skip.Exception:
                continue
    assert made, base
    return made


def broken(envs: dict[str, Path]) -> set[str]:
    """Return the environments that do not start, or do not import what was installed, by running them."""
    return {name for name, env in envs.items() if not run([env / "bin" / "demo"]).ok}


def breaking(outcomes: dict[str, str]) -> set[str]:
    """Return the environments that the prediction says will break."""
    return {name for name, outcome in outcomes.items() if outcome in ("relinks", "rebuilds", "lost")}


@pytest.fixture
def ground(tmp_path: Path) -> tuple[Path, Python, dict[str, Path]]:
    """A private interpreter under two names, and environments on both."""
    base = relocatable_copy(OLD, tmp_path / "usr")
    return tmp_path, base, make_all(tmp_path, base, "python3", f"python{OLD}")


def test_an_interpreter_is_removed(ground: tuple[Path, Python, dict[str, Path]]) -> None:
    root, base, envs = ground
    result = foretell(root / "envs", without=(root / "usr",))
    shutil.rmtree(root / "usr")
    outcomes = agree(result, scan(root / "envs"))
    assert breaking(outcomes) == broken(envs) == set(envs)
    alone = foretell(envs["venv-python3"])
    assert [entry["outcome"] for entry in alone["environments"]] == ["survives"]
    assert base.series == OLD


def test_only_the_standard_library_is_removed(ground: tuple[Path, Python, dict[str, Path]]) -> None:
    root, _, envs = ground
    stdlib = root / "usr" / "lib" / f"python{OLD}"
    result = foretell(root / "envs", without=(stdlib,))
    shutil.rmtree(stdlib)
    assert breaking(agree(result, scan(root / "envs"))) == broken(envs) == set(envs)


@pytest.mark.skipif(len(SERIES) < 2, reason="two CPythons that can be copied are needed")
def test_the_unversioned_name_leads_to_another_minor_version(ground: tuple[Path, Python, dict[str, Path]]) -> None:
    root, _, envs = ground
    relocatable_copy(NEW, root / "usr" / "next")
    new = root / "usr" / "next" / "bin" / f"python{NEW}"
    name = root / "usr" / "bin" / "python3"
    result = foretell(root / "envs", pythons=(f"{name}={new}",))
    name.unlink()
    name.symlink_to(new)
    assert breaking(agree(result, scan(root / "envs"))) == broken(envs)


@pytest.mark.skipif(len(SERIES) < 2, reason="two CPythons that can be copied are needed")
def test_a_minor_upgrade_in_place(ground: tuple[Path, Python, dict[str, Path]]) -> None:
    """Nothing of the new version is there yet: codes, places and severities agree; its patch level is not known."""
    root, _, envs = ground
    result = foretell(root / "envs", pythons=(f"{OLD}={NEW}",))
    fresh = relocatable_copy(NEW, root / "usr")
    (root / "usr" / "bin" / f"python{OLD}").unlink()
    shutil.rmtree(root / "usr" / "lib" / f"python{OLD}")
    for path in (root / "usr" / "lib").glob(f"libpython{OLD}*"):
        path.unlink()
    outcomes = agree(result, scan(root / "envs"), loosely=True)
    links = {name for name in envs if "copies" not in name}
    assert breaking(outcomes) & links == broken(envs) & links == links
    made = {entry["path"]: entry for entry in result["environments"]}[str(envs["venv-python3"])]
    assert made["outcome"] in ("rebuilds", "relinks")
    if made["outcome"] == "rebuilds":
        assert made["packages"]["lacking"] == ["old-thing==1.0"]
    assert fresh.series == NEW


def test_a_patch_upgrade_in_place_breaks_nothing(ground: tuple[Path, Python, dict[str, Path]]) -> None:
    root, base, envs = ground
    newer = f"{base.series}.{base.version[2] + 1}"
    result = foretell(root / "envs", pythons=(f"{base.series}={newer}",))
    assert {entry["outcome"] for entry in result["environments"]} == {"survives"}
    said = {env["python"]["actual_version"] for env in facts(result["after"]).values()}
    assert newer in said
    assert all(starts(env) for env in envs.values())


def test_a_library_that_an_extension_module_loads_is_removed(tmp_path: Path) -> None:
    """The interpreter's own libpython: those that load it cannot start."""
    base = relocatable_copy(OLD, tmp_path / "usr")
    libraries = [path for path in (tmp_path / "usr" / "lib").glob("libpython*") if not path.is_symlink()]
    if not libraries:
        pytest.skip("this interpreter is static")
    envs = make_all(tmp_path, base, "python3")
    result = foretell(tmp_path / "envs", without=tuple(libraries))
    for path in libraries:
        path.unlink()
    assert breaking(agree(result, scan(tmp_path / "envs"))) == broken(envs)


def test_the_cache_that_uv_links_into_is_purged(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo-app", "1.0", files={"demo_app/__init__.py": "def main(): return 0\n"},
                       scripts={"demo": "demo_app:main"})  # fmt: skip
    cache, base = tmp_path / "cache", python()
    envs = {}
    for mode in ("symlink", "copy"):
        envs[mode] = tmp_path / "envs" / mode
        uv("venv", "-q", "-p", base.path, envs[mode])
        uv("pip", "install", "-q", "--offline", "--link-mode", mode, "-p", envs[mode] / "bin" / "python", wheel,
           UV_CACHE_DIR=str(cache))  # fmt: skip
    result = foretell(tmp_path / "envs", without=(cache,))
    shutil.rmtree(cache)
    outcomes = agree(result, scan(tmp_path / "envs"))
    assert breaking(outcomes) == broken(envs) == {"symlink"}
    entry = next(item for item in result["environments"] if item["outcome"] != "survives")
    assert entry["outcome"] == "rebuilds"
    assert entry["packages"]["another_build"] == ["demo_app==1.0"]
    assert entry["repair"]["command"] == f"venvdoctor fix {envs['symlink']}"


def test_the_app_data_that_virtualenv_links_into_is_purged(tmp_path: Path) -> None:
    base = python(ensurepip=True)
    data = session.root() / "virtualenv-app-data"
    env = make_virtualenv(base, tmp_path / "envs" / "linked", "--symlink-app-data")
    place = next(iter(site_packages(env).glob("pip")), None)
    if place is None or not place.is_symlink():
        pytest.skip("this virtualenv links nothing into its app-data")
    store = tmp_path / "app-data"
    shutil.copytree(data, store, symlinks=True)
    for link in [path for path in site_packages(env).iterdir() if path.is_symlink()]:
        target = str(link.readlink()).replace(str(data), str(store))
        link.unlink()
        link.symlink_to(target)
    before = run([env / "bin" / "python", "-c", "import pip"]).ok
    result = foretell(tmp_path / "envs", without=(store,))
    shutil.rmtree(store)
    outcomes = agree(result, scan(tmp_path / "envs"))
    assert before
    assert breaking(outcomes) == {"linked"}
    assert not run([env / "bin" / "python", "-c", "import pip"]).ok


def test_a_stack_of_environments_loses_its_lowest_one(tmp_path: Path) -> None:
    base = relocatable_copy(OLD, tmp_path / "usr")
    lower = populate(make_environment("venv", base, tmp_path / "lower"))
    upper = populate(make_environment("virtualenv", str(lower / "bin" / "python"), tmp_path / "upper"))
    result = foretell(tmp_path / "lower", tmp_path / "upper", without=(lower,))
    shutil.rmtree(lower)
    agree(result, scan(upper))
    outcomes = {entry["path"]: entry for entry in result["environments"]}
    assert outcomes[str(lower)]["outcome"] == "lost"
    assert "gone" in outcomes[str(lower)]["reason"]
    assert (outcomes[str(upper)]["outcome"] == "survives") == run([upper / "bin" / "demo"]).ok


@pytest.mark.skipif(len(SERIES) < 2, reason="two CPythons that can be copied are needed")
def test_changes_combine(tmp_path: Path) -> None:
    """One interpreter goes while another becomes a third."""
    gone = relocatable_copy(OLD, tmp_path / "a" / "usr")
    other = relocatable_copy(OLD, tmp_path / "b" / "usr")
    new = relocatable_copy(NEW, tmp_path / "c" / "usr")
    envs = {
        "first": populate(make_environment("venv", gone, tmp_path / "envs" / "first")),
        "second": populate(make_environment("venv", other, tmp_path / "envs" / "second")),
        "third": populate(make_environment("venv", new, tmp_path / "envs" / "third")),
    }
    result = foretell(tmp_path / "envs", without=(tmp_path / "a",), pythons=(f"{other.path}={new.path}",))
    shutil.rmtree(tmp_path / "a")
    (tmp_path / "b" / "usr" / "bin" / f"python{OLD}").unlink()
    (tmp_path / "b" / "usr" / "bin" / f"python{OLD}").symlink_to(new.path)
    outcomes = agree(result, scan(tmp_path / "envs"))
    assert breaking(outcomes) == broken(envs) - {"third"} == {"first", "second"}
