"""A machine that lacks what every machine has: descriptors, /proc, /tmp, a disk that can be written; and autofs, NFS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.ground import sound
from tests.hostile.test_stability import SICK, environ, words

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts and limits are Linux's")
is_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A sound environment and a broken one."""
    place = tmp_path / "target"
    sound(place / "good")
    sick = sound(place / "bad")
    (sick / "bin" / "python").unlink()
    (sick / "bin" / "python").symlink_to(SICK)
    return place


def statuses(text: bytes, target: Path) -> dict[str, str]:
    found = {item["path"]: item["status"] for item in json.loads(text)["environments"]}
    return {name: found[str(target / name)] for name in ("good", "bad")}


def within(script: str, target: Path, *command: object, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a mount name space of its own, after a script has changed what is mounted."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:  # fmt: skip
        pytest.skip("no mount name spaces here")
    shell = ["unshare", "-m", "--propagation", "private", "sh", "-ec", f'{script}; exec "$@"', "sh", *words(*command)]
    surroundings = environ(TARGET=str(target), HOME=str(target), **variables)
    done = subprocess.run(shell, env=surroundings, capture_output=True, check=False, timeout=90, cwd="/")
    assert b"Traceback" not in done.stderr, done
    assert b"internal error" not in done.stderr, done
    return done


def test_sixteen_descriptors_are_enough(target: Path) -> None:
    shell = ["sh", "-c", 'ulimit -n 16; exec "$@"', "sh", *words("scan", target, "--no-cache", "--format", "json")]
    done = subprocess.run(shell, env=environ(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 1, done
    assert statuses(done.stdout, target) == {"good": "healthy", "bad": "broken"}


@pytest.mark.parametrize("limit", [6, 8, 10])
def test_too_few_descriptors_are_said_and_nothing_is_made_up(limit: int, target: Path) -> None:
    shell = [
        "sh",
        "-c",
        f'ulimit -n {limit}; exec "$@"',
        "sh",
        *words("scan", target, "--no-cache", "--format", "json"),
    ]
    done = subprocess.run(shell, env=environ(), capture_output=True, check=False, timeout=60)
    if done.returncode in (0, 1):
        assert statuses(done.stdout, target)["good"] == "healthy"
    assert done.returncode != 0, done


@is_root
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_without_proc(jobs: str, target: Path) -> None:
    done = within("mount -t tmpfs none /proc", target, "scan", target, "--no-cache", "--format", "json", "--jobs", jobs)
    assert done.returncode == 1, done
    assert statuses(done.stdout, target) == {"good": "healthy", "bad": "broken"}


@is_root
def test_without_a_temporary_directory(target: Path, tmp_path: Path) -> None:
    """`/tmp` is full of nothing and may not be written; so may `/var/tmp`."""
    script = 'mkdir -p "$KEEP"; mount --bind "$TARGET" "$KEEP"; mount -t tmpfs -o ro none /tmp 2>/dev/null; mount -t tmpfs -o ro none /var/tmp'
    keep = Path("/mnt")
    if any(keep.iterdir()) or not tmp_path.is_relative_to("/tmp"):
        pytest.skip("/mnt is in use, or the tests lie elsewhere")
    sick = keep / "bad" / "bin" / "python"
    done = within(
        script,
        target,
        "scan",
        keep,
        "--no-cache",
        "--format",
        "json",
        KEEP=str(keep),
        TMPDIR="/nowhere",
        PYTHONSAFEPATH="",
    )
    assert done.returncode == 1, done
    found = {item["path"]: item["status"] for item in json.loads(done.stdout)["environments"]}
    assert found[str(keep / "bad")] == "broken", sick


@is_root
@pytest.mark.parametrize("command", ["scan", "show", "snapshot", "fix", "undo"])
def test_a_root_that_is_read_only(command: str, target: Path) -> None:
    """What only looks says the same; what has to write says what it cannot."""
    env = target / "bad"
    arguments: dict[str, list[Any]] = {
        "scan": ["scan", target, "--format", "json"],
        "show": ["show", env],
        "snapshot": ["snapshot", "--path", env],
        "fix": ["fix", "--yes", "--offline", env],
        "undo": ["undo", "--list"],
    }
    script = 'mount --bind / /; mount -o remount,bind,ro /; mount --bind "$TARGET" "$TARGET"; mount -o remount,bind,ro "$TARGET"'
    done = within(script, target, *arguments[command])
    expected = {"scan": (1,), "show": (1,), "snapshot": (1, 2, 3), "fix": (1,), "undo": (0, 1)}
    assert done.returncode in expected[command], done
    if command == "scan":
        assert statuses(done.stdout, target) == {"good": "healthy", "bad": "broken"}
    assert os.readlink(env / "bin" / "python") == SICK


AUTOFS = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
place = sys.argv[1]
if libc.unshare(0x20000) or libc.mount(b"none", b"/", None, 0x44000, None):
    sys.exit(77)
asked, told = os.pipe()
options = f"fd={told},pgrp={os.getpgrp()},minproto=5,maxproto=5,indirect".encode()
if libc.mount(b"automount", place.encode(), b"autofs", 0, options):
    sys.exit(77)
os.set_inheritable(told, True)
pid = os.fork()
if not pid:
    os.setpgid(0, 0)  # the daemon's own group walks freely; everybody else waits for an answer that never comes
    os.execv(sys.argv[2], sys.argv[2:])
os.set_blocking(asked, False)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
try:
    woken = os.read(asked, 300)
except BlockingIOError:
    woken = b""
sys.exit(90 if woken else code)
"""


@is_root
@pytest.mark.parametrize("how", ["beside", "home", "linked"])
def test_an_autofs_is_not_woken(how: str, target: Path) -> None:
    """A directory that mounts something when it is looked into: nobody answers here, and nobody is to be asked."""
    place = target / "net"
    place.mkdir()
    env = target / "bad"
    if how == "home":
        (env / "pyvenv.cfg").write_text(f"home = {place}/host/bin\nversion = 3.11.2\n")
    elif how == "linked":
        (env / "bin" / "python").unlink()
        (env / "bin" / "python").symlink_to(place / "host" / "bin" / "python3.11")
    command = [sys.executable, "-c", AUTOFS, str(place), *words("scan", target, "--no-cache", "--format", "json")]
    done = subprocess.run(command, env=environ(HOME=str(target)), capture_output=True, check=False, timeout=60)
    if done.returncode == 77:
        pytest.skip("no autofs here")
    assert done.returncode != 90, "the file system was asked to mount"
    assert done.returncode in (1, 3), done
    found = {item["path"]: item["status"] for item in json.loads(done.stdout)["environments"]}
    assert found[str(target / "good")] == "healthy"
    assert found[str(env)] == ("unknown" if how == "linked" else "broken"), found


def test_what_a_look_would_mount_and_what_is_mounted() -> None:
    from venvdoctor.inspection.answering import dormant_places, view_without
    from venvdoctor.inspection.mounts import Mount

    table = (
        Mount("/", "ext4"), Mount("/proc/sys/fs/binfmt_misc", "autofs"), Mount("/boot/efi", "autofs"), Mount("/home", "autofs"),
        Mount("/home/ada", "nfs4"), Mount("/srv", "autofs"), Mount("/srv", "ext4"), Mount("/net/host/a", "autofs"),
    )  # fmt: skip
    assert dormant_places(table[:3]) == ()
    view = view_without((), dormant_places(table))
    for path in ("/home/bob", "/home/bob/env", "/net/host/a", "/net/host/a/x"):
        with pytest.raises(TimeoutError, match="would mount"):
            view.place_of(path)
    for path in ("/home/ada", "/home/ada/env", "/srv/x", "/boot/efi/x", "/homes", "/net/host/b"):
        assert view.place_of(path) == path
