"""The ground that other tests stand on holds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import imports, make_environment, make_venv, pip_install, site_packages, starts, truth
from tests.support.pythons import Python, copyable, every, found, relocatable_copy
from tests.support.wheels import install, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


def test_the_interpreter_that_runs_the_tests_is_found() -> None:
    assert found()


@every("3.8")
def test_an_environment_tells_the_truth(interpreter: Python, tmp_path: Path) -> None:
    env = make_venv(interpreter, tmp_path / "env")
    answer = truth(env)
    assert answer is not None
    assert answer["version"] == interpreter.text
    assert answer["prefix"] == str(env)


@pytest.mark.parametrize("series", copyable("3.8"))
def test_a_private_copy_dies_alone(series: str, tmp_path: Path) -> None:
    base = relocatable_copy(series, tmp_path / "base")
    assert base.prefix == str(tmp_path / "base")
    copies, links = make_venv(base, tmp_path / "copies", "--copies"), make_venv(base, tmp_path / "links")
    assert starts(copies)
    assert starts(links)
    shutil.rmtree(tmp_path / "base")
    assert not starts(links)
    after = truth(copies)  # the system may have a libpython of the series: then the copy runs with that one
    assert after is None or after["base_prefix"] != str(tmp_path / "base")


@pytest.mark.parametrize("tool", ["venv", "venv-copies", "venv-system", "virtualenv", "uv"])
def test_made_up_distributions_can_be_imported(tool: str, tmp_path: Path) -> None:
    from tests.support.pythons import python

    env = make_environment(tool, python(), tmp_path / "env")
    install(site_packages(env), "demo-thing", "1.0")
    assert imports(env, "demo_thing")


def test_pip_installs_a_made_up_wheel(tmp_path: Path) -> None:
    from tests.support.pythons import python

    env = make_venv(python(ensurepip=True), tmp_path / "env", pip=True)
    pip_install(env, make_wheel(tmp_path, "demo-thing", "1.0", scripts={"demo": "demo_thing:main"}))
    assert imports(env, "demo_thing")
