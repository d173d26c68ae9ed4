"""Ansible over SSH against real hosts: Debian releases with different Pythons, each with sshd in a network of its own.

One of them has no suitable Python, one stops answering in the middle, one has a broken sudo. Needs root, ssh,
debootstrap and a Debian mirror; `FLEET_ROOTS` may name a directory with prepared trees (`trixie/`, `bullseye/`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support import fleet, session

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.real, pytest.mark.slow]
MIRROR = "http://deb.debian.org/debian"
NEEDED = ("ssh", "ssh-keygen", "ip", "unshare", "mount", "chroot")
OPTIONS = "-F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o ControlMaster=no"
HOSTS = {"good": "trixie", "silent": "trixie", "nosudo": "trixie", "old": "bullseye"}
# says that it has been asked, and takes its time: then the network goes away
SLOW_PYTHON = '#!/bin/sh\ntouch /tmp/asked\nsleep 4\nexec /usr/bin/python3.13 "$@"\n'


class Machine(NamedTuple):
    """A host: the tree that it sees as `/`, its address, its network."""

    name: str
    tree: Path
    address: str
    network: str


def run(*words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=check, timeout=900)


def tree(release: str) -> Path:
    """Return a Debian with sshd, sudo and its own Python, unpacked once."""
    prepared = os.environ.get("FLEET_ROOTS", "")
    if prepared and (Path(prepared) / release / "usr/sbin/sshd").exists():
        return Path(prepared) / release
    if not shutil.which("debootstrap"):
        pytest.skip("debootstrap is not installed")

    def build(place: Path) -> None:
        wanted = "--include=openssh-server,sudo,python3,python3-venv"
        done = run("debootstrap", "--variant=minbase", wanted, release, place, MIRROR, check=False)
        if done.returncode:
            pytest.skip(f"Debian {release} cannot be fetched here: {done.stderr.strip()[-200:]}")

    return session.once(f"debian-{release}", build)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("making hosts needs root on Linux")
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    fleet.tool("ansible-playbook")
    place = tmp_path_factory.mktemp("key") / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place)
    return place


@pytest.fixture(scope="module")
def machines(key: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Machine]]:
    """The hosts, running; whatever happens, nothing of them is left."""
    base, made, daemons = tmp_path_factory.mktemp("hosts"), [], []
    layers = base / "layers"
    layers.mkdir()
    try:
        if run("mount", "-t", "tmpfs", "tmpfs", layers, check=False).returncode:  # an overlay needs a real file system
            pytest.skip("nothing may be mounted here")
        for number, (name, release) in enumerate(HOSTS.items(), start=1):
            below = tree(release)
            machine = Machine(name, layers / name / "root", f"10.213.{number}.2", f"vdt{os.getpid() % 100000}{number}")
            made.append(machine)
            _mount(below, machine)
            _join(machine, number)
            _furnish(machine, key)
            daemons.append(_start(machine))
        for machine in made:
            _await(machine, key)
        yield {machine.name: machine for machine in made}
    finally:
        for daemon in daemons:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
        for machine in made:
            run("umount", "-l", machine.tree, check=False)
            run("ip", "link", "del", f"{machine.network}h", check=False)
            run("ip", "netns", "del", machine.network, check=False)
        run("umount", "-l", layers, check=False)


def _mount(below: Path, machine: Machine) -> None:
    place = machine.tree.parent
    for part in ("upper", "work", "root"):
        (place / part).mkdir(parents=True)
    layers = f"lowerdir={below},upperdir={place}/upper,workdir={place}/work"
    if run("mount", "-t", "overlay", "overlay", "-o", layers, machine.tree, check=False).returncode:
        pytest.skip("no overlay can be mounted here")


def _join(machine: Machine, number: int) -> None:
    """Give it a network of two: itself and us."""
    ours, inside = f"{machine.network}h", ("ip", "-n", machine.network)
    if run("ip", "netns", "add", machine.network, check=False).returncode:
        pytest.skip("no network can be made here")
    run("ip", "link", "add", ours, "type", "veth", "peer", "name", "eth0", "netns", machine.network)
    run("ip", "addr", "add", f"10.213.{number}.1/30", "dev", ours)
    run("ip", "link", "set", ours, "up")
    run(*inside, "addr", "add", f"{machine.address}/30", "dev", "eth0")
    run(*inside, "link", "set", "eth0", "up")


def _furnish(machine: Machine, key: Path) -> None:
    """Make a user who may become root, and one broken environment of hers."""
    top = machine.tree
    run("chroot", top, "useradd", "-m", "-s", "/bin/bash", "op")
    (top / "etc/sudoers.d/op").write_text("op ALL=(ALL) NOPASSWD: ALL\n")
    (top / "home/op/.ssh").mkdir(mode=0o700)
    shutil.copy(f"{key}.pub", top / "home/op/.ssh/authorized_keys")
    sick = top / "home/op/sick"
    (sick / "bin").mkdir(parents=True)
    (sick / "lib/python3.8/site-packages").mkdir(parents=True)
    (sick / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.8.10\n")
    (sick / "bin/python").symlink_to("/usr/bin/python3.8")
    run("chroot", top, "chown", "-R", "op:op", "/home/op")
    if machine.name == "nosudo":
        (top / "etc/sudoers.d/op").write_text("op ALL = nonsense (\n")
    if machine.name == "silent":
        (top / "usr/local/bin/python3").write_text(SLOW_PYTHON)
        (top / "usr/local/bin/python3").chmod(0o755)


def _start(machine: Machine) -> subprocess.Popen[bytes]:
    """Start sshd with processes, mounts and a network of its own; all of it ends with the first process."""
    top = machine.tree
    (top / "run/sshd").mkdir(exist_ok=True, parents=True)
    script = f"mount -t proc proc {top}/proc && mount -t devtmpfs devtmpfs {top}/dev && mkdir -p {top}/dev/pts && mount -t devpts devpts {top}/dev/pts; chroot {top} ssh-keygen -A >/dev/null; exec chroot {top} /usr/sbin/sshd -D -o UseDNS=no"
    words = ["ip", "netns", "exec", machine.network, "unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", script]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _await(machine: Machine, key: Path) -> None:
    for _ in range(60):
        words = ["ssh", "-i", str(key), *OPTIONS.split(), "-o", "ConnectTimeout=2", f"op@{machine.address}", "true"]
        if run(*words, check=False).returncode == 0:
            return
        time.sleep(0.5)
    pytest.fail(f"{machine.name} does not answer")


def inventory(machines: dict[str, Machine], key: Path) -> str:
    lines = [f"{item.name} ansible_host={item.address}" for item in machines.values()]
    common = f"ansible_user=op\nansible_ssh_private_key_file={key}\nansible_ssh_common_args={OPTIONS}\n"
    return "\n".join(
        [
            *lines,
            f"here ansible_connection=local ansible_python_interpreter={sys.executable} doctor_paths=@EMPTY@",
            "[all:vars]",
            common,
        ]
    )


def left_behind(machine: Machine) -> list[str]:
    """What of ours is on the host."""
    top = machine.tree
    places = [
        top / "var/cache/venvdoctor",
        top / "home/op/.cache",
        top / "root/.cache",
        *top.glob("tmp/*"),
        *top.glob("home/op/.ansible/tmp/*"),
    ]
    return [str(path.relative_to(top)) for path in places if path.exists() and path.name != "asked"]


def cut(machine: Machine, done: threading.Event) -> None:
    """Take the host's network away as soon as its Python is asked."""
    while not done.wait(0.1):
        if (machine.tree / "tmp/asked").exists():
            run("ip", "-n", machine.network, "link", "set", "eth0", "down")
            return


def test_the_run_ends_and_says_what_became_of_each(machines: dict[str, Machine], key: Path, tmp_path: Path) -> None:
    done = threading.Event()
    watcher = threading.Thread(target=cut, args=(machines["silent"], done))
    watcher.start()
    (tmp_path / "empty").mkdir()
    text = inventory(machines, key).replace("@EMPTY@", f"'[\"{tmp_path}/empty\"]'")
    begun = time.monotonic()
    try:
        found = fleet.play("venvdoctor.fleet.scan", text, tmp_path, "-f", "10", become=True)
    finally:
        done.set()
        watcher.join()
    assert time.monotonic() - begun < 240
    reasons = {name: " ".join(item["message"] for item in report["errors"]) for name, report in found.results.items()}
    assert set(reasons) == {*HOSTS, "here"}, found.out
    sick = [env for env in found.results["good"]["environments"] if env["path"] == "/home/op/sick"]
    assert [env["status"] for env in sick] == ["broken"], found.out
    assert found.results["good"]["scan"]["os"]["version"] == "13"
    assert "no CPython 3.10 or later" in reasons["old"]
    assert "/usr/bin/python3.9 3.9.2" in reasons["old"]
    assert "sudo" in reasons["nosudo"].lower()
    assert "stopped answering" in reasons["silent"]
    assert [name for name, report in found.results.items() if not report["scan"]["complete"]] == [
        name for name in found.results if name in ("silent", "nosudo", "old")
    ]
    assert "5 hosts (3 not examined)" in found.out
    assert found.code != 0
    assert [left_behind(machines[name]) for name in ("good", "old", "nosudo")] == [[], [], []]


def test_each_user_is_treated_as_herself(machines: dict[str, Machine], key: Path, tmp_path: Path) -> None:
    text = inventory({"good": machines["good"]}, key).replace("here ansible", "[unused]\nhere ansible")
    words = ("venvdoctor.fleet.scan", text, tmp_path, "-l", "good,localhost")
    found = fleet.play(*words, become=True, users=["all"])
    assert found.results["good"]["scan"]["users"] == ["root", "op"], found.out
    assert [env["path"] for env in found.results["good"]["environments"]] == ["/home/op/sick"]
    taken = fleet.play("venvdoctor.fleet.snapshot", text, tmp_path, "-l", "good", "-v", become=True)
    assert taken.code == 0, taken.out
    kept = machines["good"].tree / "home/op/.local/state/venvdoctor/snapshots"
    assert [path.stat().st_uid for path in kept.iterdir()] != [0]
    assert left_behind(machines["good"]) == []
    hook = fleet.play("venvdoctor.fleet.install_hook", text, tmp_path, "-l", "good", become=True)
    again = fleet.play("venvdoctor.fleet.install_hook", text, tmp_path, "-l", "good", become=True)
    assert [run_.stats["good"]["changed"] for run_ in (hook, again)] == [1, 0], hook.out + again.out
    assert (
        "/usr/local/lib/venvdoctor/venvdoctor.pyz"
        in (machines["good"].tree / "usr/local/libexec/venvdoctor-hook").read_text()
    )
