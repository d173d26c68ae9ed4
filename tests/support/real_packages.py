"""Environments full of packages of the index, as each tool makes them; skips where the index cannot be reached."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.support import session
from tests.support.envs import make_venv, run, uv_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.support.envs import Ran
    from tests.support.pythons import Python

PACKAGES = (
    "numpy", "pandas", "cryptography", "lxml", "pyyaml", "zope.interface", "zope.event", "zope.component", "ruamel.yaml",
    "google-auth", "google-cloud-core", "setuptools<81", "jupyter-client", "ipykernel", "requests",
)  # fmt: skip
TOOLS = ("pip", "uv-hardlink", "uv-copy", "uv-symlink", "pipx", "poetry")


def uv_may(*arguments: str | Path, cwd: Path | str = "/", **extra: str) -> Ran:
    """Run uv with the session's cache; skip the test when it cannot do its work (no index, no build)."""
    settings = {"UV_CACHE_DIR": str(session.root() / "uv-cache"), "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    done = run([uv_command(), *arguments], cwd=cwd, timeout=1200, **{**settings, **extra})
    if not done.ok:
        pytest.skip(f"uv cannot: {done.err.strip()[-300:]}")
    return done


def add_from_source(env: Path, *, cache: Path | None = None, mode: str = "hardlink") -> None:
    """Build psycopg2 against the system's libpq and install it, where that can be done."""
    if shutil.which("pg_config") and (shutil.which("gcc") or shutil.which("cc")):
        extra = {"UV_CACHE_DIR": str(cache)} if cache else {}
        uv_may("pip", "install", "-q", "-p", env, "--link-mode", mode, "--no-binary", "psycopg2", "psycopg2", **extra)


def make(tool: str, python: Python, folder: Path) -> Path:
    """Make an environment with all packages by a tool."""
    folder.mkdir(parents=True, exist_ok=True)
    if tool.startswith("uv-"):
        return _by_uv(tool.partition("-")[2], python, folder)
    makers: dict[str, Callable[[Python, Path], Path]] = {"pip": _by_pip, "pipx": _by_pipx, "poetry": _by_poetry}
    env = makers[tool](python, folder)
    add_from_source(env)
    return env


def _by_uv(mode: str, python: Python, folder: Path) -> Path:
    env, cache = folder / "env", folder / "cache"
    uv_may("venv", "-q", "-p", python.path, env)
    uv_may("pip", "install", "-q", "-p", env, "--link-mode", mode, *PACKAGES, UV_CACHE_DIR=str(cache))
    add_from_source(env, cache=cache, mode=mode)
    return env


def _by_pip(python: Python, folder: Path) -> Path:
    env = make_venv(python, folder / "env", pip=True)
    _index([env / "bin/python", "-m", "pip", "install", "-q", *PACKAGES])
    return env


def _by_pipx(python: Python, folder: Path) -> Path:
    if find_spec("pipx") is None:
        pytest.skip("pipx is not installed beside the tests")
    pipx = [sys.executable, "-m", "pipx"]
    places = {
        "PIPX_HOME": str(folder / "pipx"),
        "PIPX_BIN_DIR": str(folder / "bin"),
        "PIPX_DEFAULT_PYTHON": python.path,
    }
    _index([*pipx, "install", "-q", "ipython"], **places)
    _index([*pipx, "inject", "-q", "ipython", *PACKAGES], **places)
    return folder / "pipx/venvs/ipython"


def _by_poetry(python: Python, folder: Path) -> Path:
    project = folder / "project"
    (project / "demo_app").mkdir(parents=True)
    (project / "demo_app/__init__.py").write_text("import numpy\n")
    listing = ", ".join(f'"{name}"' for name in PACKAGES)
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "demo-app"\nversion = "1.0"\nrequires-python = "=={python.series}.*"\n'
        f'dependencies = [{listing}]\n[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
        '[[tool.poetry.source]]\nname = "index"\nurl = "https://pypi.org/simple/"\n'  # mirrors have no JSON API
    )
    settings = {"POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_CACHE_DIR": str(folder / "poetry")}
    poetry = ["tool", "run", "-q", "--from", "poetry", "poetry", "-n"]
    uv_may(*poetry, "env", "use", python.path, cwd=project, **settings)
    uv_may(*poetry, "install", "-q", cwd=project, **settings)
    return project / ".venv"


def _index(command: Sequence[str | Path], **extra: str) -> None:
    done = run(command, timeout=1200, **extra)
    if not done.ok:
        pytest.skip(f"cannot install from an index: {done.err.strip()[-300:]}")


@contextmanager
def changed(path: Path, change: Callable[[Path], object], aside: Path) -> Iterator[None]:
    """Change a file or directory for a while; links and hard links are replaced by files of their own first."""
    aside.mkdir(parents=True, exist_ok=True)
    kept = aside / "kept"
    path.rename(kept)
    if kept.is_dir():
        shutil.copytree(kept, path, symlinks=True)
    else:
        shutil.copy2(kept, path)
    try:
        change(path)
        yield
    finally:
        for rest in (path, *path.parent.glob(f"{path.name}.moved")):
            shutil.rmtree(rest) if rest.is_dir() and not rest.is_symlink() else rest.unlink(missing_ok=True)
        kept.rename(path)
