"""Attacks that need more than one spoiled environment: other commands, whole homes, races, modes, a stuck file system."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.fuzz.targets import DEPENDENTS
from tests.hostile import attacks
from tests.hostile.ground import info_of, site_of, sound, special
from tests.hostile.test_scan import CONTROL, ROOT, _permit, guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs, sockets and modes are POSIX")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    place = tmp_path / "scratch"
    place.mkdir()
    return place


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "target"
    sound(place / "neighbour")
    yield place
    subprocess.run(["rm", "-rf", "--", place], check=False, stderr=subprocess.DEVNULL)


def looked(scratch: Path, target: Path, *more: str, **options: Any) -> dict[str, Any]:
    """Scan under the warden; return the environments by path."""
    options = {"seconds": 60.0} | options
    done = guarded(scratch, target, "scan", str(target), "--no-cache", "--format", "json", *more, **options)
    errors = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1, 3), errors[-2000:]
    assert "Traceback" not in errors
    report = json.loads(done.stdout)
    assert not CONTROL.search(done.stdout.decode().replace("\n", ""))
    found = {item["path"]: item for item in report["environments"]}
    assert found[str(target / "neighbour")]["status"] == "healthy"
    assert "VD902" not in {one["code"] for item in found.values() for one in item["findings"]}
    return found


SPOILED = (attacks.every_text_is_evil, attacks.names_full_of_escapes, attacks.json_that_nests, attacks.pth_that_would_run, attacks.record_that_climbs_out, attacks.a_stack_that_goes_round, attacks.interpreter_of_garbage, attacks.names_that_are_no_utf8)  # fmt: skip
COMMANDS = (
    ("show", "{env}"),
    ("show", "{env}", "--format", "json"),
    ("freeze", "{env}"),
    ("freeze", "{env}", "--format", "pylock"),
    ("interpreters", "{target}"),
    ("predict", "{target}", "--without", "/usr/bin/python3"),
    ("scan", "{target}", "--no-cache", "-v", "--deep"),
    ("scan", "{target}", "--no-cache", "--format", "markdown"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_that_only_looks(command: tuple[str, ...], target: Path, scratch: Path) -> None:
    for spoil in SPOILED:
        spoil(sound(target / spoil.__name__ / "env"))
    places = [target / spoil.__name__ / "env" for spoil in SPOILED]
    for place in places if "{env}" in command else places[:1]:
        words = [word.format(env=place, target=target) for word in command]
        done = guarded(scratch, target, *words, seconds=60)
        errors = done.stderr.decode(errors="replace")
        assert done.returncode in (0, 1, 2, 3), errors[-2000:]
        assert "Traceback" not in errors
        assert "internal error" not in errors, errors
        for text in (done.stdout.decode(), errors):
            assert not CONTROL.search(text.replace("\n", "")), (words, CONTROL.search(text.replace("\n", "")))
    assert not (target / "owned").exists()


SETTINGS = (".config/pip/pip.conf", ".config/uv/uv.toml", ".config/pypoetry/config.toml", ".config/pdm/config.toml", ".config/hatch/config.toml", ".condarc", ".conda/environments.txt", ".bashrc", ".zshrc", ".profile", ".config/fish/config.fish", ".local/share/pipx", ".local/share/uv/tools", ".virtualenvs", ".pyenv/versions", ".pyenv/version", ".cache/pre-commit/db.db", ".local/share/virtualenvs/x/.project", ".config/venvdoctor/config.toml", "pyproject.toml", "venvdoctor.toml", ".python-version", ".tool-versions", ".local/bin/x", ".config/systemd/user/x.service", ".config/autostart/x.desktop", ".git/config")  # fmt: skip


@pytest.mark.parametrize("kind", attacks.KINDS)
def test_a_home_of_special_files(kind: str, target: Path, scratch: Path) -> None:
    home = target / "home"
    env = sound(home / "p" / ".venv")
    inside = [path.removeprefix("/h/") for _, path, _, _ in DEPENDENTS.values() if path.startswith("/h/")]
    for name in dict.fromkeys([*SETTINGS, *inside]):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        special(home / name, kind)
    found = looked(scratch, target, home=home)
    assert found[str(env)]["status"] == "healthy", found[str(env)]


def _each_place(env: Path) -> list[str]:
    return sorted(str(path.relative_to(env)) for path in env.rglob("*") if not path.is_symlink())


def test_denied_at_every_level_is_never_called_missing(target: Path, scratch: Path) -> None:
    """One environment for each of its places, which alone is closed."""
    names = _each_place(target / "neighbour")
    for number, name in enumerate(names):
        (sound(target / "denied" / str(number)) / name).chmod(0)
    try:
        found = looked(scratch, target, modes=True)
    finally:
        _permit(target)
    for number, name in enumerate(names):
        item = found[str(target / "denied" / str(number))]
        said = [one for one in item["findings"] if one["severity"] == "error"]
        assert item["status"] != "broken" or name in ("bin", "pyvenv.cfg"), (name, item)
        for one in said:
            assert "does not exist" not in one["message"], (name, one)
            assert " is gone" not in one["message"], (name, one)
            assert " missing" not in one["message"], (name, one)


def racing(act: Callable[[], None]) -> tuple[threading.Thread, threading.Event]:
    done = threading.Event()

    def race() -> None:
        while not done.is_set():
            try:
                act()
            except OSError:
                continue

    thread = threading.Thread(target=race)
    thread.start()
    return thread, done


def test_directories_that_become_links_between_two_looks(target: Path, scratch: Path) -> None:
    env = sound(target / "victim")
    for part in ("bin", "lib"):
        (env / f"{part}-link").symlink_to("/usr")
    chance = random.Random(1)

    def act() -> None:
        part = chance.choice(("bin", "lib"))
        os.rename(env / part, env / f"{part}-kept")
        os.rename(env / f"{part}-link", env / part)
        os.rename(env / part, env / f"{part}-link")
        os.rename(env / f"{part}-kept", env / part)

    thread, done = racing(act)
    try:
        for _ in range(3):
            looked(scratch, target)
    finally:
        done.set()
        thread.join()


def test_files_that_change_while_they_are_read(target: Path, scratch: Path) -> None:
    env = sound(target / "victim")
    places = [
        env / "pyvenv.cfg",
        info_of(env) / "RECORD",
        info_of(env) / "METADATA",
        env / "bin" / "demo",
        site_of(env) / "x.pth",
    ]
    chance = random.Random(2)

    def act() -> None:
        path = chance.choice(places)
        match chance.randrange(4):
            case 0:
                path.write_bytes(chance.randbytes(chance.randrange(100_000)))
            case 1:
                os.truncate(path, chance.randrange(1 << 34))
            case 2:
                path.unlink()
            case _:
                path.write_text("home = /usr/bin\n" * chance.randrange(1000))

    thread, done = racing(act)
    try:
        for _ in range(3):
            looked(scratch, target)
    finally:
        done.set()
        thread.join()


def test_an_environment_that_vanishes_and_comes_back(target: Path, scratch: Path) -> None:
    env, other = target / "victim", target.parent / "outside"
    sound(other)

    def act() -> None:
        os.rename(other, env)
        os.rename(env, other)

    thread, done = racing(act)
    try:
        for _ in range(3):
            looked(scratch, target)
    finally:
        done.set()
        thread.join()
        shutil.rmtree(other, ignore_errors=True)


STUCK = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
place = sys.argv[1]
if libc.unshare(0x20000) or libc.mount(b"none", b"/", None, 0x44000, None):
    sys.exit(77)
try:
    fuse = os.open("/dev/fuse", os.O_RDWR)
except OSError:
    sys.exit(77)
options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"stuck", place.encode(), b"fuse", 0, options):
    sys.exit(77)
sys.exit(subprocess.run(sys.argv[2:], pass_fds=(fuse,)).returncode)  # nobody ever answers what is asked of it
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="only root mounts a file system that hangs"
)
@pytest.mark.parametrize("how", ["beside", "linked", "home", "stub", "site"])
def test_a_file_system_that_never_answers(how: str, target: Path, scratch: Path) -> None:
    stuck = target / "stuck"
    stuck.mkdir()
    env = sound(target / "victim")
    if how in ("linked", "home"):
        (env / "bin" / "python").unlink()
        (env / "bin" / "python").symlink_to(stuck / "bin" / "python3")
        (env / "pyvenv.cfg").write_text(f"home = {stuck}/bin\n")
    elif how == "stub":
        (target / "link").symlink_to(stuck)
    elif how == "site":
        (site_of(env) / "far.pth").write_text(f"{stuck}/x\n")
        (site_of(env) / "far").symlink_to(stuck / "far")
    words = [sys.executable, "-m", "venvdoctor", "scan", str(target), "--no-cache", "--format", "json"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(scratch)}
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(stuck), *words], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )  # fmt: skip
    try:
        out, errors = process.communicate(timeout=45)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode == 77:
        pytest.skip("no FUSE here")
    assert process.returncode in (0, 1, 3), errors
    found = {item["path"]: item for item in json.loads(out)["environments"]}
    assert found[str(target / "neighbour")]["status"] == "healthy"
    if how in ("linked", "home"):
        assert found[str(env)]["status"] == "unknown", found[str(env)]


def test_memory_stays_bounded(target: Path, scratch: Path) -> None:
    """What is read of any one file is bounded, so a tenth of the warden's memory would do; here: all giants at once."""
    env = sound(target / "victim")
    for spoil in (attacks.record_of_a_million_rows, attacks.metadata_of_many_requirements, attacks.scripts_without_an_end, attacks.interpreter_of_a_sparse_terabyte):  # fmt: skip
        spoil(env)
    looked(scratch, target)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("demo==1.0", True),
        ("demo==1.0+local.1", True),
        ("-e /home/ada/my project", True),
        ("demo @ file:///home/ada/x.whl#sha256=abc", True),
        ("demo==1.0\n--index-url http://evil.example", False),
        ("demo==1.0 --index-url http://evil.example", False),
        ("-r http://evil.example==1.0", False),
        ("--extra-index-url=http://evil.example", False),
        ("-e git+http://evil.example", False),
        ("demo==1.0\x1b[2J", False),
        ("demo==1.0\u202e", False),
        ("demo @ file:///x\r--pre", False),
    ],
)
def test_a_frozen_line_is_one_requirement_or_a_comment(line: str, kept: bool) -> None:
    from venvdoctor.freeze import _one_line

    text = _one_line(line)
    assert text == line if kept else (text.startswith("# ") and text.isprintable())


def test_a_lock_file_holds_the_tables_we_wrote() -> None:
    tomllib = pytest.importorskip("tomllib", reason="this Python has no TOML reader")
    from venvdoctor.freeze import toml_text

    evil = 'x"\n[tool.evil]\na = 1 # \u202e\x7f\x1b'
    data = {
        "lock-version": "1.0",
        "packages": [{"name": evil, "archive": {"url": evil, "hashes": {evil: evil, "a.b": "c"}}}],
    }
    assert tomllib.loads(toml_text(data)) == data
    assert toml_text(data).replace("\n", "").isprintable()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["beside", "bin", "site"])
def test_a_directory_of_a_million_names(where: str, target: Path, scratch: Path) -> None:
    """Where an environment is looked for, where its scripts lie, and where its packages lie."""
    env = sound(target / "victim")
    place = {"beside": target / "many", "bin": env / "bin", "site": site_of(env)}[where]
    place.mkdir(exist_ok=True)
    here = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    for number in range(1_000_000):
        os.symlink("nowhere", f"n{number:07}", dir_fd=here)
    os.close(here)
    found = looked(scratch, target, seconds=300.0)
    assert str(env) in found


def test_what_was_not_looked_at_is_not_called_missing(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory of more names than are kept in memory: no file that is there is reported as lost."""
    from tests.support.scanning import scan
    from venvdoctor.inspection import listings

    env = sound(target / "victim")
    for number in range(60):
        (env / "bin" / f"n{number:03}").symlink_to("python")
        (site_of(env) / f"n{number:03}").mkdir()
    monkeypatch.setattr(listings, "ENTRY_LIMIT", 20)
    found = {item["path"]: item for item in scan(target / "victim", jobs=1)["environments"]}[str(env)]
    assert [one for one in found["findings"] if one["severity"] == "error"] == []
