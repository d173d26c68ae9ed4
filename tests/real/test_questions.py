"""The two questions of docs/how-environments-break.md, answered by doing it: what is shared, and what goes with the cache."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import imports, make_venv, make_virtualenv, must, pip_install, run_python, site_packages, uv
from tests.support.oracle import agree
from tests.support.pythons import python
from tests.support.scanning import environment, scan
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real
USE = "demo_thing; demo_thing.VERSION"


def module(env: Path) -> Path:
    return site_packages(env) / "demo_thing" / "__init__.py"


def test_pip_shares_nothing(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo-thing", "1.0")
    one, two = (make_venv(python(ensurepip=True), tmp_path / name, pip=True) for name in ("one", "two"))
    for env in (one, two):
        pip_install(env, wheel)
    assert module(one).stat().st_nlink == 1
    assert not os.path.samefile(module(one), module(two))
    must([one / "bin" / "python", "-m", "pip", "uninstall", "-q", "-y", "demo-thing"])
    assert not imports(one, "demo_thing")
    assert imports(two, USE)


@pytest.mark.parametrize(
    ("mode", "shared", "survives"), [("hardlink", True, True), ("copy", False, True), ("symlink", True, False)]
)
def test_uv_by_its_link_mode(mode: str, shared: bool, survives: bool, tmp_path: Path) -> None:
    wheel, cache = make_wheel(tmp_path, "demo-thing", "1.0"), tmp_path / "cache"
    envs = [tmp_path / name for name in ("one", "two", "three")]
    for env in envs:
        uv("venv", "-q", "-p", python().path, env, UV_CACHE_DIR=str(cache))
    for env in envs[:2]:
        uv("pip", "install", "-q", "--offline", "-p", env, "--link-mode", mode, wheel, UV_CACHE_DIR=str(cache))
    one, two, three = envs
    assert os.path.samefile(module(one), module(two)) == shared
    module(one).write_text("VERSION = 'edited in place'\n")
    assert ("edited" in run_python(two, "import demo_thing; print(demo_thing.VERSION)").out) == shared
    uv("pip", "install", "-q", "--offline", "-p", three, "--link-mode", mode, wheel, UV_CACHE_DIR=str(cache))
    assert ("edited" in run_python(three, "import demo_thing; print(demo_thing.VERSION)").out) == shared
    uv("pip", "uninstall", "-q", "-p", one, "demo-thing", UV_CACHE_DIR=str(cache))
    assert imports(two, USE)
    shutil.rmtree(cache)
    assert imports(two, USE) == survives
    assert (agree(two, environment(scan(two), two), [USE]) == "healthy") == survives


def test_virtualenv_with_links_into_its_data(tmp_path: Path) -> None:
    env = make_virtualenv(python(), tmp_path / "env", "--symlink-app-data", "--app-data", str(tmp_path / "data"))
    if not any(path.is_symlink() for path in (site_packages(env) / "pip", site_packages(env) / "pip" / "__init__.py")):
        pytest.skip("this virtualenv copies all the same")
    assert imports(env, "pip.__main__")
    assert agree(env, environment(scan(env), env)) == "healthy"
    shutil.rmtree(tmp_path / "data")
    assert not imports(env, "pip.__main__")
    assert environment(scan(env), env)["status"] != "healthy"
