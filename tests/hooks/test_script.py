"""The script that package managers call: it succeeds and returns whatever is wrong; the login shell tells once."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from venvdoctor.upgrading import hooks

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = {
    "missing": None,
    "crashes": "#!/bin/sh\nkill -SEGV $$\n",
    "fails": "#!/bin/sh\nexit 3\n",
    "not executable": "",
    "talks": '#!/bin/sh\necho "$@"\n',
    "deaf": "#!/bin/sh\nexec <&-\nexit 0\n",
}


def script_in(folder: Path, program: str | None) -> Path:
    """Write the hook's script for a program that behaves like this."""
    command = folder / "pro'gram"
    if program is not None:
        command.write_text(program)
        command.chmod(0o755 if program else 0o644)
    place = folder / "hook"
    place.write_text(hooks.script([str(command)]).replace(os.path.dirname(hooks.NOTICE), str(folder / "state")))
    place.chmod(0o755)
    return place


@pytest.mark.parametrize("kind", PROGRAMS)
@pytest.mark.parametrize("stage", ["pre", "post", "work", "", "nonsense"])
def test_it_succeeds_whatever_the_program_does(kind: str, stage: str, tmp_path: Path) -> None:
    script = script_in(tmp_path, PROGRAMS[kind])
    packages = b"python3 3.11 amd64 none < 3.13 amd64 none /x.deb\n" * 20_000  # more than a pipe holds
    done = subprocess.run([script, stage], input=packages, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout == (
        b"hook warn\n" if (kind, stage) == ("talks", "pre") else done.stdout if stage == "work" else b""
    )


def test_it_does_not_wait_for_the_work(tmp_path: Path) -> None:
    work = f'#!/bin/sh\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.1; done\necho "$@" >{tmp_path}/done.part\n'
    script = script_in(tmp_path, f"{work}mv {tmp_path}/done.part {tmp_path}/done\n")
    try:
        subprocess.run(
            [script, "post"], check=True, capture_output=True, timeout=60
        )  # its pipes are closed at once too
        assert not (tmp_path / "done").exists()
    finally:
        (tmp_path / "go").touch()
    deadline = time.monotonic() + 60
    while not (tmp_path / "done").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (tmp_path / "done").read_text() == "hook run\n"


@pytest.mark.parametrize(("kind", "told"), [("missing", True), ("fails", True), ("talks", False)])
def test_it_tells_when_venvdoctor_itself_cannot_start(kind: str, told: bool, tmp_path: Path) -> None:
    subprocess.run([script_in(tmp_path, PROGRAMS[kind]), "work"], check=True, capture_output=True)
    notice = tmp_path / "state" / "notice"
    assert notice.exists() is told
    assert not told or notice.read_text().count("\n") == 1


def login(folder: Path, *options: str) -> str:
    """Return what a shell that reads the login file prints."""
    place = folder / "login.sh"
    place.write_text(hooks.login().replace(hooks.NOTICE, str(folder / "notice")))
    environ = {**os.environ, "HOME": str(folder / "home"), "PS1": "", "ENV": ""}
    environ.pop("XDG_STATE_HOME", None)
    words = ["sh", *options, "-c", f". {place}; echo end"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environ, stdin=subprocess.DEVNULL)
    return done.stdout


def test_the_login_shell_tells_once_for_each_notice(tmp_path: Path) -> None:
    notice = tmp_path / "notice"
    assert login(tmp_path, "-i") == "end\n"
    notice.write_text("2 broke\n")
    assert login(tmp_path) == "end\n"  # scp, rsync and their like
    assert login(tmp_path, "-i") == "2 broke\nend\n"
    assert login(tmp_path, "-i") == "end\n"
    seen = tmp_path / "home" / ".local" / "state" / "venvdoctor" / "noticed"
    os.utime(seen, (1, 1))
    assert login(tmp_path, "-i") == "2 broke\nend\n"


def test_a_home_that_cannot_be_written_still_lets_people_in(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no directory")
    (tmp_path / "notice").write_text("2 broke\n")
    assert login(tmp_path, "-i") == "2 broke\nend\n"
