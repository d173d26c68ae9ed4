"""The static freeze against `pip freeze --all` of the same environment, byte for byte."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from packaging.pylock import Pylock

from tests.support.envs import make_uv_venv, make_venv, must, run_python, site_packages, uv
from tests.support.pythons import python
from tests.support.wheels import install, make_wheel
from venvdoctor import freeze
from venvdoctor.inquiry import examine_one, known_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

DIRECT = {
    "vcs": '{"url": "https://example.org/r.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}, "subdirectory": "s"}',
    "wheel": '{"url": "file:///w/wheel-1.0.whl", "archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}}',
    "folder": '{"url": "file:///w/a%20b", "dir_info": {}}',
    "linked": '{"url": "file:///w/linked", "dir_info": {"editable": true}}',
}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    place = make_venv(python(ensurepip=True), tmp_path / "env", pip=True)
    site = site_packages(place)
    install(site, "Plain_One", "1.0")
    for name, text in DIRECT.items():
        (install(site, name, "1.0") / "direct_url.json").write_text(text)
    (site / "~lain-1.0.dist-info").mkdir()
    return place


def test_requirements_are_those_of_pip(env: Path) -> None:
    library = examine_one(str(env)).library
    assert library is not None
    said = freeze.requirements_text(freeze.frozen(library))
    real = must([env / "bin/python", "-m", "pip", "freeze", "--all"], PIP_DISABLE_PIP_VERSION_CHECK="1").out
    assert said == real


def test_the_lock_is_one_and_invents_nothing(env: Path) -> None:
    library = examine_one(str(env)).library
    assert library is not None
    data, unlocked = freeze.lock(freeze.frozen(library), ">=3.8", "venvdoctor")
    lock = Pylock.from_dict(data)
    assert {package.name for package in lock.packages} == {"vcs", "wheel", "folder", "linked"}
    assert "Plain_One==1.0" in unlocked
    text = freeze.toml_text(data)
    try:
        import tomllib
    except ImportError:
        import tomli as tomllib  # type: ignore[import-not-found,no-redef]
    assert tomllib.loads(text) == data


def frozen(place: Path) -> tuple[list[str], dict[str, Any]]:
    """The lines of the requirements, and the lock."""
    env = examine_one(str(place))
    assert env.library is not None
    dists = freeze.frozen(env.library)
    data, _ = freeze.lock(dists, None, "venvdoctor", known_files(env, dists))
    Pylock.from_dict(data)
    return freeze.requirements_text(dists).splitlines(), data


def test_what_is_broken_is_frozen_too(tmp_path: Path) -> None:
    place = make_venv(python(), tmp_path / "env")
    site = site_packages(place)
    cache = tmp_path / "cache" / "archive-v0" / "x"
    for name in ("purged", "fine"):
        install(site, name, "2.0")
    (site / "purged-2.0.dist-info" / "METADATA").unlink()
    (site / "purged-2.0.dist-info" / "METADATA").symlink_to(cache / "METADATA")
    source = tmp_path / "src" / "legacy"
    (source / "legacy.egg-info").mkdir(parents=True)
    (source / "legacy.egg-info" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: legacy\nVersion: 0.3\n")
    (site / "legacy.egg-link").write_text(f"{source}\n.")
    (site / "easy-install.pth").write_text(f"{source}\n")
    for dead in (False, True):
        if dead:
            (place / "bin" / "python").unlink()
            shutil.rmtree(source)
        lines, lock = frozen(place)
        assert lines[-1] == "purged==2.0"
        assert lines[-2].startswith("# Its metadata is dangling")
        assert f"-e {source}" in lines
        assert "fine==2.0" in lines
        assert [item["name"] for item in lock["packages"]] == ["legacy"]


def test_a_lock_beside_the_environment_knows_addresses_and_hashes(tmp_path: Path) -> None:
    place = make_venv(python(), tmp_path / ".venv")
    for name, version in (("known", "1.0"), ("older", "1.0")):
        install(site_packages(place), name, version)
    wheel = make_wheel(tmp_path, "local", "3.0")
    install(site_packages(place), "local", "3.0")
    direct = site_packages(place) / "local-3.0.dist-info" / "direct_url.json"
    direct.write_text(json.dumps({"url": wheel.as_uri(), "archive_info": {}}))
    row = '[[package]]\nname = "{0}"\nversion = "{1}"\nwheels = [{{ url = "https://x/{0}-{1}-py3-none-any.whl", '
    row += 'hash = "sha256:ab", size = 7 }}]\n'
    (tmp_path / "uv.lock").write_text("version = 1\n" + row.format("known", "1.0") + row.format("older", "2.0"))
    _, lock = frozen(place)
    archive, known = sorted(lock["packages"], key=lambda item: item["name"], reverse=True)
    assert known["wheels"] == [{"url": "https://x/known-1.0-py3-none-any.whl", "size": 7, "hashes": {"sha256": "ab"}}]
    assert archive["archive"]["path"] == str(wheel)
    assert archive["archive"]["hashes"] == {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    assert lock["tool"]["venvdoctor"]["unlocked"] == ["older==1.0"]


def test_uv_installs_from_the_lock(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "w", "local", "3.0")
    first, second = (make_uv_venv(python(), tmp_path / name) for name in ("first", "second"))
    uv("pip", "install", "-q", "--offline", "--python", first / "bin" / "python", wheel)
    _, lock = frozen(first)
    assert lock["tool"]["venvdoctor"] == {"requested": ["local"], "installers": {"uv": ["local"]}}
    (tmp_path / "pylock.toml").write_text(freeze.toml_text(lock))
    target = second / "bin" / "python"
    uv("pip", "install", "-q", "--offline", "--python", target, "-r", tmp_path / "pylock.toml")
    assert run_python(second, "import local").ok


LOCKS = {
    "poetry.lock": '[[package]]\nname = "one"\nversion = "9.9"\nfiles = [{file = "one-9.9.whl", hash = "sha256:ab"}]\n',
    "pdm.lock": '[[package]]\nname = "one"\nversion = "1.0"\nfiles = [{file = "one-1.0.whl", hash = "sha256:ab"}]\n',
    "Pipfile.lock": '{"default": {"one": {"version": "==9.9", "hashes": ["sha256:ab"]}}}',
    "uv.lock": 'version = 1\n[[package]]\nname = "one"\nversion = "9.9"\nwheels = [{url = "https://x/one-9.9.whl"}]\n',
}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("form", ["requirements.txt", "pylock.toml"])
def test_what_is_installed_from_it_is_the_same_set(tmp_path: Path, lock: str, form: str) -> None:
    """A lock beside the environment adds addresses; what is frozen is what is there, whatever the lock wants."""
    wheels = [make_wheel(tmp_path / "w", name, version) for name, version in (("one", "1.0"), ("two-parts", "2.0"))]
    first, second = make_uv_venv(python(), tmp_path / ".venv"), make_uv_venv(python(), tmp_path / "second")
    offline = ("--offline", "--no-index", "--find-links", tmp_path / "w")
    source = wheels if form == "pylock.toml" else ["one", "two-parts"]  # a lock without an index names the files
    uv("pip", "install", "-q", *offline, "--python", first / "bin/python", *source)
    (tmp_path / lock).write_text(LOCKS[lock])
    lines, locked = frozen(first)
    (tmp_path / form).write_text("\n".join(lines) if form == "requirements.txt" else freeze.toml_text(locked))
    uv("pip", "install", "-q", "--no-deps", *offline, "--python", second / "bin/python", "-r", tmp_path / form)
    assert frozen(second)[0] == lines
    known = [f"{item['name']}=={item['version']}" for item in locked["packages"]]
    assert sorted(known or locked["tool"]["venvdoctor"]["unlocked"]) == ["one==1.0", "two-parts==2.0"]
