"""`venvdoctor hook`: installed twice it is installed once, removed it is gone, what is not ours stays."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.places import mark, write
from tests.support.wheels import install
from venvdoctor.api import ScanRequest
from venvdoctor.upgrading import aftermath, hooks
from venvdoctor.upgrading.snapshot import Store

if TYPE_CHECKING:
    from pathlib import Path


def hook(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-m", "venvdoctor", "hook", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environ})


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a directory with its mode and content."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in files}


@pytest.mark.parametrize("manager", hooks.MANAGERS)
def test_it_can_be_installed_twice_and_removed(manager: str, tmp_path: Path) -> None:
    home = {"HOME": "/home/me"}
    assert hook("install", manager, "--root", str(tmp_path), **home).returncode == 0
    first = tree(tmp_path)
    assert {"/" + name for name in first} == {file.path for file in hooks.files_for(manager, ["x"], home="/home/me")}
    assert hook("install", manager, "--root", str(tmp_path), **home).returncode == 0
    assert tree(tmp_path) == first
    assert "installed" in hook("show", manager, "--root", str(tmp_path), **home).stdout
    assert hook("remove", manager, "--root", str(tmp_path), **home).returncode == 0
    assert tree(tmp_path) == {}
    assert "no hook is installed" in hook("remove", manager, "--root", str(tmp_path), **home).stdout


def test_the_manager_that_is_here_is_found(tmp_path: Path) -> None:
    (tmp_path / "etc" / "apt" / "apt.conf.d").mkdir(parents=True)
    assert "99venvdoctor" in hook("install", "--root", str(tmp_path)).stdout
    assert hook("install", "--root", str(tmp_path / "empty")).returncode == 2
    assert hook("install", "emerge", "--root", str(tmp_path)).returncode == 2


def test_what_another_hook_still_needs_stays(tmp_path: Path) -> None:
    for manager in ("apt", "dnf"):
        hook("install", manager, "--root", str(tmp_path))
    hook("remove", "dnf", "--root", str(tmp_path))
    assert (tmp_path / hooks.SCRIPT[1:]).exists()
    assert (tmp_path / "etc/apt/apt.conf.d/99venvdoctor").exists()
    hook("remove", "apt", "--root", str(tmp_path))
    assert tree(tmp_path) == {}


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "etc" / "apt" / "apt.conf.d" / "99venvdoctor"
    write(place, "mine\n")
    assert hook("install", "apt", "--root", str(tmp_path)).returncode == 2
    hook("remove", "apt", "--root", str(tmp_path))
    assert place.read_text() == "mine\n"
    assert not (tmp_path / hooks.SCRIPT[1:]).exists()  # nothing is half installed


def test_removal_takes_the_notice_along(tmp_path: Path) -> None:
    hook("install", "apt", "--root", str(tmp_path))
    write(tmp_path / hooks.NOTICE[1:], "3 broke\n")
    hook("remove", "apt", "--root", str(tmp_path))
    assert tree(tmp_path) == {}


@pytest.fixture
def sick(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one environment whose interpreter is gone, and a state directory."""
    monkeypatch.setattr(aftermath, "_everybody", ScanRequest)  # look at this home only, also as root
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(home.parent / "state"))
    env = home / "project" / ".venv"
    mark(env, cfg="home = /gone/bin\nversion = 3.11.2\n")
    os.symlink("/gone/bin/python3", env / "bin" / "python")
    install(env / "lib" / "python3.11" / "site-packages", "demo", "1.0")
    return env


@pytest.mark.usefixtures("sick")
def test_a_look_leaves_one_line_and_a_snapshot(tmp_path: Path) -> None:
    notice = tmp_path / "var" / "notice"
    aftermath.look(str(notice))
    line = notice.read_text()
    assert line.count("\n") == 1
    assert "1 Python environment is broken" in line
    assert "/gone is gone" in line
    assert "venvdoctor scan" in line
    assert Store(str(tmp_path / "state")).find(None).reason == "after an upgrade"
    notice.unlink()
    aftermath.look(str(notice))  # no news: what was sick before is not told again
    assert not notice.exists()


def test_the_notice_goes_when_all_is_well(sick: Path, tmp_path: Path) -> None:
    notice = tmp_path / "var" / "notice"
    aftermath.look(str(notice))
    aftermath.look(str(notice))
    assert notice.exists()  # still sick: told until it is well, or read
    for path in (sick / "bin" / "python", sick / "pyvenv.cfg"):
        path.unlink()
    aftermath.look(str(notice))
    assert not notice.exists()


def test_a_full_disk_or_a_file_in_the_way_is_survived(
    sick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "state", "a file")
    write(tmp_path / "var", "a file")
    aftermath.look(str(tmp_path / "var" / "notice"))
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", "/dev/full/x")
    aftermath.look("/dev/full/notice")
    assert sick.exists()


APT = """VERSION 3
APT::Architecture=amd64

libssl3 3.0.1 amd64 same > - - none **REMOVE**
libssl3t64 - - none < 3.5.0 amd64 same /var/cache/apt/archives/libssl3t64_3.5.0_amd64.deb
libfoo 1.0 i386 same > - - none **REMOVE**
python3-minimal 3.11.2-1 amd64 none < 3.13.5-1 amd64 none /var/cache/apt/archives/python3-minimal.deb
python3-minimal 3.11.2-1 amd64 none < 3.13.5-1 amd64 none **CONFIGURE**
"""


def test_what_apt_tells_its_hooks_is_read_as_a_simulated_run(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = os.uname()
    fake = os.uname_result((machine.sysname, machine.nodename, machine.release, machine.version, "x86_64"))
    monkeypatch.setattr(os, "uname", lambda: fake)
    assert list(aftermath._as_simulation(APT.splitlines())) == [
        "Remv libssl3 [3.0.1]",
        "Inst libssl3t64 (3.5.0 apt [any])",
        "Remv libfoo:i386 [1.0]",
        "Inst python3-minimal [3.11.2-1] (3.13.5-1 apt [any])",
    ]


@pytest.mark.parametrize("text", ["", "VERSION 3\n\n", "\0\n", "a b c d < e f g\n", "x " * 10_000])
def test_a_warning_says_nothing_where_there_is_nothing(text: str) -> None:
    assert list(aftermath.warning(text)) == []
