"""Where a repair takes packages from: the old files, the caches, the index; and what it says when there is no build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.inspection.pip_cache import cached_wheels
from venvdoctor.model.interpreter import Interpreter, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 55
CLOSED = "http://127.0.0.1:9/simple"


@pytest.fixture
def two() -> tuple[Python, Python]:
    """Two minor versions; the first can be copied."""
    found = [item for item in pythons("3.10", "3.13") if item.ensurepip]
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions with ensurepip are needed")
    return found[-1], found[0]


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Have uv on PATH, or no uv: then pip serves. Both know no index but the one a test gives them."""
    if request.param == "uv":
        monkeypatch.setenv("PATH", f"{Path(envs.uv_command()).parent}:/usr/bin:/bin")
    else:
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
    settings = {
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "PIP_CACHE_DIR": str(tmp_path / "pip-cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CONFIG": "1",
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    for key in ("PIP_FIND_LINKS", "UV_FIND_LINKS", "PIP_NO_INDEX", "UV_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(key, raising=False)
    return str(request.param)


def house(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(place))
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")


def lost(tmp_path: Path, base: Python, *, native: bool = False) -> Path:
    """Make an environment with one package, and let its interpreter go."""
    copy = relocatable_copy(base.series, tmp_path / "base")
    env = envs.make_venv(copy, tmp_path / "env")
    files = {"thing/__init__.py": "VERSION = 1\n"}
    if native:
        files[f"thing/_fast.{base.soabi}.so"] = "\x7fELF"
    tag = f"cp3{base.version[1]}-cp3{base.version[1]}-linux_x86_64" if native else "py3-none-any"
    wheels.install(envs.site_packages(env), "thing", "1.0", files=files, tag=tag)
    (tmp_path / "base").rename(tmp_path / "gone")
    return env


@pytest.mark.real
@pytest.mark.usefixtures("installer")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("thing-1.0-py3-none-any.whl", ""),
        ("thing-1.0-cp36-cp36m-linux_x86_64.whl", "no build exists for Python {version} of thing==1.0"),
        ("gone.whl", "thing==1.0 was installed from {house}/gone.whl, which is gone; put it back there"),
        ("my project", "thing==1.0 was installed from {house}/my project, which is gone; put it back there"),
    ],
)
def test_what_came_from_a_path_is_looked_for_there_first(
    tmp_path: Path, two: tuple[Python, Python], capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    env = lost(tmp_path, two[0], native=True)
    house = tmp_path / "a house"
    if name.startswith("thing"):
        files = {"thing/__init__.py": "VERSION = 2\n"}
        wheels.make_wheel(house, "thing", "1.0", files=files, tag=name.removeprefix("thing-1.0-").removesuffix(".whl"))
    kind = '"archive_info": {}' if name.endswith(".whl") else '"dir_info": {"editable": true}'
    info = next(envs.site_packages(env).glob("thing-*.dist-info"))
    (info / "direct_url.json").write_text(f'{{"url": "{(house / name).as_uri()}", {kind}}}')
    before = picture(env)
    assert run(["fix", str(env), "--yes", "--python", two[1].path]) == bool(said)
    out = capsys.readouterr().out
    if said:
        assert said.format(house=house, version=two[1].text) in out
        assert picture(env) == before
        assert not (env / ".venvdoctor").exists()
    else:
        assert "1 from the local cache: thing==1.0" in out
        assert envs.run_python(env, "import thing; print(thing.VERSION)").out == "2\n"
        assert "a%20house" in (envs.site_packages(env) / info.name / "direct_url.json").read_text()


@pytest.mark.real
@pytest.mark.usefixtures("installer")
@pytest.mark.parametrize("installer", ["pip"], indirect=True)
@pytest.mark.parametrize("anew", ["rebuilt", "repaired"])
def test_pip_installs_into_a_relocatable_environment_what_can_be_moved(
    tmp_path: Path, two: tuple[Python, Python], anew: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house(tmp_path / "house", monkeypatch)
    files = {"thing/__init__.py": "def main():\n    print('ran')\n"}
    wheels.make_wheel(tmp_path / "house", "thing", "1.0", files=files, scripts={"thing": "thing:main"})
    env = envs.make_uv_venv(relocatable_copy(two[0].series, tmp_path / "base"), tmp_path / "env", "--relocatable")
    envs.must([envs.uv_command(), "pip", "install", "-q", "--link-mode", "copy", "-p", env / "bin/python", "thing"])
    own = (env / "bin/thing").read_bytes()
    (envs.site_packages(env) / "thing/__init__.py").unlink()
    words = []
    if anew == "rebuilt":
        (tmp_path / "base").rename(tmp_path / "gone")
        words = ["--python", two[1].path]
    assert run(["fix", str(env), "--yes", *words]) == 0
    assert (env / "bin/thing").read_bytes().splitlines()[:3] == own.splitlines()[:3]
    assert run(["scan", "--deep", str(env)]) == 0
    moved = env.rename(tmp_path / "elsewhere")
    assert envs.run([moved / "bin/thing"]).out == "ran\n"


def cut_off(words: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the program where nothing is reached: in a network of its own if that may be made, else by a closed index."""
    alone = ["unshare", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        alone = []
        for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
            monkeypatch.setenv(name, CLOSED)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    words = [*alone, sys.executable, "-m", "venvdoctor", *words]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    monkeypatch.delenv("PYTHONPATH")
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.real
@pytest.mark.usefixtures("installer")
def test_many_pure_packages_come_along_without_the_network(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = relocatable_copy(two[0].series, tmp_path / "base")
    env = envs.make_venv(copy, tmp_path / "env")
    site = envs.site_packages(env)
    for number in range(COUNT):
        name = f"pure{number}"
        files: dict[str, str | bytes] = {
            f"{name}/__init__.py": f"from {name} import cli\n",
            f"{name}/cli.py": f"def main():\n    print({number})\n",
            f"{name}/data/table.bin": bytes(range(256)),
            f"{name}_single.py": "x = 'ä'\n".encode(),
        }
        scripts = {f"run{number}": f"{name}.cli:main"} if number % 3 == 0 else None
        wheels.install(
            site, name, f"1.{number}", files=files, scripts=scripts, bin_dir=env / "bin", shebang=f"{env}/bin/python"
        )
    old = {path: what for path, what in picture(site).items() if ".dist-info/RECORD" not in path}
    (tmp_path / "base").rename(tmp_path / "gone")
    out = cut_off(["fix", str(env), "--yes", "--offline", "--python", two[1].path], monkeypatch)
    assert f"{COUNT} carried over from the old one" in out
    assert "uses the network" not in out
    scripts_made = len(range(0, COUNT, 3))
    assert f"{2 * COUNT} imports work, {scripts_made} scripts load" in out
    fresh = envs.site_packages(env)
    assert two[1].series in str(fresh)
    new = {path: what for path, what in picture(fresh).items() if ".dist-info/RECORD" not in path}
    assert new == old
    assert envs.run([env / "bin/run3"]).out == "3\n"
    assert run(["scan", "--deep", str(env)]) == 0
    assert run(["undo"]) == 0
    assert old == {path: what for path, what in picture(site).items() if ".dist-info/RECORD" not in path}


@pytest.mark.real
@pytest.mark.usefixtures("installer")
def test_what_has_no_build_is_said_and_its_newest_taken_when_asked(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env = lost(tmp_path, two[0], native=True)
    wheels.make_wheel(tmp_path / "house", "thing", "2.5")
    house(tmp_path / "house", monkeypatch)
    before = picture(env)
    assert run(["fix", str(env), "--yes", "--python", two[1].path]) == 1
    out = capsys.readouterr().out
    assert f"no build exists for Python {two[1].text} of thing==1.0 (the newest with one is 2.5)" in out
    assert picture(env) == before
    assert run(["fix", str(env), "--yes", "--python", two[1].path, "--upgrade-missing"]) == 0
    out = capsys.readouterr().out
    assert "2.5 takes its place, as asked" in out
    assert envs.run_python(env, "import thing; print(thing.VERSION)").out == "2.5\n"


@pytest.mark.real
@pytest.mark.usefixtures("installer")
def test_an_index_that_does_not_answer_is_not_a_missing_build(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, CLOSED)
    env = lost(tmp_path, two[0], native=True)
    assert run(["fix", str(env), "--yes", "--python", two[1].path]) == 1
    assert "the package index does not answer, and no local cache has thing==1.0" in capsys.readouterr().out


@pytest.mark.real
@pytest.mark.usefixtures("installer")
def test_a_wheel_in_the_cache_of_pip_serves_without_the_network(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, CLOSED)
    env = lost(tmp_path, two[0], native=True)
    wheel = wheels.make_wheel(tmp_path / "house", "thing", "1.0")
    body = tmp_path / "pip-cache/http-v2/a/b/c/d/e/abcde0123.body"
    body.parent.mkdir(parents=True)
    wheel.rename(body)
    assert run(["fix", str(env), "--dry-run", "--offline", "--python", two[1].path]) == 1
    assert "1 from the local cache: thing==1.0" in capsys.readouterr().out
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[1].path]) == 0
    assert envs.imports(env, "thing")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, ThreadingHTTPServer]]:
    """A package index with one package, on a port of its own."""
    wheels.make_wheel(tmp_path / "index/simple/thing", "thing", "1.0")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path / "index")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple", server
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in the library
        """Say nothing."""


@pytest.mark.real
@pytest.mark.usefixtures("installer")
def test_what_is_downloaded_is_said_before_and_served_from_the_cache_after(
    tmp_path: Path,
    two: tuple[Python, Python],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    installer: str = request.getfixturevalue("installer")
    index: tuple[str, ThreadingHTTPServer] = request.getfixturevalue("index")
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, index[0])
    env = lost(tmp_path, two[0], native=True)
    assert run(["fix", str(env), "--yes", "--python", two[1].path]) == 0
    out = capsys.readouterr().out
    assert "1 to download (uses the network): thing==1.0" in out
    assert envs.imports(env, "thing")
    assert run(["undo"]) == 0
    index[1].shutdown()
    if installer == "pip":  # it keeps nothing that came by plain http
        return
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[1].path]) == 0
    assert "1 from the local cache: thing==1.0" in capsys.readouterr().out
    assert envs.imports(env, "thing")


def test_wheels_are_told_from_their_own_metadata(tmp_path: Path) -> None:
    cache = tmp_path / "pip"
    (cache / "http-v2/a").mkdir(parents=True)
    for number, (name, tag) in enumerate(
        [("good", "py2.py3-none-any"), ("other", "cp27-cp27m-win32"), ("Dotted.Name", "py3-none-any")]
    ):
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(cache / f"http-v2/a/{number}.body", "w") as archive:
            tags = "".join(f"Tag: {one}-none-any\n" for one in tag.split("-")[0].split(".")) if "any" in tag else ""
            archive.writestr(f"{info}/WHEEL", tags or f"Tag: {tag}\n")
    for name, content in {"torn.body": b"PK\x03\x04", "page.body": b"<html>", "empty.body": b""}.items():
        (cache / "http-v2/a" / name).write_bytes(content)
    interpreter = Interpreter(executable="/x", version=PythonVersion(3, 12, 1), implementation="cpython")
    asked = ["good==1.0", "other==1.0", "dotted-name==1.0", "good==2.0", "pip>=23.2"]
    found = cached_wheels(asked, interpreter, {"PIP_CACHE_DIR": str(cache)})
    assert {key: wheel.name for key, wheel in found.items()} == {
        "good": "good-1.0-py2.py3-none-any.whl",
        "dotted-name": "Dotted.Name-1.0-py3-none-any.whl",
    }
    assert cached_wheels(asked, interpreter, {"PIP_CACHE_DIR": str(tmp_path / "none")}) == {}
