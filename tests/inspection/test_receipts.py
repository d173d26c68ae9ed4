"""Managers' records: what real pipx and uv write, damaged ones, and anything at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.receipts import read_receipt
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.cfg import PyvenvCfg
from venvdoctor.model.environment import Environment, LibDir, Startup
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.receipt import Receipt

PIPX = {
    "injected_packages": {"pkg2": {"package": "pkg2", "package_or_url": "pkg2==2"}},
    "main_package": {
        "package": "black", "package_or_url": "black[d]==24", "pip_args": ["--pre"], "suffix": "_24",
        "include_dependencies": True, "package_version": "24.0",
    },
    "pipx_metadata_version": "0.5", "python_version": "Python 3.11.7", "venv_args": ["--system-site-packages"],
    "source_interpreter": {"__Path__": "/no/such/python3.11", "__type__": "Path"},
}  # fmt: skip
UV = """[tool]
requirements = [
    { name = "ruff", extras = ["a", "b"], specifier = ">=0.5" }, { name = "x", git = "https://h/x?rev=1" },
    { name = "y", editable = "/src/y" }, { name = "z", marker = "os_name == 'posix'" },
]
python = "/bin/sh"
entrypoints = [{ name = "ruff", install-path = "/no/such/home/.local/share/../bin/ruff" }, { name = "sh", install-path = "/bin/sh" }]
"""


def read(place: Path, name: str = "", text: str | bytes = "", **facts: object) -> Receipt | None:
    if name:
        (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    env = Environment(path=str(place), real=str(place), identity=(0, 0), **facts)  # type: ignore[arg-type]
    return read_receipt(env, Shared(view=View(), host=Host()))


def test_pipx(tmp_path: Path) -> None:
    found = read(tmp_path, "pipx_metadata.json", json.dumps(PIPX))
    assert found is not None
    assert (found.main_package, found.requirements, found.injected) == ("black", ("black[d]==24",), ("pkg2==2",))
    assert (found.python, found.python_exists) == ("/no/such/python3.11", False)
    assert found.values["suffix"] == "_24"
    assert found.values["pip_args"] == "--pre"
    assert found.values["venv_args"] == "--system-site-packages"
    assert found.values["include_dependencies"] == "true"


def test_uv(tmp_path: Path) -> None:
    found = read(tmp_path, "uv-receipt.toml", UV)
    assert found is not None
    wanted = ("ruff[a,b]>=0.5", "x @ git+https://h/x?rev=1", "y @ /src/y", "z; os_name == 'posix'")
    assert found.requirements == wanted
    assert found.injected == wanted[1:]
    assert found.python_exists is True
    assert found.launchers_missing == ("/no/such/home/.local/bin/ruff",)


def test_shared_libraries_that_are_gone(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    libraries = (LibDir(name="python3.11", path=str(site)),)
    (site / "pipx_shared.pth").write_text("/no/such/shared/site-packages\n")
    found = read(tmp_path, "pipx_metadata.json", json.dumps(PIPX), lib_dirs=libraries)
    assert found is not None
    assert found.shared_missing == ((f"{site}/pipx_shared.pth", "/no/such/shared/site-packages"),)
    (site / "pipx_shared.pth").write_text(f"{tmp_path}\n")
    found = read(tmp_path, lib_dirs=libraries)
    assert found is not None
    assert found.shared_missing == ()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"main_package": 1}'])
@pytest.mark.parametrize("name", ["pipx_metadata.json", "uv-receipt.toml"])
def test_garbage_is_said_to_be_garbage(tmp_path: Path, name: str, text: bytes) -> None:
    found = read(tmp_path, name, text)
    assert found is not None
    assert found.problem == "garbled"


def test_a_tool_without_its_record(tmp_path: Path) -> None:
    tool = tmp_path / "tools" / "ruff"
    tool.mkdir(parents=True)
    found = read(tool, manager="uv-tool", startup=Startup(starts=True))
    assert found is not None
    assert found.problem == "missing"
    assert read(tmp_path) is None
    shared = tmp_path / "shared"
    shared.mkdir()
    assert read(shared, manager="pipx", startup=Startup(starts=True)) is None


def test_overlays(tmp_path: Path) -> None:
    for parent, exists in (("/no/such/env", False), (str(tmp_path), True), ("relative", None)):
        cfg = PyvenvCfg(path=f"{tmp_path}/pyvenv.cfg", entries=(("extends-environment", parent),))
        found = read(tmp_path, cfg=cfg)
        assert found is not None
        assert (found.extends, found.extends_exists) == (parent, exists)


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*PIPX, "package", "package_or_url", "pip_args", "__Path__"]), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES, text=st.text(max_size=60), cut=st.integers(0, len(UV)))
def test_total(tmp_path: Path, value: object, text: str, cut: int) -> None:
    assert read(tmp_path, "pipx_metadata.json", json.dumps(value)) is not None
    (tmp_path / "pipx_metadata.json").unlink()
    read(tmp_path, "uv-receipt.toml", UV[:cut] + text.encode("utf-8", "replace").decode() + UV[cut:])
    (tmp_path / "uv-receipt.toml").unlink()
