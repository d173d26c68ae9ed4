"""Packages that an interrupted pip left half removed, records of nothing, and dependencies that are not met."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import pythons
from tests.support.trees import picture
from venvdoctor.cli._main import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real
TALK = {"cowsay/__init__.py": "VERSION = '1.0'\n", "cowsay/cli.py": "def main():\n    print('moo')\n"}


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with one package, and a house of wheels that is all there is to install from."""
    found = pythons("3.10", "3.13")
    if not found:
        pytest.skip("no CPython 3.10 to 3.13 is here")
    house = tmp_path / "house"
    wheels.make_wheel(house, "cowsay", "1.0", files=TALK, scripts={"cowsay": "cowsay.cli:main"})
    settings = {"FIND_LINKS": str(house), "NO_INDEX": "1", "CACHE_DIR": str(tmp_path / "cache")}
    for key, value in settings.items():
        monkeypatch.setenv(f"PIP_{key}", value)
        monkeypatch.setenv(f"UV_{key}", value)
    place = envs.make_venv(found[-1], tmp_path / "env")
    common = {"bin_dir": place / "bin", "shebang": f"{place}/bin/python"}
    wheels.install(
        envs.site_packages(place), "cowsay", "1.0", files=TALK, scripts={"cowsay": "cowsay.cli:main"}, **common
    )
    return place


def half_removed(env: Path) -> Path:
    """What pip leaves that is killed while it replaces a package."""
    site = envs.site_packages(env)
    (site / "cowsay").rename(site / "~owsay")
    (site / "cowsay-1.0.dist-info").rename(site / "~owsay-1.0.dist-info")
    (env / "bin/cowsay").unlink()
    return site


@contextmanager
def mended(env: Path, *words: str) -> Iterator[None]:
    """`fix` must bring it to health, and after a look at it `undo` exactly back."""
    before = picture(env)
    assert run(["fix", str(env), "--yes", *words]) == 0
    assert run(["scan", str(env), "--deep", "--fail-on", "warning"]) == 0
    yield
    assert run(["undo"]) == 0
    assert picture(env) == before


def test_a_half_removed_package_is_put_back_from_what_is_left(env: Path, tmp_path: Path) -> None:
    site = half_removed(env)
    shutil.rmtree(tmp_path / "house")
    with mended(env, "--offline"):
        assert not list(site.glob("~*"))
        assert envs.run([env / "bin/cowsay"]).out == "moo\n"


def test_a_half_removed_package_of_which_files_are_gone_is_installed_again(env: Path) -> None:
    site = half_removed(env)
    (site / "~owsay/cli.py").unlink()
    with mended(env):
        assert not list(site.glob("~*"))
        assert envs.run([env / "bin/cowsay"]).out == "moo\n"


def test_an_empty_record_goes(env: Path) -> None:
    hollow = envs.site_packages(env) / "gone-2.0.dist-info"
    hollow.mkdir()
    (hollow / "REQUESTED").write_text("")
    with mended(env, "--offline"):
        assert not hollow.exists()


def test_a_record_without_its_files_goes_and_what_it_alone_left_goes_along(env: Path) -> None:
    site = envs.site_packages(env)
    stale = wheels.install(
        site, "Cowsay", "0.9", files={**TALK, "cowsay/__init__.py": "VERSION = '0.9'\n", "cowsay/old.py": ""}
    )
    (site / "cowsay/__init__.py").write_text(TALK["cowsay/__init__.py"])
    with mended(env):
        assert not stale.exists()
        assert (site / "cowsay-1.0.dist-info/INSTALLER").read_text() == "pip\n"  # as it was, not installed again
        assert not (site / "cowsay/old.py").exists()
        assert envs.run_python(env, "import cowsay; print(cowsay.VERSION)").out == "1.0\n"


@pytest.mark.parametrize("installed", [None, "1.0"])
def test_a_dependency_that_is_not_met_is_installed_with_what_it_needs(
    env: Path, tmp_path: Path, installed: str | None
) -> None:
    site, house = envs.site_packages(env), tmp_path / "house"
    for version in ("1.0", "2.0", "2.5", "3.0"):
        wheels.make_wheel(house, "dep", version, requires=["deeper"])
    wheels.make_wheel(house, "deeper", "1.0")
    wheels.make_wheel(house, "cowsay", "9.0")
    wheels.install(site, "asks", "1.0", requires=["dep>=2", "cowsay"])
    wheels.install(site, "also", "1.0", requires=["dep<3", "dep[more]>1; extra == 'never'"])
    if installed:
        wheels.install(site, "dep", installed, files={"dep/__init__.py": "", "dep/stale.py": ""}, requires=["deeper"])
    with mended(env):
        code = "import deeper, dep, importlib.metadata as m; print(m.version('dep'), m.version('cowsay'))"
        assert envs.run_python(env, code).out == "2.5 1.0\n"
        assert not (site / "dep/stale.py").exists()


def test_a_dependency_that_nothing_satisfies_is_named(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheels.install(envs.site_packages(env), "asks", "1.0", requires=["nowhere>=7"])
    before = picture(env)
    for words, why in (([], "no build for this Python exists that satisfies"), (["--offline"], "only the network has")):
        assert run(["fix", str(env), "--yes", *words]) == 1
        assert f"{why} nowhere>=7" in capsys.readouterr().out
    assert picture(env) == before


def test_a_package_of_a_file_is_installed_again_from_that_file(env: Path, tmp_path: Path) -> None:
    wheel = wheels.make_wheel(tmp_path / "elsewhere", "local", "1.0")
    site = envs.site_packages(env)
    envs.uv("pip", "install", "-q", "--python", env / "bin/python", "--no-index", wheel)
    (site / "local/__init__.py").unlink()
    with mended(env):
        assert envs.imports(env, "local")
        assert wheel.name in (site / "local-1.0.dist-info/direct_url.json").read_text()
