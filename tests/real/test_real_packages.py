"""Packages of the index, installed by each tool, healthy, damaged, and under another interpreter: the run is the judge."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import session
from tests.support.envs import make_venv, site_packages
from tests.support.import_oracle import disagreements
from tests.support.pythons import label, python, pythons
from tests.support.real_packages import TOOLS, changed, make, uv_may
from tests.support.scanning import codes, environment, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.pythons import Python

pytestmark = [pytest.mark.real, pytest.mark.slow]

SERIES = "3.12"


def _env(tool: str) -> Path:
    """Return the environment that a tool made, made once per session."""
    folder = session.once(f"real-{tool}", lambda place: _make(tool, place))
    return folder / (folder / "where").read_text()


def _make(tool: str, place: Path) -> None:
    env = make(tool, python(SERIES, ensurepip=tool == "pip"), place)
    (place / "where").write_text(str(env.relative_to(place)))


def _gone(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _retagged(path: Path) -> None:
    path.rename(path.with_name(path.name.replace(".cpython-3", ".cpython-2")))


def _without_libpq(path: Path) -> None:
    """As after an upgrade that took libpq.so.5 away."""
    path.write_bytes(path.read_bytes().replace(b"libpq.so.5\0", b"libpq.so.3\0"))


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "numpy-init": ("numpy/__init__.py", _gone),
    "numpy-inner": ("numpy/_core/multiarray.py", _gone),
    "numpy-core-cut": ("numpy/_core/_multiarray_umath.*.so", _cut),
    "numpy-libs": ("numpy.libs", _gone),
    "pandas-extension": ("pandas/_libs/lib.*.so", _gone),
    "pandas-retagged": ("pandas/_libs/hashtable.*.so", _retagged),
    "lxml-cut": ("lxml/etree.*.so", _cut),
    "lxml-emptied": ("lxml/etree.*.so", _emptied),
    "yaml-optional": ("yaml/_yaml.*.so", _gone),
    "yaml-optional-cut": ("yaml/_yaml.*.so", _cut),
    "yaml-emptied": ("yaml/__init__.py", _emptied),
    "yaml-metadata": ("[pP]y[yY][aA][mM][lL]-*.dist-info", _gone),
    "cryptography": ("cryptography/hazmat/bindings/_rust.abi3.so", _gone),
    "cffi": ("_cffi_backend.*.so", _retagged),
    "zope-portion": ("zope/event/__init__.py", _gone),
    "zope-optional": ("zope/interface/_zope_interface_coptimizations.*.so", _gone),
    "google-portion": ("google/auth/__init__.py", _gone),
    "ruamel": ("ruamel/yaml/loader.py", _gone),
    "pkg-resources": ("pkg_resources/__init__.py", _gone),
    "distutils-hack": ("_distutils_hack/__init__.py", _gone),
    "jupyter": ("jupyter_client/manager.py", _gone),
    "dependency": ("idna", _gone),
    "psycopg2-libpq": ("psycopg2/_psycopg.*.so", _without_libpq),
}
FEW = ("numpy-inner", "numpy-libs", "lxml-cut", "zope-portion")


@pytest.mark.parametrize("tool", TOOLS)
def test_healthy(tool: str) -> None:
    env = _env(tool)
    with session.lock(f"real-{tool}-use"):  # another process may be damaging it
        assert disagreements(env, whole=True) == []


@pytest.mark.parametrize(
    ("tool", "damage"), [(tool, name) for tool in TOOLS for name in (DAMAGES if tool == "pip" else FEW)]
)
def test_damaged(tool: str, damage: str, tmp_path: Path) -> None:
    env = _env(tool)
    pattern, change = DAMAGES[damage]
    found = sorted(site_packages(env).glob(pattern))
    if not found:
        pytest.skip(f"{pattern} is not there")
    with session.lock(f"real-{tool}-use"), changed(found[0], change, tmp_path / "aside"):
        assert disagreements(env) == []


def test_purged_cache() -> None:
    env = make("uv-symlink", python(SERIES), session.root() / "real-purged")
    shutil.rmtree(env.parent / "cache/archive-v0")
    assert disagreements(env) == []
    assert environment(scan(env), env)["status"] == "broken"


@pytest.mark.parametrize("interpreter", pythons("3.9", "3.13"), ids=label)
def test_under_another_interpreter(interpreter: Python, tmp_path: Path) -> None:
    """`lib/python3.12` renamed after the interpreter was replaced."""
    env = make_venv(interpreter, tmp_path / "env")
    original = _env("uv-hardlink")
    with session.lock("real-uv-hardlink-use"):
        shutil.copytree(site_packages(original), site_packages(env), symlinks=True, dirs_exist_ok=True)
    assert disagreements(env) == []


BACKENDS = {
    "setuptools": ("setuptools.build_meta", "setuptools", ""),
    "setuptools-src": ("setuptools.build_meta", "setuptools", "src"),
    "hatchling": ("hatchling.build", "hatchling", "src"),
    "poetry": ("poetry.core.masonry.api", "poetry-core", "src"),
    "flit": ("flit_core.buildapi", "flit-core", "src"),
    "pdm": ("pdm.backend", "pdm-backend", "src"),
    "uv": ("uv_build", "uv-build", "src"),
    "scikit-build-core": ("scikit_build_core.build", "scikit-build-core", "src"),
    "meson": ("mesonpy", "meson-python", "src"),
}
MODES = {"setuptools": ("", "strict", "compat"), "setuptools-src": ("", "strict", "compat")}


def _project(folder: Path, backend: str) -> Path:
    module, requirement, below = BACKENDS[backend]
    package = folder / below / "demo_app"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("from demo_app.inner import value\n")
    (package / "inner/__init__.py").write_text("value = 1\n\n\ndef main():\n    return 0\n")
    (folder / "README.md").write_text("demo\n")
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.15)\nproject(demo LANGUAGES NONE)\n")
    (folder / "meson.build").write_text(
        "project('demo-app', version: '1.0')\npy = import('python').find_installation(pure: true)\n"
        "install_subdir('src/demo_app', install_dir: py.get_install_dir())\n"
    )
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "demo-app"\nversion = "1.0"\ndescription = "d"\n[project.scripts]\ndemo = "demo_app.inner:main"\n'
        f'[build-system]\nrequires = ["{requirement}"]\nbuild-backend = "{module}"\n'
    )
    return folder


@pytest.mark.parametrize(
    ("backend", "mode"), [(backend, mode) for backend in BACKENDS for mode in MODES.get(backend, ("",))]
)
def test_editable(backend: str, mode: str, tmp_path: Path) -> None:
    project = _project(tmp_path / "project", backend)
    env = make_venv(python(SERIES), tmp_path / "env")
    settings = ["--config-setting", f"editable_mode={mode}"] if mode else []
    uv_may("pip", "install", "-q", "-p", env, *settings, "-e", project)
    unclear = {"demo_app"} if backend == "meson" else set()  # its finder builds the project when it is imported
    assert disagreements(env, whole=True, undecided=unclear) == []
    inner = project / BACKENDS[backend][2] / "demo_app/inner/__init__.py"
    if mode != "strict" and backend != "meson":  # that one holds links to each file of its own
        with changed(inner, _gone, tmp_path / "aside"):
            assert disagreements(env) == []
    project.rename(tmp_path / "elsewhere")
    assert disagreements(env) == []
    assert "VD507" in codes(environment(scan(env), env), "error")
