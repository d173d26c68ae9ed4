"""What surrounds a repair: programs that run from the environment, a Python without ensurepip, many owners at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.inspection import pip_cache, workshop
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.model.repair import Choice
from venvdoctor.repairing import repair

pytestmark = pytest.mark.real
TALK = {"talk/__init__.py": "", "talk/cli.py": "def main():\n    print('ran')\n"}


@pytest.fixture
def two() -> tuple[Python, Python]:
    """Two minor versions with ensurepip, the newer first."""
    found = [item for item in pythons("3.10", "3.13") if item.ensurepip]
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions with ensurepip are needed")
    return found[-1], found[0]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of wheels that is all there is to install from."""
    place = tmp_path / "house"
    wheels.make_wheel(place, "talk", "1.0", files=TALK, scripts={"talk": "talk.cli:main"})
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(place))
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_CACHE_DIR", str(tmp_path / "cache"))
    return place


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="only Linux tells what runs")
def test_what_runs_from_it_is_named_before_its_packages_move(
    tmp_path: Path, two: tuple[Python, Python], capsys: pytest.CaptureFixture[str]
) -> None:
    env = envs.make_venv(relocatable_copy(two[0].series, tmp_path / "base"), tmp_path / "env")
    (env / "bin/serve").write_text(f"#!{env}/bin/python\nimport time\nprint('up', flush=True)\ntime.sleep(60)\n")
    (env / "bin/serve").chmod(0o755)
    with subprocess.Popen([env / "bin/serve"], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"up\n"
            (tmp_path / "base").rename(tmp_path / "gone")
            note = f"it is in use by process {server.pid} (serve): restart that afterwards"
            assert run(["fix", str(env), "-n", "--offline"]) == 1
            assert note not in capsys.readouterr().out  # a link is repointed under its feet
            assert run(["fix", str(env), "-n", "--offline", "--python", two[1].path]) == 1
            assert note in capsys.readouterr().out
        finally:
            server.kill()


@pytest.fixture
def lean(tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch) -> Python:
    """Debian without python3-venv, the only Python there is: `venv --without-pip` works, and no pip comes from it."""
    lean = relocatable_copy(two[1].series, tmp_path / "lean")
    for folder in Path(lean.path).parent.parent.glob("lib/python3*/"):
        shutil.rmtree(folder / "ensurepip", ignore_errors=True)
        for pip in [*folder.glob("site-packages/pip*"), *folder.glob("site-packages/setuptools*")]:
            shutil.rmtree(pip)

    def only(session: object) -> tuple[Choice, ...]:
        interpreter = read_interpreter(os.path.realpath(lean.path), session.shared)  # type: ignore[attr-defined]
        assert interpreter is not None
        return (Choice(path=lean.path, interpreter=interpreter),)

    monkeypatch.setattr(repair, "_choices", only)
    for module in (workshop, pip_cache):  # this machine may have python3-pip-whl
        monkeypatch.setattr(module, "bundles", lambda _: ())
    monkeypatch.setenv("PATH", "/usr/bin:/bin" if not shutil.which("uv", path="/usr/bin:/bin") else "")
    return lean


@pytest.mark.usefixtures("lean", "home")
@pytest.mark.parametrize("whole", [True, False], ids=["carried over", "installed"])
def test_a_python_without_ensurepip_serves(
    tmp_path: Path, two: tuple[Python, Python], house: Path, whole: bool
) -> None:
    base = relocatable_copy(two[0].series, tmp_path / "base")
    env = envs.make_venv(base, tmp_path / "env", pip=True)
    envs.must([env / "bin/python", "-m", "pip", "install", "-q", "--no-index", "--find-links", house, "talk"])
    if not whole:
        (envs.site_packages(env) / "talk/cli.py").unlink()
    (tmp_path / "base").rename(tmp_path / "gone")
    assert run(["fix", str(env), "--yes"]) == 0
    assert envs.run([env / "bin/talk"]).out == "ran\n"
    assert envs.run([env / "bin/python", "-m", "pip", "--version"]).ok


@pytest.mark.usefixtures("house", "home")
def test_without_any_installer_nothing_is_begun(
    tmp_path: Path, two: tuple[Python, Python], lean: Python, capsys: pytest.CaptureFixture[str]
) -> None:
    env = envs.make_venv(relocatable_copy(two[0].series, tmp_path / "base"), tmp_path / "env")
    site = envs.site_packages(env)
    wheels.install(site, "talk", "1.0", files=TALK)
    (site / "talk/cli.py").unlink()
    (tmp_path / "base").rename(tmp_path / "gone")
    before = picture(env)
    assert run(["fix", str(env), "--yes"]) == 1
    why = f"neither uv nor a pip for Python {lean.text} is here to install talk==1.0; install uv, or a pip for that"
    assert why in capsys.readouterr().out
    assert picture(env) == before
