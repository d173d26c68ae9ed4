"""What the kernel saw: one scan of many attacks under strace starts nothing, writes nothing and talks to nobody."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.attacks import ATTACKS
from tests.hostile.ground import sound

ROOT = Path(__file__).parent.parent.parent
CALLS = "execve,execveat,fork,vfork,clone,clone3,open,openat,openat2,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir"
CALLS += ",symlink,symlinkat,link,linkat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,ftruncate,utimensat,mknod,mknodat"
CALLS += ",connect,bind,sendto,setxattr,lsetxattr,fsetxattr,kill,ptrace,mount"
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")


def _traced(logs: list[Path]) -> list[str]:
    """Return the lines that are more than looking: one log per process, and one program in all."""
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
    acts = [line for line in lines if line.startswith("execve")][1:]
    for line in lines:
        writes = WRITES.search(line) and '"/dev/null"' not in line
        if line.startswith(("+++", "---", "execve")) or (line.startswith(("open", "creat")) and not writes):
            continue
        if line.startswith(("clone", "fork", "kill")) and "CLONE_VFORK" not in line:
            continue  # a thread or a worker of our own, which is under the same watch, and its end
        acts.append(line)
    return acts


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace here")
def test_the_kernel_sees_nothing_but_looking(tmp_path: Path) -> None:
    target, log = tmp_path / "target", tmp_path / "trace"
    for number, attack in enumerate(ATTACKS):
        if attack.seconds <= 20 and "nest" not in attack.name and not attack.modes:
            attack.spoil(sound(target / str(number) / "victim"))
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    command = [
        "strace",
        "-ff",
        "-qq",
        "-o",
        str(log),
        "-e",
        f"trace={CALLS}",
        sys.executable,
        "-m",
        "venvdoctor",
        "scan",
        str(target),
        "--no-cache",
    ]
    done = subprocess.run(
        command, capture_output=True, timeout=300, env=environ, check=False, stdin=subprocess.DEVNULL, cwd=tmp_path
    )
    logs = sorted(tmp_path.glob("trace.*"))
    if b"ptrace" in done.stderr and not logs:
        pytest.skip("strace may not trace here")
    assert done.returncode in (1, 3), done.stderr[-2000:]
    assert _traced(logs) == []
