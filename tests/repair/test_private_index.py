"""Packages of an index, or a directory, that only pip's settings name: uv is told of it, and an environment's own counts."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.patients import dangle, two_minors
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.inspection.pip_settings import variables

if TYPE_CHECKING:
    from pathlib import Path


def settings(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "etc")}


def test_files_win_in_the_order_that_pip_has(tmp_path: Path, home: dict[str, str]) -> None:
    files = [tmp_path / "etc/pip/pip.conf", tmp_path / "home/.config/pip/pip.conf", tmp_path / "env/pip.conf"]
    for number, path in enumerate([*files, tmp_path / "named.conf"]):
        environ = home if number < 3 else {**home, "PIP_CONFIG_FILE": str(path)}
        settings(path, f"[install]\nindex_url = http://{number}/\n[global]\nindex-url = http://no/\n")
        assert variables(str(tmp_path / "env"), environ, of_uv=True) == {"PIP_INDEX_URL": f"http://{number}/"}
    assert variables(str(tmp_path / "env"), {**home, "PIP_CONFIG_FILE": os.devnull}, of_uv=False) == {}
    mine = {**home, "PIP_INDEX_URL": "http://mine/"}
    assert variables(str(tmp_path / "env"), mine, of_uv=True) == {"PIP_INDEX_URL": "http://mine/"}


def test_uv_is_told_where_it_was_told_nothing(tmp_path: Path, home: dict[str, str]) -> None:
    settings(
        tmp_path / "env/pip.conf", "[global]\nextra-index-url =\n    http://a/\n    http://b/\nfind-links = /x /y\n"
    )
    found = variables(str(tmp_path / "env"), home, of_uv=False)
    assert found["UV_EXTRA_INDEX_URL"] == "http://a/ http://b/"
    assert found["UV_FIND_LINKS"] == "/x,/y"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert variables("/none", {**home, "PIP_INDEX_URL": "http://v/"}, of_uv=False)["UV_INDEX_URL"] == "http://v/"
    told = [variables(str(tmp_path / "env"), {**home, "UV_INDEX": "http://own/"}, of_uv=False)]
    for text in ('[[index]]\nurl = "http://own/"\n', 'index-url = "http://own/"\n'):
        settings(tmp_path / "home/.config/uv/uv.toml", text)
        told.append(variables(str(tmp_path / "env"), home, of_uv=False))
    assert not [key for given in told for key in given if key.startswith("UV_")]


@pytest.mark.parametrize("garbage", [b"\xff\xfe", b"no section", b"[global\n", b"[global]\nindex-url\n", b""])
def test_garbage_names_nothing(tmp_path: Path, home: dict[str, str], garbage: bytes) -> None:
    (tmp_path / "pip.conf").write_bytes(garbage)
    assert variables(str(tmp_path), home, of_uv=False) == {}


def test_what_an_environments_own_settings_name_is_installed_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two = two_minors()
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    env = envs.make_venv(two[0], tmp_path / "env")
    wheels.install(
        envs.site_packages(env),
        "fast",
        "1.0",
        files={f"fast/_fast.{two[0].soabi}.so": "", "fast/__init__.py": ""},
        tag="cp399-cp399-linux_x86_64",
    )
    wheels.make_wheel(tmp_path / "house", "fast", "1.0", files={"fast/__init__.py": "here = 1\n"})
    settings(env / "pip.conf", f"[global]\nfind-links = {tmp_path}/house\n")
    dangle(env)
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[1].path]) == 0
    assert "1 from the local cache: fast==1.0" in capsys.readouterr().out
    assert envs.run_python(env, "import fast; print(fast.here)").out == "1\n"


@pytest.mark.parametrize("setting", ["root = {}/elsewhere", "dry-run = true", "target = {}/elsewhere"])
def test_what_a_setting_sends_elsewhere_is_not_taken_for_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    two = two_minors()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if shutil.which("uv"):
        pytest.skip("uv, which has no such settings, is in /usr/bin")
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    env = envs.make_venv(two[0], tmp_path / "env")
    site, files = envs.site_packages(env), {f"fast/_fast.{two[0].soabi}.so": "", "fast/__init__.py": ""}
    wheels.install(site, "fast", "1.0", files=files, tag="cp399-cp399-linux_x86_64")
    wheels.install(site, "pure", "1.0")
    wheels.make_wheel(tmp_path / "house", "fast", "1.0")
    settings(env / "pip.conf", f"[install]\nfind-links = {tmp_path}/house\n{setting.format(tmp_path)}\n")
    dangle(env)
    before = picture(env)
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[1].path]) == 1
    assert "fast was to be installed, and is not in " in capsys.readouterr().out
    assert picture(env) == before
