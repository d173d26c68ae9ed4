"""Ansible over SSH against real hosts: Debian releases with different Pythons, each with sshd in a network of its own.

One of them has no suitable Python, one has it where nobody would look first, one stops answering in the middle, one
has a broken sudo. Needs root, ssh, debootstrap and a Debian mirror, see tests/support/machines.py. `nox -s fleet` and
`.ci/run` run it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import fleet, machines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.machines import Machine

pytestmark = [pytest.mark.real, pytest.mark.slow]
HOSTS = {
    "good": "trixie",
    "mid": "bookworm",
    "odd": "trixie",
    "silent": "trixie",
    "nosudo": "bookworm",
    "old": "bullseye",
}
SICK = "/home/op/sick"
# says that it has been asked, and takes its time: then the network goes away
SLOW_PYTHON = '#!/bin/sh\ntouch /tmp/asked\nsleep 4\nexec /usr/bin/python3 "$@"\n'
# a copy of the system's Python at another place; the last line takes the system's away
AWAY = """
set -e
version=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
for at in /opt/python /home/py/.pyenv/versions/3 /home/uv/.local/share/uv/python/cpython-3; do
  mkdir -p $at/bin $at/lib
  cp "$(readlink -f "$(command -v python3)")" $at/bin/$version
  ln -s $version $at/bin/python3
  cp -r $(python3 -c 'import os; print(os.path.dirname(os.__file__))') $at/lib/$version
done
chown -R py:py /home/py
chown -R uv:uv /home/uv
chmod 700 /opt/python
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    machines.needed()
    fleet.tool("ansible-playbook")
    place = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place], check=True)
    return place


@pytest.fixture(scope="module")
def hosts(key: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Machine]]:
    """The hosts, running; whatever happens, nothing of them is left."""
    base = tmp_path_factory.mktemp("hosts")
    roots = machines.roots(sorted(set(HOSTS.values())))
    shared = base / "cluster"
    shared.mkdir()
    made: dict[str, Machine] = {}
    try:
        for number, (name, release) in enumerate(HOSTS.items()):
            mounts = {"/cluster": f"mount --bind {shared} {{at}}"} if name in ("good", "mid") else {}
            if name == "good":  # the disk of a host without Python, seen from another
                mounts["/mnt/old"] = f"mount --bind {roots['bullseye']} {{at}}; mount -t tmpfs tmpfs {{at}}/srv"
            made[name] = machines.start(base / name, release, roots[release], number, mounts)
            _furnish(made[name], key)
            made[name].connect()
        for machine in made.values():
            machine.await_login(key, "op")
        yield made
    finally:
        for machine in made.values():
            machine.stop()


def _furnish(machine: Machine, key: Path) -> None:
    """Make users, one of whom may become root, an environment of hers that is broken, and one that is not."""
    for number, user in enumerate(("op", "py", "uv", "hpc"), start=1501):
        machine.run("useradd", "-m", "-u", str(number), "-s", "/bin/bash", user)
        machine.write(f"/home/{user}/.ssh/authorized_keys", Path(f"{key}.pub").read_text())
        machine.run("chown", "-R", f"{user}:{user}", f"/home/{user}")
    machine.write("/etc/sudoers.d/op", "op ALL=(ALL) NOPASSWD: ALL\n")
    _sick(machine, SICK)
    machine.run("chown", "-R", "op:op", "/home/op")
    machine.run("python3", "-m", "venv", "--without-pip", "/home/op/fine", user="op")
    if machine.name == "good":
        _sick(machine, "/mnt/old/srv/sick")
    if machine.name == "nosudo":
        machine.write("/etc/sudoers.d/op", "op ALL = nonsense (\n")
    if machine.name == "silent":
        machine.write("/usr/local/bin/python3", SLOW_PYTHON, 0o755)
    if machine.name == "odd":
        machine.run("sh", "-c", f"{AWAY}rm -f /usr/bin/python3* /usr/local/bin/python3*")
    if machine.name == "old":
        machine.run("rm", "-rf", "/home/op/fine")
        if machine.release == machines.THIS:
            machine.run("sh", "-c", "rm -rf /usr/bin/python3* /usr/local/bin /usr/local/lib/python*")


def _sick(machine: Machine, path: str) -> None:
    machine.write(f"{path}/pyvenv.cfg", "home = /usr/bin\nversion = 3.8.10\n")
    for folder in ("bin", "lib/python3.8/site-packages"):
        (machine.tree / f"{path}/{folder}".lstrip("/")).mkdir(parents=True)
    (machine.tree / f"{path}/bin/python".lstrip("/")).symlink_to("/usr/bin/python3.8")


def inventory(hosts: dict[str, Machine], key: Path, *names: str, more: str = "") -> str:
    lines = [f"{name} ansible_host={hosts[name].address}" for name in names]
    common = f"ansible_user=op\nansible_ssh_private_key_file={key}\nansible_ssh_common_args={machines.SSH}\n"
    return "\n".join([*lines, more, "[all:vars]", common])


def play(playbook: str, text: str, home: Path, *more: str, **variables: Any) -> fleet.Played:
    """Run a playbook in processes of its own, which end with this one."""
    return fleet.play(playbook, text, home, *more, under=(*machines.TIED, "--mount-proc"), **variables)


def system_python(machine: Machine) -> str:
    """The file that /usr/bin/python3 leads to, which another release does not have."""
    return machine.run("readlink", "-f", "/usr/bin/python3").stdout.strip()


def left_behind(machine: Machine) -> list[str]:
    """What of ours is on the host: the file, its directories, Ansible's own, processes."""
    words = r"ls -d /var/cache/venvdoctor /var/cache/venvdoctor/* /root/.cache/venvdoctor /home/*/.cache/venvdoctor /tmp/* /home/*/.ansible/tmp/*"
    found = machine.run("sh", "-c", words, check=False).stdout.split()
    running = machine.run(
        "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o '[v]envdoctor-[0-9a-f]*'", check=False
    )
    return [path for path in found if path != "/tmp/asked"] + running.stdout.split()


def cut(machine: Machine, done: threading.Event) -> None:
    """Take the host's network away as soon as its Python is asked."""
    while not done.wait(0.1):
        if (machine.tree / "tmp/asked").exists():
            machine.unplug()
            return


def test_the_run_ends_and_says_what_became_of_each(hosts: dict[str, Machine], key: Path, tmp_path: Path) -> None:
    good, odd = hosts["good"].address, hosts["odd"].address
    (tmp_path / "empty").mkdir()
    aliases = f"""
here ansible_connection=local ansible_become=false doctor_paths='["{tmp_path}/empty"]' doctor_cache_dir={tmp_path}/c
mounted ansible_host={good} doctor_sysroot=/mnt/old
pyenv ansible_host={odd} ansible_user=py ansible_become=false
uv ansible_host={odd} ansible_user=uv ansible_become=false
foreign ansible_host={odd} doctor_python=/home/py/.pyenv/versions/3/bin/python3
"""
    done = threading.Event()
    watcher = threading.Thread(target=cut, args=(hosts["silent"], done))
    watcher.start()
    begun = time.monotonic()
    try:
        found = play("venvdoctor.fleet.scan", inventory(hosts, key, *HOSTS, more=aliases), tmp_path, "-f", "12",
                     "-v", become=True, html=str(tmp_path / "fleet.html"))  # fmt: skip
    finally:
        done.set()
        watcher.join()
    assert time.monotonic() - begun < 240
    reasons = {name: " ".join(item["message"] for item in report["errors"]) for name, report in found.results.items()}
    assert set(reasons) == {*HOSTS, "here", "mounted", "pyenv", "uv", "foreign"}, found.out
    for name in ("good", "mid", "odd", "mounted"):
        place = "/srv/sick" if name == "mounted" else SICK
        states = {env["path"]: env["status"] for env in found.results[name]["environments"]}
        assert states.get(place) == "broken", (name, states, found.out)
    assert "no CPython 3.10 or later" in reasons["old"]
    assert "sudo" in reasons["nosudo"].lower()
    assert "stopped answering" in reasons["silent"]
    assert "only root can write" in reasons["foreign"]
    silent = {name for name, report in found.results.items() if not report["scan"]["complete"]}
    assert silent == {"silent", "nosudo", "old", "foreign"}, reasons
    assert "11 hosts (4 not examined)" in found.out
    assert "4 hosts could not be examined" in found.out
    assert found.code != 0
    ran = {name: where(found.out, name) for name in ("odd", "pyenv", "uv")}
    assert ran["odd"].startswith("/opt/python/bin/"), ran
    assert ran["pyenv"].startswith("/home/py/.pyenv/"), ran
    assert ran["uv"].startswith("/home/uv/.local/share/uv/python/"), ran
    assert "mounted" in (tmp_path / "fleet.html").read_text()
    assert [left_behind(machine) for name, machine in hosts.items() if name != "silent"] == [[]] * 5
    if hosts["old"].release == "bullseye":
        assert "/usr/bin/python3.9 3.9.2" in reasons["old"]
        versions = [found.results[name]["scan"]["os"]["version"] for name in ("good", "mid", "mounted")]
        assert versions == ["13", "12", "11"]


def where(out: str, host: str) -> str:
    """The interpreter that a host's answer names."""
    (line,) = [line for line in out.splitlines() if line.startswith(f"ok: [{host}] => ") and '"python"' in line]
    return str(json.loads(line.partition(" => ")[2])["python"])


def test_each_user_is_treated_as_herself(hosts: dict[str, Machine], key: Path, tmp_path: Path) -> None:
    good, text = hosts["good"], inventory(hosts, key, "good")
    good.run("mkdir", "-p", "/var/lib/node")
    metrics = "/var/lib/node/venvdoctor.prom"
    found = play("venvdoctor.fleet.scan", text, tmp_path, become=True, users=["root", "op"], textfile=metrics)
    assert found.results["good"]["scan"]["users"] == ["root", "op"], found.out
    assert {env["path"] for env in found.results["good"]["environments"]} == {SICK, "/home/op/fine"}
    written = (good.tree / metrics.lstrip("/")).read_text()
    assert 'venvdoctor_environments{status="broken"} 1\n' in written
    assert good.run("cat", metrics, user="uv").stdout == written  # another account, node_exporter's, can read it
    taken = play("venvdoctor.fleet.snapshot", text, tmp_path, "-v", become=True)
    assert taken.code == 0, taken.out
    kept = good.tree / "home/op/.local/state/venvdoctor/snapshots"
    assert {path.stat().st_uid for path in kept.iterdir()} == {1501}
    assert left_behind(good) == []


def test_the_hook_is_planned_then_installed_then_there(hosts: dict[str, Machine], key: Path, tmp_path: Path) -> None:
    good, text = hosts["good"], inventory(hosts, key, "good")
    runs = [
        play("venvdoctor.fleet.install_hook", text, tmp_path, *more, become=True) for more in (("--check",), (), ())
    ]
    assert [run.stats["good"]["changed"] for run in runs] == [1, 1, 0], runs[1].out
    script = (good.tree / "usr/local/libexec/venvdoctor-hook").read_text()
    assert "/usr/local/lib/venvdoctor/venvdoctor.pyz" in script
    assert left_behind(good) == []


def test_an_upgrade_that_would_break_too_much_is_not_begun(
    hosts: dict[str, Machine], key: Path, tmp_path: Path
) -> None:
    (tmp_path / "upgrade.yml").write_text(
        "- ansible.builtin.import_playbook: venvdoctor.fleet.predict\n"
        "- hosts: all\n  gather_facts: false\n  become: true\n"
        "  tasks: [{ansible.builtin.raw: touch /var/tmp/upgraded}]\n"
    )
    text, upgrade = inventory(hosts, key, "good", "mid"), str(tmp_path / "upgrade.yml")
    gone = sorted({system_python(hosts[name]) for name in ("good", "mid")})
    wishes = {"become": True, "without": gone}
    stopped = play(upgrade, text, tmp_path, **wishes)
    assert stopped.code != 0
    assert "2 environments would break, at most 0 may" in stopped.out, stopped.out
    marks = [hosts[name].tree / "var/tmp/upgraded" for name in ("good", "mid")]
    assert [mark.exists() for mark in marks] == [False, False]
    nowhere = play(upgrade, text, tmp_path, become=True, without=[*gone, "/usr/bin/pythn3"], max_breaking=2)
    assert "/usr/bin/pythn3: no host has it" in nowhere.out, nowhere.out
    assert [mark.exists() for mark in marks] == [False, False]
    allowed = play(upgrade, text, tmp_path, **wishes, max_breaking=2)
    assert allowed.code == 0, allowed.out
    assert [mark.exists() for mark in marks] == [True, True]


def _mendable(machine: Machine, *, hopeless: bool = False) -> Path:
    """An environment that a new link mends; a hopeless one dies whenever its interpreter starts."""
    machine.run("rm", "-rf", "/home/op/mend")
    machine.run("python3", "-m", "venv", "--without-pip", "/home/op/mend", user="op")
    machine.run("sh", "-c", "cd /home/op/mend/bin && rm -f python* && ln -s /opt/gone/bin/python3 python && "
                            "ln -s python python3 && chown -h op:op python python3")  # fmt: skip
    if hopeless:
        machine.run("sh", "-c", "for d in /home/op/mend/lib/*/site-packages; do "
                                "echo 'import os; os._exit(7)' > $d/dies.pth; chown op:op $d/dies.pth; done")  # fmt: skip
    return machine.tree / "home/op/mend"


def test_a_repair_begins_with_a_canary_and_ends_with_its_failure(
    hosts: dict[str, Machine], key: Path, tmp_path: Path
) -> None:
    first, second = _mendable(hosts["good"], hopeless=True), _mendable(hosts["mid"])
    before = os.readlink(first / "bin/python")
    text = inventory(hosts, key, "good", "mid")
    wishes = {"become": True, "paths": ["/home/op/mend"], "offline": True}
    failed = play("venvdoctor.fleet.fix", text, tmp_path, "-v", **wishes)
    assert failed.code != 0, failed.out
    assert "1 failed their verification" in failed.out, failed.out
    assert list(failed.stats) == ["good"], failed.out
    assert [os.readlink(place / "bin/python") for place in (first, second)] == [before, before]
    _mendable(hosts["good"])
    planned = play("venvdoctor.fleet.fix", text, tmp_path, "--check", "-v", **wishes)
    assert planned.out.count('"planned": 1') == 2, planned.out
    assert [os.readlink(place / "bin/python") for place in (first, second)] == [before, before]
    done = play("venvdoctor.fleet.fix", text, tmp_path, "-v", **wishes)
    assert (done.code, {name: row["changed"] for name, row in done.stats.items()}) == (0, {"good": 1, "mid": 1})
    for name in ("good", "mid"):
        hosts[name].run("/home/op/mend/bin/python", "-c", "", user="op")
        assert (hosts[name].tree / "home/op/mend/bin/python").lstat().st_uid == 1501
    again = play("venvdoctor.fleet.fix", text, tmp_path, **wishes)
    assert (again.code, {row["changed"] for row in again.stats.values()}) == (0, {0}), again.out
    assert [left_behind(hosts[name]) for name in ("good", "mid")] == [[], []]


LOOK = (
    "env", "HOME=/cluster/hpc", "python3", "-I", "-B", "/cluster/venvdoctor.pyz", "scan", "--format", "json", "/cluster"
)  # fmt: skip


def looked(machine: Machine, *more: str) -> list[dict[str, object]]:
    """What a user's own scan of the shared home says on one host."""
    done = machine.run(*LOOK, *more, user="hpc", check=False)
    found: list[dict[str, object]] = json.loads(done.stdout)["environments"]
    return found


def contents(top: Path) -> list[tuple[str, int]]:
    places = [path for path in top.rglob("*") if ".cache" not in path.parts and ".ansible" not in path.parts]
    return sorted((str(path), path.lstat().st_mtime_ns) for path in places if not path.is_dir())


def test_two_hosts_that_share_a_home_do_not_disturb_each_other(
    hosts: dict[str, Machine], key: Path, tmp_path: Path
) -> None:
    good, mid = hosts["good"], hosts["mid"]
    home = good.tree / "cluster/hpc"
    good.run("cp", "-a", "/home/hpc", "/cluster/hpc")
    shutil.copy(fleet.single_file(), good.tree / "cluster/venvdoctor.pyz")
    for machine in (good, mid):
        machine.run("usermod", "-d", "/cluster/hpc", "hpc")
        machine.run(
            system_python(machine), "-m", "venv", "--without-pip", f"/cluster/hpc/of-{machine.name}", user="hpc"
        )
    before = contents(home)
    alone = {machine.name: looked(machine, "--no-cache") for machine in (good, mid)}
    if good.release != mid.release:  # what is sound on one has no interpreter on the other
        for name, other in (("good", "mid"), ("mid", "good")):
            states = {env["path"]: env["status"] for env in alone[name]}
            assert states == {f"/cluster/hpc/of-{name}": "healthy", f"/cluster/hpc/of-{other}": "broken"}
    with ThreadPoolExecutor(4) as pool:
        asked = [good, mid] * 6
        for machine, found in zip(asked, pool.map(looked, asked), strict=True):
            assert found == alone[machine.name]
    assert any((home / ".cache/venvdoctor").iterdir())  # both of them keep what they found there
    text = inventory(hosts, key, "good", "mid").replace("ansible_user=op", "ansible_user=hpc")
    found_ = play("venvdoctor.fleet.scan", text, tmp_path, become=False, paths=["/cluster"])
    assert {name: report["environments"] for name, report in found_.results.items()} == alone, found_.out
    assert contents(home) == before
    assert not list((home / ".cache/venvdoctor").glob("*.pyz"))


@pytest.mark.usefixtures("hosts")
def test_a_session_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """Also where nobody comes to tidy up: no process, no mount, no link of a network."""
    below = machines.roots(["trixie"])["trixie"]
    program = f"""
import os, sys, time
sys.path.insert(0, {str(fleet.ROOT)!r})
from pathlib import Path
from tests.support import machines
made = machines.start(Path({str(tmp_path / "x")!r}), "trixie", Path({str(below)!r}), 9)
made.connect()
print(made.pid, made.link, flush=True)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid, link = process.stdout.readline().split()
    assert link in os.listdir("/sys/class/net")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and (link in os.listdir("/sys/class/net") or Path(f"/proc/{pid}").exists()):
        time.sleep(0.2)
    assert link not in os.listdir("/sys/class/net")
    assert not Path(f"/proc/{pid}").exists()
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
    assert list((tmp_path / "x").iterdir()) == []
