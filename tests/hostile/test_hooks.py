"""The hook looks into every home as root and tells everybody: it may tell nothing private, and nothing that moves a cursor."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.repairs import ROOT
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.cli.hook import _program, _refuse_strange
from venvdoctor.errors import UsageError
from venvdoctor.upgrading.aftermath import sentence
from venvdoctor.upgrading.hooks import MANAGERS, files_for, script

if TYPE_CHECKING:
    from pathlib import Path


def report(*summaries: str) -> Any:
    causes = [{"summary": text, "environments": ["/home/ada/secret/env"]} for text in summaries]
    return {"environments": [{"path": "/home/ada/secret/env", "status": "broken"}], "causes": causes}


def test_the_notice_names_no_file_of_a_home() -> None:
    line = sentence(
        report("/home/ada/secret/python is gone", "/usr/bin/python3.11 is gone"), {}, ("/home/ada", "/root")
    )
    assert "secret" not in line
    assert "/usr/bin/python3.11 is gone" in line


def test_the_notice_is_one_line_that_only_prints() -> None:
    line = sentence(report("/usr/\x1b]0;x\x07\n::error::\u202e is gone"), {})
    assert line.isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize("evil", ["$(touch owned)", "'; touch owned; '", "`touch owned`", "a b\ntouch owned\n"])
def test_the_words_that_start_venvdoctor_are_only_words(evil: str, tmp_path: Any) -> None:
    subprocess.run(
        ["sh", "-c", script([evil, "-m"]), "hook", "pre"], cwd=tmp_path, check=True, capture_output=True, timeout=20
    )
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("manager", MANAGERS)
def test_every_file_of_a_hook_carries_the_mark(manager: str) -> None:
    assert all("venvdoctor" in file.content and file.mode & 0o022 == 0 for file in files_for(manager, ["x"]))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("how", ["owned", "open"])
def test_roots_hook_starts_nothing_that_a_user_may_change(how: str, tmp_path: Path) -> None:
    program = tmp_path / "ada" / "bin" / "venvdoctor"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    _refuse_strange([str(program)])
    if how == "owned":
        os.chown(tmp_path / "ada", 1234, 1234)
    else:
        program.chmod(0o777)
    with pytest.raises(UsageError, match="root's hook would start"):
        _refuse_strange([str(program)])


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_a_hook_takes_no_module_from_where_root_happens_to_be(tmp_path: Path) -> None:
    """`apt upgrade` in a user's directory: `python -m` would look for modules there, as root."""
    for name in ("timeout.py", "json.py", "runpy.py", "venvdoctor.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'owned')!r}, 'w')\n")
    text = script([sys.executable, "-m", "venvdoctor"])
    done = subprocess.run(["sh", "-c", text, "hook", "pre"], cwd=tmp_path, input=b"", check=False, timeout=60)
    assert done.returncode == 0
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "VIRTUAL_ENV", "PATH"])
def test_a_hook_is_bent_by_no_variable(variable: str, tmp_path: Path) -> None:
    """`sudo -E apt upgrade`: what a user's variables name would run as root."""
    lures = ("timeout", "cat", "setsid", "mkdir", "json.py", "runpy.py", "sitecustomize.py", "usercustomize.py")
    for name in lures:
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {tmp_path / 'owned'}\n")
        (tmp_path / name).chmod(0o755)
    given = {**os.environ, variable: str(tmp_path)}
    tell = 'import os; print([os.environ.get(name) for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE")])'
    text = script([sys.executable, "-c", tell])
    shell = ["/bin/sh", "-c", text, "hook", "pre"]
    done = subprocess.run(shell, env=given, input=b"", capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.decode().strip() == str([None] * 3)
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("lure", ["venvdoctor.plist.venvdoctor-new", "venvdoctor.plist", "LaunchAgents"])
def test_root_writes_no_hook_through_a_users_links(lure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sudo venvdoctor hook install brew` with the user's HOME."""
    agents, victim = tmp_path / "ada" / "Library" / "LaunchAgents", tmp_path / "etc"
    victim.mkdir()
    (victim / "passwd").write_text("precious")
    agents.parent.mkdir(parents=True)
    if lure == "LaunchAgents":
        agents.symlink_to(victim)
    else:
        agents.mkdir()
        (agents / lure).symlink_to(victim / "passwd")
    for path in (tmp_path / "ada", *(tmp_path / "ada").rglob("*")):
        os.chown(path, 1234, 1234, follow_symlinks=False)
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    before = picture(tmp_path)
    assert run(["hook", "install", "brew", "--root", "/."]) == 2
    assert picture(tmp_path) == before


def test_a_hook_that_is_a_fifo_or_a_link_is_not_waited_for(tmp_path: Path) -> None:
    for file in files_for("apt", ["x"]):
        place = tmp_path / file.path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(place)
    words = [sys.executable, "-m", "venvdoctor", "hook"]
    for command, code in (("show", 0), ("remove", 0), ("install", 2)):
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        line = [*words, command, "apt", "--root", str(tmp_path)]
        assert subprocess.run(line, env=environ, capture_output=True, check=False, timeout=30).returncode == code


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
def test_the_interpreter_of_roots_program_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/opt/venvdoctor is root's, and the Python that it was made with lies in a home."""
    python = tmp_path / "ada" / "python3"
    python.parent.mkdir()
    python.touch(mode=0o755)
    os.chown(python.parent, 1234, 1234)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(UsageError, match="root's hook would start"):
        _refuse_strange(_program())
