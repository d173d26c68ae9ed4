"""The static freeze against `pip freeze --all` of the same environment, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.pylock import Pylock

from tests.support.envs import make_venv, must, site_packages
from tests.support.pythons import python
from tests.support.wheels import install
from venvdoctor import freeze
from venvdoctor.inquiry import examine_one

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
