"""Environments that a tool owns: after the repair the tool's own commands are content, and nothing it knew is lost."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor.cli._main import run

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def pip_house() -> Path:
    """The pip that pipx wants for its shared libraries, fetched before any test closes the index."""
    return envs.wheelhouse("pip>=26.1")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home, a house of wheels, and no index: what tools install comes from there alone."""
    place, house = tmp_path / "home", tmp_path / "house"
    place.mkdir()
    for name, scripts in (("app", {"app": "app.cli:main"}), ("plug", {"plug": "plug.cli:main"})):
        files = {f"{name}/__init__.py": "", f"{name}/cli.py": f"def main():\n    print('{name} ran')\n"}
        wheels.make_wheel(house, name, "1.0", files=files, scripts=scripts)
    settings = {
        "HOME": str(place),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(house),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(house),
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_PYTHON_DOWNLOADS": "never",
        "VENVDOCTOR_STATE_DIR": str(tmp_path / "state"),
        "PIPX_DEFAULT_BACKEND": "pip",
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    for key in [
        key for key in os.environ if key.startswith(("XDG_", "PIPX_HOME", "UV_TOOL", "POETRY_", "VIRTUAL_ENV"))
    ]:
        monkeypatch.delenv(key)
    return place


@pytest.fixture
def pipx_home(home: Path, pip_house: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same home, with a pip for pipx's shared libraries in the house."""
    monkeypatch.setenv("PIP_FIND_LINKS", f"{os.environ['PIP_FIND_LINKS']} {pip_house}")
    return home


@pytest.fixture
def base(tmp_path: Path) -> Python:
    """An interpreter that may go away while others of its minor stay."""
    found = [item for item in pythons("3.10", "3.13") if item.ensurepip]
    if not found:
        pytest.skip("no CPython with ensurepip is here")
    return relocatable_copy(found[-1].series, tmp_path / "base")


def tool(name: str, *words: str, extra: Mapping[str, str] | None = None) -> envs.Ran:
    """Run an owner's command as its user would."""
    path = Path(sys.executable).with_name(name)
    command = str(path) if path.exists() else shutil.which(name)
    if command is None:
        pytest.skip(f"{name} is not here")
    return envs.run([command, *words], **dict(os.environ), **(extra or {}))


def lose(tmp_path: Path) -> None:
    (tmp_path / "base").rename(tmp_path / "gone")


def outside(env: Path, home: Path) -> dict[str, str]:
    """Return everything in a home that is not the environment's."""
    inside = str(env.relative_to(home))
    return {name: what for name, what in picture(home).items() if not name.startswith(inside + "/")}


def other_minor(base: Python) -> str:
    found = [item.series for item in pythons("3.10", "3.13") if item.series != base.series]
    return found[-1] if found else pytest.skip("one minor version alone is here")


@pytest.mark.parametrize("minor", ["same", "another"])
def test_a_tool_of_pipx_comes_back_with_what_was_injected(
    tmp_path: Path, pipx_home: Path, base: Python, minor: str
) -> None:
    home = pipx_home
    installed = tool("pipx", "install", "--python", base.path, "app")
    if not installed.ok:
        pytest.skip(f"pipx cannot install here: {installed.err[-300:]}")
    assert tool("pipx", "inject", "app", "plug").ok
    env = next(home.rglob("pipx_metadata.json")).parent
    record = (env / "pipx_metadata.json").read_bytes()
    lose(tmp_path)
    assert not envs.run([home / ".local/bin/app"]).ok
    before = outside(env, home)
    words = ["--python", other_minor(base)] if minor == "another" else []
    assert run(["fix", str(env), "--yes", *words]) == 0
    assert envs.run([home / ".local/bin/app"]).out == "app ran\n"
    assert envs.imports(env, "plug")
    assert (env / "pipx_metadata.json").read_bytes() == record
    assert outside(env, home) == before
    listed = tool("pipx", "list", "--include-injected")
    assert listed.ok, listed
    assert "package app 1.0" in listed.out
    assert "plug 1.0" in listed.out
    assert "invalid" not in listed.out + listed.err
    assert tool("pipx", "upgrade", "app").ok
    assert tool("pipx", "runpip", "app", "list").ok


@pytest.mark.parametrize("minor", ["same", "another"])
def test_a_tool_of_uv_comes_back_with_what_it_was_made_with(
    tmp_path: Path, home: Path, base: Python, minor: str
) -> None:
    done = tool("uv", "tool", "install", "--python", base.path, "--with", "plug", "app")
    assert done.ok, done
    env = next(home.rglob("uv-receipt.toml")).parent
    record = (env / "uv-receipt.toml").read_bytes()
    lose(tmp_path)
    words = ["--python", other_minor(base)] if minor == "another" else []
    assert run(["fix", str(env), "--yes", *words]) == 0
    assert envs.run([home / ".local/bin/app"]).out == "app ran\n"
    assert envs.imports(env, "plug")
    assert (env / "uv-receipt.toml").read_bytes() == record
    listed = tool("uv", "tool", "list", "--show-with")
    assert listed.ok, listed
    assert "app v1.0" in listed.out
    assert "plug" in listed.out
    assert "warning" not in listed.err.lower()
    cfg = (env / "pyvenv.cfg").read_text()
    assert "uv = " in cfg


@pytest.mark.usefixtures("home")
def test_poetry_finds_its_environment_again(tmp_path: Path, base: Python) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "thing"\nversion = "1"\nrequires-python = ">=3.10"\n[tool.poetry]\npackage-mode = false\n'
    )
    if not tool("poetry", "-C", str(project), "env", "use", base.path).ok:
        pytest.skip("this poetry cannot make an environment here")
    env = Path(tool("poetry", "-C", str(project), "env", "info", "--path").out.strip())
    lose(tmp_path)
    assert run(["fix", str(env), "--yes"]) == 0
    info = tool("poetry", "-C", str(project), "env", "info")
    assert info.ok, info
    assert str(env) in info.out
    assert "Valid:          True" in info.out


@pytest.mark.parametrize("owner", ["pdm", "hatch"])
def test_a_project_manager_goes_on_with_its_environment(tmp_path: Path, home: Path, base: Python, owner: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "thing.py").write_text("")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "thing"\nversion = "1"\nrequires-python = ">=3.10"\n'
        "[tool.hatch.envs.default]\nskip-install = true\n[tool.pdm]\ndistribution = false\n"
    )
    make = {"pdm": ["venv", "create", base.path], "hatch": ["env", "create"]}[owner]
    place = {"cwd": str(project)}
    path = Path(sys.executable).with_name(owner)
    command = str(path) if path.exists() else shutil.which(owner)
    if command is None:
        pytest.skip(f"{owner} is not here")
    environ = {**os.environ, "HATCH_PYTHON": base.path}
    made = envs.run([command, *make], **place, **environ)  # type: ignore[arg-type]
    found = [*project.rglob("pyvenv.cfg"), *home.rglob("pyvenv.cfg")]
    if not made.ok or not found:
        pytest.skip(f"this {owner} cannot make an environment here: {made.err[-200:]}")
    env = found[0].parent
    lose(tmp_path)
    if not envs.starts(env):
        assert run(["fix", str(env), "--yes"]) == 0
    check = {"pdm": ["info", "--env"], "hatch": ["env", "find"]}[owner]
    environ.pop("HATCH_PYTHON")
    done = envs.run([command, *check], **place, **environ)  # type: ignore[arg-type]
    assert done.ok, done
    assert owner != "hatch" or str(env) in done.out
