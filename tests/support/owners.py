"""Environments as their owners make them, offline, and what their owners say of them afterwards.

Each owner makes one or more environments with `Ground.python`, an interpreter that is going to change or to go away.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.support import envs, tools, wheels
from tests.support.pythons import clean_environ

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = '[project]\nname = "thing"\nversion = "1"\nrequires-python = ">=3.10"\n'
_IMPORTS = """
import importlib, json, pkgutil, sys, sysconfig
def works(name):
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True
folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
print(json.dumps(sorted({item.name for item in pkgutil.iter_modules(folders) if works(item.name)})))
"""
# a build backend that needs no other distribution, for what owners insist on building
_BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, info = "hook-1.0-py3-none-any.whl", "hook-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: hook\\nVersion: 1.0\\nRequires-Dist: app\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return name
"""


class Ground(NamedTuple):
    """A user's home, a house of wheels that is all there is to install from, and the interpreter under everything."""

    home: Path
    house: Path
    python: str

    @property
    def named(self) -> str:
        """The interpreter by its minor version (`python3.12`): what caches are made anew with, wherever it is then."""
        return next(Path(self.python).parent.glob("python3.[0-9]*")).name

    def project(self, name: str, **files: str) -> Path:
        """Make a directory of the user's with these files."""
        place = self.home / "projects" / name
        place.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            (place / path.replace("__", ".")).write_text(text)
        return place


class Owner(NamedTuple):
    """Who makes environments: `make` returns their roots; `content` asks the owner's own commands afterwards.

    An owner who keeps them as a cache makes them anew then.
    """

    make: Callable[[Ground], list[Path]]
    content: Callable[[Ground, list[Path]], None] = lambda _ground, _roots: None


def furnish(house: Path) -> None:
    """Make the wheels: an application, what it needs, and a third one."""
    for name, needs in (("app", ["plug"]), ("plug", []), ("other", [])):
        files = {f"{name}/__init__.py": "", f"{name}/cli.py": f"def main():\n    print('{name} ran')\n"}
        wheels.make_wheel(house, name, "1.0", files=files, requires=needs, scripts={name: f"{name}.cli:main"})


def settings(home: Path, house: Path, *more: Path) -> dict[str, str]:
    """Return the variables under which nothing but the houses is installed from, and nothing but the home written to."""
    return {
        "HOME": str(home),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": " ".join(map(str, [house, *more])),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CACHE_DIR": str(home.parent / "pip-cache"),
        "UV_OFFLINE": "1",  # there is no variable for --no-index
        "UV_FIND_LINKS": str(house),
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(home.parent / "uv-cache"),
        "UV_PYTHON_DOWNLOADS": "never",
        "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        "PIPX_DEFAULT_BACKEND": "pip",
        "PDM_CHECK_UPDATE": "0",
        "PIPENV_VENV_IN_PROJECT": "0",
        "PIPENV_IGNORE_VIRTUALENVS": "1",
        "PIPENV_YES": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "VENVDOCTOR_STATE_DIR": str(home.parent / "state"),
    }


def working(root: Path) -> tuple[list[str], list[str]]:
    """Return the modules of an environment that can be imported, and its commands that can be run."""
    imports = envs.run_python(root, _IMPORTS)
    commands = [
        path.name
        for path in sorted((root / "bin").glob("*"))
        if path.is_file()
        and os.access(path, os.X_OK)
        and not path.name.lower().startswith(("python", "activate", "deactivate", "pydoc"))
        and envs.run([path, "--version"], **clean_environ()).ok
    ]
    return (json.loads(imports.out) if imports.ok else []), commands


def _plain(tool: str, *flags: str) -> Owner:
    """An environment that nobody but its user looks after."""

    def make(ground: Ground) -> list[Path]:
        root = ground.project("-".join([tool, *flags]).replace("--", "")) / ".venv"
        envs.make_environment(tool, ground.python, root, *flags)
        uv = [envs.uv_command(), "pip", "install", "-q", "--link-mode", "copy", "--python", root / "bin/python", "app"]
        envs.must(uv, **os.environ)
        return [root]

    return Owner(make)


def _pipx(ground: Ground) -> list[Path]:
    python = ["--python", ground.python]
    tools.must("pipx", "install", *python, "app")
    tools.must("pipx", "inject", "app", "other")
    tools.must("pipx", "pin", "app")
    tools.must("pipx", "install", *python, "--suffix", "_9", "--include-deps", "app")
    return sorted(path.parent for path in ground.home.rglob("pipx_metadata.json"))


def _pipx_content(ground: Ground, roots: list[Path]) -> None:
    listed = tools.must("pipx", "list", "--include-injected")
    said = listed.out + listed.err
    for words in ("package app 1.0", "package app 1.0 (app_9)", "other 1.0"):
        assert words in said, (words, said)
    assert "invalid" not in said
    assert "app 1.0" in tools.must("pipx", "list", "--pinned").out
    assert "plug 1.0" in tools.must("pipx", "runpip", "app_9", "list", "--format", "freeze").out.replace("==", " ")
    assert envs.run([ground.home / ".local/bin/app_9"]).out == "app ran\n"
    assert envs.run([ground.home / ".local/bin/plug_9"]).out == "plug ran\n"
    assert all(envs.truth(root) for root in roots)
    tools.must("pipx", "upgrade-all", "--include-injected")


def _uv_tool(ground: Ground) -> list[Path]:
    words = ["--link-mode", "copy", "--python", ground.python, "--with", "app", "other"]
    tools.must("uv", "tool", "install", *words)
    return [next(ground.home.rglob("uv-receipt.toml")).parent]


def _uv_tool_content(ground: Ground, _roots: list[Path]) -> None:
    listed = tools.must("uv", "tool", "list", "--show-with")
    assert "other v1.0" in listed.out
    assert "app" in listed.out
    assert "warning" not in listed.err.lower()
    assert envs.run([ground.home / ".local/bin/other"]).out == "other ran\n"


def _poetry(ground: Ground) -> list[Path]:
    needs = "".join(f'{name} = {{path = "{ground.house}/{name}-1.0-py3-none-any.whl"}}\n' for name in ("app", "plug"))
    text = f"{PROJECT}[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n{needs}"
    project = ground.project("poetry", pyproject__toml=text)
    tools.must("poetry", "-C", project, "env", "use", ground.python)
    tools.must("poetry", "-C", project, "install")
    return [Path(tools.must("poetry", "-C", project, "env", "info", "--path").out.strip())]


def _poetry_content(ground: Ground, roots: list[Path]) -> None:
    project = ground.project("poetry")
    info = tools.must("poetry", "-C", project, "env", "info").out
    assert str(roots[0]) in info
    assert "Valid:          True" in info
    assert str(roots[0]) in tools.must("poetry", "-C", project, "env", "list", "--full-path").out
    assert "app ran" in tools.must("poetry", "-C", project, "run", "app").out
    assert "No dependencies to install" in tools.must("poetry", "-C", project, "install").out


def _pdm(ground: Ground) -> list[Path]:
    source = f'[[tool.pdm.source]]\nname = "pypi"\ntype = "find_links"\nurl = "{ground.house.as_uri()}"\n'
    text = f'{PROJECT}dependencies = ["app"]\n[tool.pdm]\ndistribution = false\n{source}'
    project = ground.project("pdm", pyproject__toml=text)
    tools.must("pdm", "use", "-f", ground.python, cwd=project)
    tools.must("pdm", "install", cwd=project)
    return [project / ".venv"]


def _pdm_content(ground: Ground, roots: list[Path]) -> None:
    project = ground.project("pdm")
    assert str(roots[0] / "bin/python") in tools.must("pdm", "info", cwd=project).out
    assert "app ran" in tools.must("pdm", "run", "app", cwd=project).out
    done = tools.must("pdm", "sync", "--dry-run", cwd=project)
    assert "All packages are synced to date" in done.out, done


def _hatch(ground: Ground) -> list[Path]:
    envs_ = "".join(
        f'[tool.hatch.envs.{name}]\nskip-install = true\ninstaller = "{installer}"\ndependencies = ["app"]\n'
        for name, installer in (("default", "pip"), ("second", "uv"))
    )
    project = ground.project("hatch", pyproject__toml=PROJECT + envs_)
    for name in ("default", "second"):
        tools.must("hatch", "env", "create", name, cwd=project, HATCH_PYTHON=ground.python)
    return [Path(tools.must("hatch", "env", "find", name, cwd=project).out.strip()) for name in ("default", "second")]


def _hatch_content(ground: Ground, roots: list[Path]) -> None:
    project = ground.project("hatch")
    assert "second" in tools.must("hatch", "env", "show", cwd=project).out
    for name, root in zip(("default", "second"), roots, strict=True):
        assert str(root) in tools.must("hatch", "env", "find", name, cwd=project).out
        assert tools.must("hatch", "run", f"{name}:app", cwd=project).out == "app ran\n"


def _pipenv(ground: Ground) -> list[Path]:
    packages = "".join(
        f'{name} = {{file = "{ground.house}/{name}-1.0-py3-none-any.whl"}}\n' for name in ("app", "plug")
    )
    source = f'[[source]]\nurl = "{ground.house.as_uri()}"\nverify_ssl = false\nname = "here"\n'
    project = ground.project("pipenv", Pipfile=f"{source}[packages]\n{packages}")
    tools.must("pipenv", "--python", ground.python, "install", cwd=project)
    return [Path(tools.must("pipenv", "--venv", cwd=project).out.strip())]


def _pipenv_content(ground: Ground, roots: list[Path]) -> None:
    project = ground.project("pipenv")
    assert tools.must("pipenv", "--venv", cwd=project).out.strip() == str(roots[0])
    assert tools.must("pipenv", "run", "app", cwd=project).out == "app ran\n"
    tools.must("pipenv", "verify", cwd=project)


def _tox(ground: Ground) -> list[Path]:
    text = f"[tox]\nno_package = true\nenv_list = here\n[testenv]\nbase_python = {ground.named}\ndeps = app\ncommands = app\n"
    project = ground.project("tox", tox__ini=text)
    tools.must("tox", "run", "-e", "here", cwd=project)
    return [project / ".tox/here"]


def _tox_content(ground: Ground, _roots: list[Path]) -> None:
    project = ground.project("tox")
    tools.must("tox", "run", "-e", "here", "--notest", cwd=project)
    done = tools.must("tox", "run", "-e", "here", cwd=project)
    assert "app ran" in done.out
    assert "install_deps" not in done.out, "made anew twice"


def _nox(ground: Ground) -> list[Path]:
    text = (
        f"import nox\n@nox.session(python='{ground.named}', reuse_venv=True, venv_backend='virtualenv')\n"
        "def here(session):\n    session.install('app')\n    session.run('app')\n"
    )
    project = ground.project("nox", noxfile__py=text)
    tools.must("nox", "-s", "here", cwd=project)
    return [project / ".nox/here"]


def _nox_content(ground: Ground, _roots: list[Path]) -> None:
    done = tools.must("nox", "-s", "here", cwd=ground.project("nox"))
    assert "app ran" in done.out + done.err
    again = tools.must("nox", "-R", "-s", "here", cwd=ground.project("nox"))
    assert "app ran" in again.out + again.err


def _pre_commit(ground: Ground) -> list[Path]:
    hook = ground.project(
        "hook",
        __pre_commit_hooks__yaml="",
        back__py=_BACKEND,
        pyproject__toml='[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n',
    )
    (hook / ".pre-commit-hooks.yaml").write_text(
        "- {id: app, name: app, entry: app, language: python, pass_filenames: false, always_run: true, verbose: true}\n"
    )
    _commit(hook)
    project = ground.project("pre-commit")
    (project / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: {hook}, rev: {_commit(project, hook)}, hooks: [{{id: app, language_version: {ground.named}}}]}}]\n"
    )
    envs.must(["git", "-C", project, "add", "-A"], **os.environ)
    tools.must("pre-commit", "run", "-a", cwd=project)
    return [path.parent for path in (ground.home / ".cache/pre-commit").rglob("pyvenv.cfg")]


def _commit(place: Path, other: Path | None = None) -> str:
    """Make a repository with one commit of what is there; return the commit's name, or that of another repository."""
    identity = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        envs.must(["git", "-C", place, *words], **{**os.environ, **identity})
    return envs.must(["git", "-C", other or place, "rev-parse", "HEAD"], **os.environ).out.strip()


def _pre_commit_content(ground: Ground, _roots: list[Path]) -> None:
    done = tools.must("pre-commit", "run", "-a", cwd=ground.project("pre-commit"))
    assert "app ran" in done.out
    assert "Installing environment" not in tools.must("pre-commit", "run", "-a", cwd=ground.project("pre-commit")).out


OWNERS: dict[str, Owner] = {
    "venv": _plain("venv"),
    "venv-copies": _plain("venv-copies"),
    "virtualenv": _plain("virtualenv"),
    "virtualenv-copies": _plain("virtualenv-copies"),
    "uv": _plain("uv"),
    "uv-relocatable": _plain("uv", "--relocatable"),
    "pipx": Owner(_pipx, _pipx_content),
    "uv-tool": Owner(_uv_tool, _uv_tool_content),
    "poetry": Owner(_poetry, _poetry_content),
    "pdm": Owner(_pdm, _pdm_content),
    "hatch": Owner(_hatch, _hatch_content),
    "pipenv": Owner(_pipenv, _pipenv_content),
    "tox": Owner(_tox, _tox_content),
    "nox": Owner(_nox, _nox_content),
    "pre-commit": Owner(_pre_commit, _pre_commit_content),
}
