"""Real managers put real environments into a home of their own; what they list is what discovery says they own."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import make_venv, make_virtualenv, must, run, uv, uv_command
from tests.support.places import host_of
from tests.support.pythons import python
from tests.support.wheels import make_wheel
from venvdoctor.discovery import Request, discover
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.real
TOOL = {"files": {"demo_tool.py": "def main():\n    pass\n"}, "scripts": {"demo-tool": "demo_tool:main"}}


@pytest.fixture(autouse=True)
def _only_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venvdoctor.discovery.SHARED_PLACES", ())


def owned(home: Path, environ: Mapping[str, str] | None = None, *, by_walk: bool = False) -> dict[str, str | None]:
    """Return the manager of each environment below a home."""
    request = Request(paths=(str(home),)) if by_walk else Request()
    candidates = discover(View(), host_of(home, environ), request)
    return {item.path: item.manager for item in candidates if item.path.startswith(f"{home}/")}


def test_uv_tools_are_those_that_uv_lists(home: Path, tmp_path: Path) -> None:
    package = make_wheel(tmp_path, "demo-tool", "1.0", **TOOL)
    places = {"HOME": str(home), "UV_TOOL_DIR": f"{home}/tools", "UV_TOOL_BIN_DIR": f"{home}/bin"}
    uv("tool", "install", "-q", "--offline", "-p", sys.executable, package, **places)
    listed = run([uv_command(), "tool", "list", "--show-paths"], UV_NO_CONFIG="1", **places).out
    assert f"{home}/tools/demo-tool" in listed
    assert owned(home, {"UV_TOOL_DIR": f"{home}/tools"}) == {f"{home}/tools/demo-tool": "uv-tool"}
    assert owned(home, by_walk=True) == {f"{home}/tools/demo-tool": "uv-tool"}


def test_uv_keeps_a_scripts_environment_in_its_cache(home: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path, "demo-dep", "1.0")
    script = home / "script.py"
    script.write_text('# /// script\n# dependencies = ["demo-dep"]\n# ///\nimport sys\nprint(sys.prefix)\n')
    places = {"HOME": str(home), "UV_CACHE_DIR": f"{home}/cache"}
    done = uv("run", "-q", "--offline", "--find-links", tmp_path, "-p", sys.executable, "--script", script, **places)
    assert owned(home, {"UV_CACHE_DIR": f"{home}/cache"}).get(done.out.strip()) == "uv"
    assert owned(home, by_walk=True).get(done.out.strip()) == "uv"


def test_pipx_applications_are_those_that_pipx_lists(home: Path, tmp_path: Path) -> None:
    if find_spec("pipx") is None:
        pytest.skip("pipx is not installed beside the tests")
    package = make_wheel(tmp_path, "demo-tool", "1.0", **TOOL)
    places = {"HOME": str(home), "PIPX_HOME": f"{home}/px", "PIPX_BIN_DIR": f"{home}/bin", "USE_EMOJI": "0"}
    pipx = [sys.executable, "-m", "pipx"]
    done = run([*pipx, "install", "--python", sys.executable, package], PIP_NO_INDEX="1", **places)
    if not done.ok:
        pytest.skip(f"this pipx cannot install without an index: {done.err.strip()[-200:]}")
    listed = json.loads(must([*pipx, "list", "--json"], **places).out)["venvs"]
    assert list(listed) == ["demo-tool"]
    for found in (owned(home, {"PIPX_HOME": f"{home}/px"}), owned(home, by_walk=True)):
        assert found.pop(f"{home}/px/venvs/demo-tool") == "pipx"
        assert set(found) <= {f"{home}/px/shared"}


def test_environments_without_a_manager_have_none(home: Path) -> None:
    made = {
        str(make_venv(python(), home / "work/one/.venv")),
        str(make_virtualenv(python(), home / "venv", "--without-pip")),
    }
    assert owned(home) == dict.fromkeys(made)


def test_an_environment_is_the_root_of_a_project(home: Path) -> None:
    project = make_venv(python(), home / "project")
    inner = make_venv(python(), project / ".tox/py3")
    assert owned(home) == {str(project): None, str(inner): "tox"}
