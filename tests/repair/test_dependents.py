"""Launchers and kernels that name the place an environment was moved from: repointed when asked, and only then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import pythons
from tests.support.trees import picture
from venvdoctor.cli._main import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment at another place than its launcher and its kernel name, in a home of its own."""
    found = pythons("3.10", "3.13")
    if not found:
        pytest.skip("no CPython 3.10 to 3.13 is here")
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "JUPYTER_DATA_DIR", "JUPYTER_PATH"):
        monkeypatch.delenv(name, raising=False)
    env = envs.make_venv(found[-1], tmp_path / "old")
    files = {"tool/__init__.py": "def main():\n    print('ran')\n"}
    site = envs.site_packages(env)
    wheels.install(
        site,
        "tool",
        "1.0",
        files=files,
        scripts={"tool": "tool:main"},
        bin_dir=env / "bin",
        shebang=f"{env}/bin/python",
    )
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/tool").symlink_to(env / "bin/tool")
    (home / ".local/bin/other").symlink_to("/usr/bin/env")
    kernel = home / ".local/share/jupyter/kernels/mine/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": [f"{env}/bin/python", "-m", "x"], "display_name": "mine", "language": "p"}))
    env.rename(tmp_path / "new")
    return home


def test_nothing_outside_is_written_unasked(tmp_path: Path, moved: Path) -> None:
    before = picture(moved)
    run(["fix", str(tmp_path / "new"), "--yes", "--offline"])
    assert picture(moved) == before
    assert not list(moved.rglob(".venvdoctor"))


def test_what_names_the_old_place_is_repointed_when_asked(
    tmp_path: Path, moved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = picture(moved)
    assert run(["fix", str(tmp_path / "new"), "--dry-run", "--dependents"]) == 1
    assert picture(moved) == before
    assert "outside: let" in capsys.readouterr().out
    assert run(["fix", str(tmp_path / "new"), "--yes", "--offline", "--dependents"]) == 0
    assert envs.run([moved / ".local/bin/tool"]).out == "ran\n"
    kernel = json.loads((moved / ".local/share/jupyter/kernels/mine/kernel.json").read_text())
    assert kernel["argv"][0] == str(tmp_path / "new/bin/python")
    assert {path for path, what in picture(moved).items() if before.get(path) != what} == {
        ".local/bin/tool",
        ".local/share/jupyter/kernels/mine/kernel.json",
    }
    for _ in range(3):
        assert run(["undo"]) == 0
    assert picture(moved) == before
