"""Every source finds its manager's environments where the manager puts them, by its variables and settings too.

The layouts were recorded from the managers named in each source's docstring (pipx 1.18, uv 0.13, poetry 2.5, pdm 2,
hatch 1.18, pipenv, tox 4, nox, pre-commit, virtualenvwrapper) or read from their sources and documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.places import host_of, mark, write
from venvdoctor.discovery import Request, discover
from venvdoctor.registry import members
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.environment import Candidate


class Layout(NamedTuple):
    """One place: the environment's path below the home, its manager, and what is there besides."""

    path: str
    manager: str | None
    files: dict[str, str] = {}  # noqa: RUF012 - read only
    environ: dict[str, str] = {}  # noqa: RUF012 - read only
    project: str | None = None
    name: str = ""
    conda: bool = False
    platform: str = "linux"


CONDARC = "channels:\n  - defaults\nenvs_dirs:\n  # mine\n  - {home}/elsewhere/envs\n  - '~/more'  # quoted\n"
KERNEL = '{"argv": ["{home}/kernels/env/bin/python", "-m", "ipykernel_launcher"], "display_name": "x"}'
LAYOUTS = (
    Layout(".virtualenvs/a", "virtualenvwrapper"),
    Layout("Envs/a", "virtualenvwrapper", environ={"WORKON_HOME": "$HOME/Envs"}),
    Layout(".virtualenvs/a", "virtualenvwrapper", {".virtualenvs/a/.project": "/p", ".virtualenvs/a/bin/postactivate": ""}, project="/p"),
    Layout(".virtualenvs/app-VRAhwGsv", "pipenv", {".virtualenvs/app-VRAhwGsv/.project": "/p/app"}, project="/p/app"),
    Layout(".local/share/virtualenvs/app-VRAhwGsv", "pipenv", {".local/share/virtualenvs/app-VRAhwGsv/.project": "/p"}, project="/p"),
    Layout("work/.venv", "pipenv", {"work/Pipfile": ""}, project="{home}/work"),
    Layout(".local/share/pipx/venvs/black", "pipx"),
    Layout(".local/pipx/venvs/black", "pipx"),
    Layout(".local/share/pipx/shared", "pipx", name="shared libraries"),
    Layout("libs", "pipx", environ={"PIPX_SHARED_LIBS": "{home}/libs"}, name="shared libraries"),
    Layout("tools/venvs/black", "pipx", environ={"PIPX_HOME": "{home}/tools"}),
    Layout("all/venvs/black", "pipx", environ={"PIPX_GLOBAL_HOME": "{home}/all"}),
    Layout(".cache/pipx/0123456789abcde", "pipx"),
    Layout("Library/Application Support/pipx/venvs/black", "pipx", platform="darwin"),
    Layout("copied", "pipx", {"copied/pipx_metadata.json": "{}"}),
    Layout(".local/share/uv/tools/ruff", "uv-tool"),
    Layout("uvt/ruff", "uv-tool", environ={"UV_TOOL_DIR": "~/uvt"}),
    Layout("moved/ruff", "uv-tool", {"moved/ruff/uv-receipt.toml": ""}),
    Layout("data/uv/tools/ruff", "uv-tool", environ={"XDG_DATA_HOME": "{home}/data"}),
    Layout(".cache/uv/environments-v2/script-0123456789abcdef", "uv"),
    Layout(".cache/uv/archive-v0/CgYSpDhqPAs7Tr6r", "uv"),
    Layout(".cache/uv/builds-v0/.tmpAbCdEf", "uv"),
    Layout("c/environments-v2/project-cp311-0123456789abcdef", "uv", environ={"UV_CACHE_DIR": "{home}/c"}),
    Layout("c/environments-v1/x", "uv", {".config/uv/uv.toml": 'cache-dir = "~/c"\n'}),
    Layout("fixed", "uv", environ={"UV_PROJECT_ENVIRONMENT": "{home}/fixed"}),
    Layout("p/.venv", "uv", {"p/uv.lock": "", "p/.venv/pyvenv.cfg": "home = /usr/bin\nuv = 0.5.1\n"}, project="{home}/p"),
    Layout("p/.venv", None, {"p/.venv/pyvenv.cfg": "home = /usr/bin\nuv = 0.5.1\n"}),
    Layout(".cache/pypoetry/virtualenvs/app-2nYx1Hva-py3.11", "poetry"),
    Layout("v/app-2nYx1Hva-py3.11", "poetry", environ={"POETRY_VIRTUALENVS_PATH": "{home}/v"}),
    Layout("c/virtualenvs/app-2nYx1Hva-py3.11", "poetry", environ={"POETRY_CACHE_DIR": "{home}/c"}),
    Layout("c/v/app-2nYx1Hva-py3.11", "poetry", {".config/pypoetry/config.toml": 'cache-dir = "{home}/c"\n[virtualenvs]\npath = "{{cache-dir}}/v"\n'}),
    Layout("w/app-2nYx1Hva-py3.11", "poetry", {"pc/config.toml": '[virtualenvs]\npath = "~/w"\n'}, {"POETRY_CONFIG_DIR": "{home}/pc"}),
    Layout("Library/Caches/pypoetry/virtualenvs/app-2nYx1Hva-py3.11", "poetry", platform="darwin"),
    Layout(".local/share/pypoetry/venv", "poetry", name="poetry itself"),
    Layout("p/.venv", "poetry", {"p/poetry.lock": ""}, project="{home}/p"),
    Layout("p/.venv", "uv", {"p/poetry.lock": "", "p/uv.lock": "", "p/.venv/pyvenv.cfg": "uv = 0.5\n"}, project="{home}/p"),
    Layout(".local/share/pdm/venvs/app-kCJ5iwpE-named", "pdm"),
    Layout("pdms/app-kCJ5iwpE-3.11", "pdm", {".config/pdm/config.toml": '[venv]\nlocation = "{home}/pdms"\n'}),
    Layout("p/.venv", "pdm", {"p/.pdm-python": "{home}/p/.venv/bin/python"}, project="{home}/p"),
    Layout("p/.venv", None, {"p/.pdm-python": "/elsewhere/bin/python"}),
    Layout(".local/share/hatch/env/virtual/app/bBfuagjM/app", "hatch"),
    Layout("h/env/virtual/app/bBfuagjM/test", "hatch", environ={"HATCH_DATA_DIR": "{home}/h"}),
    Layout("h/app/bBfuagjM/test", "hatch", {".config/hatch/config.toml": '[dirs.env]\nvirtual = "{home}/h"\n'}),
    Layout("p/.tox/py311", "tox", project="{home}/p"),
    Layout("t/py311", "tox", environ={"TOX_WORK_DIR": "{home}/t"}),
    Layout("work/odd", "tox", {"work/odd/.tox-info.json": "{}"}),
    Layout("p/.nox/lint", "nox", project="{home}/p"),
    Layout(".cache/pre-commit/repoabc123/py_env-python3.11", "pre-commit"),
    Layout("pc/repoabc123/py_env-/opt/py/bin/python3.12", "pre-commit", environ={"PRE_COMMIT_HOME": "{home}/pc"}),
    Layout("pc/repoabc123/py_env-default", "pre-commit", environ={"PRE_COMMIT_HOME": "{home}/pc"}),
    Layout(".cache/prek/hooks/python-AbCd", "prek"),
    Layout(".pyenv/versions/3.11.7/envs/app", "pyenv-virtualenv"),
    Layout("py/versions/3.11.7/envs/app", "pyenv-virtualenv", environ={"PYENV_ROOT": "{home}/py"}),
    Layout(".local/share/mise/installs/pipx-black/24.1.0/venvs/black", "mise"),
    Layout("m/installs/poetry/1.8/venv", "mise", environ={"MISE_DATA_DIR": "{home}/m"}),
    Layout(".asdf/installs/poetry/1.8.2/venv", "asdf"),
    Layout(".rye/self/venv", "rye", name="rye itself"),
    Layout(".rye/tools/ruff", "rye"),
    Layout("miniconda3", "conda", conda=True, name="base"),
    Layout("miniconda3/envs/science", "conda", conda=True),
    Layout(".conda/envs/science", "conda", conda=True),
    Layout("anywhere/science", "conda", {".conda/environments.txt": "{home}/gone\n{home}/anywhere/science\n"}, conda=True),
    Layout("elsewhere/envs/science", "conda", {".condarc": CONDARC}, conda=True),
    Layout("more/science", "conda", {".condarc": CONDARC}, conda=True),
    Layout("flow/science", "conda", {".config/conda/.condarc": "envs_dirs: [{home}/flow]\n"}, conda=True),
    Layout("ce/science", "conda", environ={"CONDA_ENVS_PATH": "/nowhere:{home}/ce"}, conda=True),
    Layout("mamba/envs/science", "conda", environ={"MAMBA_ROOT_PREFIX": "{home}/mamba"}, conda=True),
    Layout("p/.pixi/envs/default", "pixi", conda=True, project="{home}/p"),
    Layout(".pixi/envs/black", "pixi", conda=True),
    Layout("detached/app-123/envs/default", "pixi", {".pixi/config.toml": 'detached-environments = "{home}/detached"\n'}, conda=True),
    Layout(".cache/rattler/cache/envs/app-123/envs/default", "pixi", conda=True),
    Layout("kernels/env", None, {".local/share/jupyter/kernels/mine/kernel.json": KERNEL}),
    Layout("p/.direnv/python-3.11", "direnv", project="{home}/p"),
    Layout("venvs/service", None, environ={"DH_VIRTUALENV_INSTALL_ROOT": "{home}/venvs"}),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _only_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venvdoctor.discovery.SHARED_PLACES", ())


def build(layout: Layout, home: Path) -> None:
    """Make what the layout describes below a home."""
    mark(home / layout.path, conda=layout.conda)
    for name, text in layout.files.items():
        write(home / name, text.replace("{home}", str(home)).replace("{{", "{").replace("}}", "}"))


def search(layout: Layout, home: Path, *paths: str) -> list[Candidate]:
    """Return what discovery finds below the home."""
    environ = {key: value.replace("{home}", str(home)) for key, value in layout.environ.items()}
    host = host_of(home, environ, layout.platform)
    return [item for item in discover(View(), host, Request(paths=paths)) if item.path.startswith(f"{home}/")]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda item: f"{item.manager}:{item.path}")
def test_a_layout_is_found_and_known(layout: Layout, home: Path) -> None:
    build(layout, home)
    (candidate,) = search(layout, home)
    project = layout.project.replace("{home}", str(home)) if layout.project else None
    assert candidate.path == f"{home}/{layout.path}"
    assert (candidate.manager, candidate.name, candidate.project) == (layout.manager, layout.name, project)


@pytest.mark.parametrize("layout", [item for item in LAYOUTS if not item.environ], ids=lambda item: item.path)
def test_a_source_finds_its_own_places_without_the_walk(layout: Layout, home: Path) -> None:
    build(layout, home)
    host = host_of(home, platform=layout.platform)
    by_sources = {
        item.path
        for source in members("venvdoctor.sources", "source")
        for item in (source.find(View(), host, host.homes[0]) if source.find else ())
    }
    in_project = layout.path.startswith(("p/", "work/", "copied", "moved"))
    assert in_project or f"{home}/{layout.path}" in by_sources


BROKEN = (b"\xff\xfe\x00", b"[virtualenvs\npath = ", b"envs_dirs: {[", b"[" * 5000, b"", b"\0" * 64)
SETTINGS = (".config/pypoetry/config.toml", ".config/uv/uv.toml", ".config/pdm/config.toml", ".config/hatch/config.toml",
            ".pixi/config.toml", ".condarc", ".conda/environments.txt", ".local/share/jupyter/kernels/x/kernel.json")  # fmt: skip


@pytest.mark.parametrize("content", BROKEN)
def test_broken_settings_are_survived(home: Path, content: bytes) -> None:
    for name in SETTINGS:
        write(home / name)
        (home / name).write_bytes(content)
    mark(home / ".virtualenvs/a")
    candidates = search(LAYOUTS[0], home)
    assert [item.path for item in candidates] == [f"{home}/.virtualenvs/a"]


@pytest.mark.parametrize("value", ["", "relative/path", "~nobody/x", "$UNSET/x", "\0"])
def test_odd_variables_lead_nowhere(home: Path, value: str) -> None:
    names = ("WORKON_HOME", "PIPX_HOME", "UV_TOOL_DIR", "UV_CACHE_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME", "PYENV_ROOT")
    environ = dict.fromkeys((*names, "CONDA_ENVS_PATH", "POETRY_VIRTUALENVS_PATH", "CONDA_EXE"), value)
    mark(home / ".virtualenvs/a")
    layout = Layout("", None, environ=environ)
    assert [item.path for item in search(layout, home)] == [f"{home}/.virtualenvs/a"]


def test_variables_say_nothing_of_other_homes(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    mark(other / ".local/share/pipx/venvs/x")
    mark(tmp_path / "moved/venvs/y")
    host = host_of(mine, {"PIPX_HOME": f"{tmp_path}/moved"})
    home = host.homes[0]._replace(path=str(other), uid=12345)
    source = next(item for item in members("venvdoctor.sources", "source") if item.name == "pipx")
    paths = {item.path for item in source.find(View(), host, home)}
    assert f"{other}/.local/share/pipx/venvs/x" in paths
    assert f"{tmp_path}/moved/venvs/y" not in paths


def test_every_source_says_what_it_honours() -> None:
    sources = members("venvdoctor.sources", "source")
    assert len({source.name for source in sources}) == len(sources)
    assert all(source.summary and (source.find or source.recognise) for source in sources)
