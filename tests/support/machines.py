"""Hosts for Ansible: each a Debian release with sshd, in processes, mounts and a network of its own.

A host is one process tree; when it ends, and it ends with whoever started it, the kernel takes its mounts and its
network away: nothing is left behind even by a test session that is killed. `FLEET_ROOTS` names a directory where the
unpacked releases are kept; without it they are unpacked once in a session.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support import session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIRROR = "http://deb.debian.org/debian"
PACKAGES = "openssh-server,sudo,python3"
NEEDED = ("ssh", "ssh-keygen", "ip", "unshare", "setpriv", "nsenter", "mount", "chroot")
TIED = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child")
SSH = (
    "-F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "
    "-o ServerAliveInterval=4 -o ServerAliveCountMax=2 -o ControlMaster=no"
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
THIS = "this machine"  # a release that cannot be unpacked is replaced by an overlay of the machine's own root
# others may have the same process number in a namespace of their own, and a network that ends takes its time
LINK, NETWORK = f"vd{secrets.token_hex(4)}", f"10.{64 + secrets.randbelow(190)}.{secrets.randbelow(256)}"
# A tree of its own over the release's, the devices a login needs, then a network and sshd; ends when its input does.
BIRTH = """
set -e
mount -t tmpfs -o mode=755 tmpfs {place}
mkdir {place}/upper {place}/work {top}
mount -t overlay overlay -o lowerdir={lower},upperdir={place}/upper,workdir={place}/work {top}
mount -t proc proc {top}/proc
mount -t tmpfs -o mode=755 tmpfs {top}/dev
mkdir {top}/dev/pts {top}/dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts {top}/dev/pts
ln -s pts/ptmx {top}/dev/ptmx
ln -s /proc/self/fd {top}/dev/fd
for node in null zero full random urandom tty; do touch {top}/dev/$node; mount --bind /dev/$node {top}/dev/$node; done
mkdir -p {top}/run/sshd
{more}
echo born
read go
ip link set lo up
ip addr add {address}/30 dev eth0
ip link set eth0 up
chroot {top} /usr/sbin/sshd -D -o UseDNS=no -o PidFile=none >/dev/null 2>&1 </dev/null &
read end
"""


class Machine(NamedTuple):
    """A running host: the tree that it sees as `/`, from outside and inside; the process that all of it hangs on."""

    name: str
    release: str
    tree: Path
    top: Path
    address: str
    link: str
    pid: int
    process: subprocess.Popen[str]

    def run(self, *words: str, user: str = "root", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program on the host, as somebody there."""
        given = {"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/root" if user == "root" else f"/home/{user}"}
        login = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "env", "-i"]
        enter = ["nsenter", "-t", str(self.pid), "-m", "-r", "-p", "-n", "chroot", str(self.top)]
        return _run(*enter, *login, *(f"{key}={value}" for key, value in given.items()), *words, check=check)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the host, and its directory."""
        place = self.tree / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def connect(self) -> None:
        """Give it a network of two, itself and us, and let its sshd begin."""
        gate = self.address.rpartition(".")
        _run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", str(self.pid))
        _run("ip", "addr", "add", f"{gate[0]}.{int(gate[2]) - 1}/30", "dev", self.link)
        _run("ip", "link", "set", self.link, "up")
        self._say("go")

    def unplug(self) -> None:
        """Take its network away."""
        _run("nsenter", "-t", str(self.pid), "-n", "ip", "link", "set", "eth0", "down")

    def stop(self) -> None:
        """End it, and all that belongs to it."""
        self.process.kill()
        self.process.communicate()

    def _say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def await_login(self, key: Path, user: str) -> None:
        """Wait until somebody can log in."""
        for _ in range(120):
            words = ["ssh", "-i", str(key), *SSH.split(), "-o", "ConnectTimeout=2", f"{user}@{self.address}", "true"]
            said = _run(*words, check=False)
            if said.returncode == 0:
                return
            time.sleep(0.5)
        pytest.fail(f"{self.name} does not answer: {said.stderr}")


def _run(*words: str | Path, check: bool = True, wait: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=check, timeout=wait)


def needed() -> None:
    """Skip, with the reason, where no host can be made."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("making hosts needs root on Linux")
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    tried = _run(*TIED, "--net", "mount", "-t", "tmpfs", "tmpfs", "/mnt", check=False)
    if tried.returncode:
        pytest.skip(f"no namespaces and mounts can be made here: {tried.stderr.strip()[-200:]}")


def roots(releases: Sequence[str]) -> dict[str, Path]:
    """Return the unpacked releases, side by side; the machine's own root for those that cannot be had.

    A release that cannot be had is no reason to skip as long as this machine has sshd and sudo.
    """
    with ThreadPoolExecutor(len(releases)) as pool:
        found = dict(zip(releases, pool.map(_unpacked, releases), strict=True))
    lacking = sorted({str(reason) for reason in found.values() if not isinstance(reason, Path)})
    here = all(os.path.exists(path) for path in ("/usr/sbin/sshd", "/usr/bin/sudo"))
    if lacking and not here:
        pytest.skip(f"{'; '.join(lacking)}; and this machine has not both sshd and sudo, to be shown in its place")
    return {release: place if isinstance(place, Path) else Path("/") for release, place in found.items()}


def _masks() -> dict[str, str]:
    """Return what hides all but the operating system of this machine from a host that shows it as its own."""
    system = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "var", "run", "proc", "dev", "sys")
    places = [entry.path for entry in os.scandir("/") if entry.is_dir(follow_symlinks=False)]
    own = [path for path in places if path[1:] not in system]
    return dict.fromkeys(own, "mount -t tmpfs -o mode=755 tmpfs {at}") | {"/tmp": "mount -t tmpfs tmpfs {at}"}


def _unpacked(release: str) -> Path | str:
    """Return a Debian with sshd, sudo and its own Python, or why there is none."""
    kept = Path(os.environ.get("FLEET_ROOTS", "") or session.root() / "debian") / release
    with session.lock(f"debian-{release}"):
        if (kept / "usr/sbin/sshd").exists():
            return kept
        if not shutil.which("debootstrap"):
            return "debootstrap is not installed"
        kept.parent.mkdir(parents=True, exist_ok=True)
        for stale in kept.parent.glob(f".{release}-*"):  # of a session that was killed
            shutil.rmtree(stale, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=f".{release}-", dir=kept.parent))
        try:
            words = ("--variant=minbase", f"--include={PACKAGES}", release, place, MIRROR)
            done = _run(*TIED, "--mount-proc", "debootstrap", *words, check=False, wait=900)
            if done.returncode:
                said = (done.stderr.strip() or done.stdout.strip())[-200:]
                return f"Debian {release} cannot be fetched here: {said}"
            place.chmod(0o755)
            _run("chroot", place, "ssh-keygen", "-A")
            shutil.rmtree(place / "var/cache/apt/archives", ignore_errors=True)
            place.rename(kept)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return kept


def start(place: Path, release: str, lower: Path, number: int, mounts: Mapping[str, str] | None = None) -> Machine:
    """Make a host whose sshd waits for `connect`, on a tree of its own over the release's.

    Args:
        place: a directory to be made, whose name becomes the host's.
        release: what `lower` is.
        lower: the unpacked release; nothing in it changes.
        number: another one for each host of this process.
        mounts: commands by directory of the host, run while it is made; `{at}` stands for the directory.
    """
    place.mkdir()
    top = place / "root"
    address = f"{NETWORK}.{4 * number + 2}"
    wanted = {**(_masks() if lower == Path("/") else {}), **(mounts or {})}
    more = "\n".join(f"mkdir -p {top}{path}\n{command.format(at=f'{top}{path}')}" for path, command in wanted.items())
    script = BIRTH.format(place=place, top=top, lower=lower, address=address, more=more)
    words = [*TIED, "--net", "sh", "-c", script]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "born\n":
        process.wait()
        pytest.skip(f"{place.name} cannot be made here: something could not be mounted")
    pid = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    seen = THIS if lower == Path("/") else release
    return Machine(place.name, seen, Path(f"/proc/{pid}/root{top}"), top, address, f"{LINK}n{number}", pid, process)
