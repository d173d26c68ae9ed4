"""Environments that came to another place, or are made to: what names the old place names the new one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor.cli._main import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real
TALK = {"talk/__init__.py": "", "talk/cli.py": "def main():\n    print('ran')\n"}


@pytest.fixture
def python() -> Python:
    found = pythons("3.10", "3.13")
    return found[-1] if found else pytest.skip("no CPython 3.10 to 3.13 is here")


def filled(tool: str, python: Python, place: Path, *flags: str) -> Path:
    env = envs.make_environment(tool, python, place, *flags)
    common = {"bin_dir": env / "bin", "shebang": f"{env}/bin/python"}
    wheels.install(envs.site_packages(env), "talk", "1.0", files=TALK, scripts={"talk": "talk.cli:main"}, **common)
    return env


@pytest.mark.parametrize("tool", ["venv", "virtualenv", "uv"])
def test_a_place_with_an_apostrophe_is_gone_to_and_left(tmp_path: Path, python: Python, tool: str) -> None:
    env = filled(tool, python, tmp_path / "plain")
    for name in ("o'neill's own", "plain again"):
        env = env.rename(tmp_path / name)
        before = picture(env)
        assert run(["fix", str(env), "--yes", "--offline"]) == 0
        assert envs.run([env / "bin/talk"]).out == "ran\n"
        for shell in ("sh", "bash", "zsh", "csh", "tcsh", "fish"):
            if shutil.which(shell):
                file = {"csh": "activate.csh", "tcsh": "activate.csh", "fish": "activate.fish"}.get(shell, "activate")
                words = [
                    shell,
                    "-c",
                    f"source ./{file}; echo $VIRTUAL_ENV" if shell != "sh" else f'. ./{file}; echo "$VIRTUAL_ENV"',
                ]
                told = subprocess.run(words, cwd=env / "bin", capture_output=True, text=True, check=False)
                assert told.stdout.strip().endswith(str(env)), (shell, told)
        assert run(["scan", "--deep", str(env)]) == 0
        if name != "plain again":
            assert run(["undo"]) == 0
            assert picture(env) == before
            assert run(["fix", str(env), "--yes", "--offline"]) == 0


@pytest.mark.parametrize("renamed", [False, True], ids=["moved", "renamed"])
@pytest.mark.parametrize("backend", ["pth", "finder"])
def test_a_project_that_moved_with_its_environment_is_found_again(
    tmp_path: Path, python: Python, backend: str, renamed: bool
) -> None:
    project = tmp_path / "old place" / "project"
    env = filled("venv", python, project / ".venv")
    (project / "src/own").mkdir(parents=True)
    (project / "src/own/__init__.py").write_text("")
    site, name = envs.site_packages(env), "__editable___own_1_0_finder"
    files: dict[str, str] = {"__editable__.own-1.0.pth": f"{project}/src\n"}
    if backend == "finder":
        finder = (
            "import sys\nfrom importlib.machinery import ModuleSpec\nfrom importlib.util import spec_from_file_location\n"
            f"MAPPING: dict[str, str] = {{'own': {str(project / 'src/own')!r}}}\nNAMESPACES: dict[str, list[str]] = {{}}\n"
            "class Finder:\n    @classmethod\n    def find_spec(cls, name, path=None, target=None):\n"
            "        if name in MAPPING:\n            return spec_from_file_location(name, MAPPING[name] + '/__init__.py')\n"
            "def install():\n    sys.meta_path.append(Finder)\n"
        )
        files = {"__editable__.own-1.0.pth": f"import {name}; {name}.install()", f"{name}.py": finder}
    info = wheels.install(site, "own", "1.0", files=files)
    url = {"url": "file://" + str(project).replace(" ", "%20"), "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(url))
    assert envs.imports(env, "own")
    new = tmp_path / "new place" / ("other" if renamed else "project")
    new.parent.mkdir()
    project.rename(new)
    env = new / ".venv"
    assert not envs.imports(env, "own")
    before = picture(new)
    assert run(["fix", str(env), "--yes", "--offline"]) == 0
    assert envs.imports(env, "own")
    assert json.loads((envs.site_packages(env) / info.name / "direct_url.json").read_text())["url"].endswith(new.name)
    assert run(["scan", "--deep", str(env)]) == 0
    assert run(["undo"]) == 0
    assert picture(new) == before


def test_a_relocatable_environment_stays_one(tmp_path: Path) -> None:
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions are needed")
    base = relocatable_copy(found[-1].series, tmp_path / "base")
    env = envs.make_uv_venv(base, tmp_path / "env", "--relocatable")
    house = wheels.make_wheel(tmp_path / "house", "talk", "1.0", files=TALK, scripts={"talk": "talk.cli:main"}).parent
    envs.uv("pip", "install", "-q", "--no-index", "--find-links", house, "--python", env / "bin/python", "talk")
    script = (env / "bin/talk").read_bytes().split(b"\n")[:3]
    (tmp_path / "base").rename(tmp_path / "gone")
    assert run(["fix", str(env), "--yes", "--offline", "--python", found[0].path]) == 0
    assert (env / "bin/talk").read_bytes().split(b"\n")[:3] == script
    elsewhere = env.rename(tmp_path / "elsewhere")
    assert envs.run([elsewhere / "bin/talk"], PATH=os.environ["PATH"]).out == "ran\n"
    assert run(["scan", "--deep", str(elsewhere)]) == 0
