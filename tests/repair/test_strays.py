"""Packages in the directory of another Python, names that stand in the way, and what was there before and fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor import api
from venvdoctor.cli._main import run
from venvdoctor.upgrading import memory
from venvdoctor.upgrading.snapshot import Store

pytestmark = pytest.mark.real


@pytest.fixture
def two() -> tuple[Python, Python]:
    """Two minor versions, the newer first."""
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions are needed")
    return found[-1], found[0]


def drifted(tmp_path: Path, two: tuple[Python, Python]) -> Path:
    """An environment of the older minor that runs as the newer one, into which somebody has installed since."""
    env = envs.make_venv(two[1], tmp_path / "env")
    old = envs.site_packages(env)
    common = {"bin_dir": env / "bin", "shebang": f"{env}/bin/python"}
    files = {"left/__init__.py": "", "left/cli.py": "def main():\n    print('left ran')\n"}
    wheels.install(old, "left", "1.0", files=files, scripts={"left-run": "left.cli:main"}, **common)
    wheels.install(old, "both", "1.0")
    (old / "own_module.py").write_text("mine = 1\n")
    for link in (env / "bin").glob("python*"):
        if os.path.isabs(os.readlink(link)):
            link.unlink()
            link.symlink_to(two[0].executable)
    (env / "pyvenv.cfg").write_text(f"home = {Path(two[0].executable).parent}\nversion = {two[0].text}\n")
    new = env / "lib" / f"python{two[0].series}" / "site-packages"
    new.mkdir(parents=True)
    wheels.install(new, "both", "2.0")
    return env


def test_what_stayed_behind_is_gathered(tmp_path: Path, two: tuple[Python, Python]) -> None:
    env = drifted(tmp_path, two)
    before = picture(env)
    assert run(["scan", str(env), "--select", "VD202"]) == 1
    assert run(["fix", str(env), "--yes", "--offline"]) == 0
    assert envs.run_python(env, "import left, both, own_module; print(both.VERSION)").out == "2.0\n"
    assert envs.run([env / "bin/left-run"]).out == "left ran\n"
    assert [path.parent.name for path in env.glob("lib/*/site-packages")] == [f"python{two[0].series}"]
    assert run(["scan", "--deep", str(env)]) == 0
    assert run(["undo"]) == 0
    assert picture(env) == before


def test_gathering_what_needs_a_build_is_refused_with_its_name(
    tmp_path: Path, two: tuple[Python, Python], capsys: pytest.CaptureFixture[str]
) -> None:
    env = drifted(tmp_path, two)
    site = next(env.glob(f"lib/python{two[1].series}/site-packages"))
    tag = f"cp3{two[1].version[1]}-cp3{two[1].version[1]}-linux_x86_64"
    wheels.install(site, "fast", "1.0", files={f"fast.{two[1].soabi}.so": "\x7fELF"}, tag=tag)
    before = picture(env)
    assert run(["fix", str(env), "--yes", "--offline", "--select", "VD202"]) == 1
    assert "only the network has fast==1.0" in capsys.readouterr().out
    assert picture(env) == before


def test_commands_of_another_version_stand_in_nobodys_way(tmp_path: Path, two: tuple[Python, Python]) -> None:
    copy = relocatable_copy(two[0].series, tmp_path / "base")
    env = envs.make_venv(copy, tmp_path / "env")
    site = envs.site_packages(env)
    files = {"thing/__init__.py": "def main():\n    print('new')\n"}
    wheels.install(site, "thing", "2.0", files=files, scripts={"thing": "thing:main"})  # its command is not recorded
    (env / "bin/thing").write_text(f"#!{env}/bin/python\nprint('old')\n")
    (env / "bin/thing").chmod(0o755)
    stray = env / "lib/python3.7/site-packages"
    stray.mkdir(parents=True)
    shebang = f"{env}/bin/python"
    wheels.install(stray, "older", "1.0", scripts={"older": "older:x"}, bin_dir=env / "bin", shebang=shebang)
    (tmp_path / "base").rename(tmp_path / "gone")
    before = picture(env)
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[1].path]) == 0
    assert envs.run([env / "bin/thing"]).out == "new\n"
    assert envs.imports(env, "older")
    assert run(["undo"]) == 0
    assert picture(env) == before


def test_what_failed_before_is_reported_and_no_reason_to_give_up(
    tmp_path: Path, two: tuple[Python, Python], capsys: pytest.CaptureFixture[str]
) -> None:
    env = envs.make_venv(two[0], tmp_path / "old")
    site = envs.site_packages(env)
    shebang = f"{env}/bin/python"
    common = {"bin_dir": env / "bin", "shebang": shebang}
    good = {"good/__init__.py": "def main():\n    print('good')\n"}
    wheels.install(site, "good", "1.0", files=good, scripts={"good": "good:main"}, **common)
    wheels.install(site, "bad", "1.0", files={"bad/__init__.py": "import absent_module\n"})
    moved = env.rename(tmp_path / "new")
    run(["fix", str(moved), "--yes", "--offline", "--select", "VD401"])
    out = capsys.readouterr().out
    assert "starts as Python" in out
    assert "does not load: bad (ModuleNotFoundError" in out
    assert envs.run([moved / "bin/good"]).out == "good\n"


def test_a_copied_interpreter_of_another_patch_is_copied_anew(tmp_path: Path, two: tuple[Python, Python]) -> None:
    """The rung *refresh*: the copy is replaced, whatever the packages."""
    base = relocatable_copy(two[0].series, tmp_path / "base")
    env = envs.make_venv(base, tmp_path / "env", "--copies")
    if not envs.starts(env):
        pytest.skip("a copied interpreter does not start here")
    wheels.install(envs.site_packages(env), "pure", "1.0")
    for path in (env / "bin").glob("python*"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[: len(data) // 3])  # what an interrupted upgrade leaves
        path.chmod(0o755)
    assert run(["fix", str(env), "--yes", "--offline"]) == 0
    assert envs.imports(env, "pure")
    assert run(["scan", str(env)]) == 0


def test_a_snapshot_knows_what_the_disk_does_not_tell_any_more(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(tmp_path / "house"))
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
    wheels.make_wheel(tmp_path / "house", "pure", "1.5")
    copy = relocatable_copy(two[0].series, tmp_path / "base")
    env = envs.make_venv(copy, tmp_path / "env")
    wheels.install(envs.site_packages(env), "pure", "1.5")
    session = api.open_session(api.ScanRequest(paths=(str(env),)))
    memory.take(session, Store(str(tmp_path / "state")))
    (tmp_path / "base").rename(tmp_path / "gone")
    for path in sorted(envs.site_packages(env).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert run(["fix", str(env), "--yes", "--python", two[1].path]) == 0
    assert envs.run_python(env, "import pure; print(pure.VERSION)").out == "1.5\n"
    assert "pure==1.5" in capsys.readouterr().out


def test_the_plan_as_data(tmp_path: Path, two: tuple[Python, Python], capsys: pytest.CaptureFixture[str]) -> None:
    env = drifted(tmp_path, two)
    assert run(["fix", str(env), "--dry-run", "--offline", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    (plan,) = data["plans"]
    assert plan["fixer"] == "gather"
    assert plan["carried"] == ["left==1.0"]
    assert plan["network"] is False
    assert {step["kind"] for step in plan["steps"]} >= {"set-aside", "bring-back", "transplant", "verify"}
