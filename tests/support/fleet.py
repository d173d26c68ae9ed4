"""The collection, the single file and an Ansible to run them with; skips where one of them cannot be had."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import session

ROOT = Path(__file__).parents[2]


class Played(NamedTuple):
    """What a run of Ansible came to."""

    code: int
    out: str
    stats: dict[str, dict[str, int]]
    results: dict[str, dict[str, Any]]


def tool(name: str) -> str:
    """Return one of Ansible's programs."""
    place = shutil.which(name, path=os.path.dirname(sys.executable)) or shutil.which(name)
    if place is None or sys.platform == "win32":
        pytest.skip("ansible-core is not installed")
    return place


def single_file() -> Path:
    """Return `venvdoctor.pyz`, built once."""

    def build(place: Path) -> None:
        place.mkdir()
        words = [sys.executable, str(ROOT / "integrations/pyz/build.py"), f"--bytecode={sys.executable}"]
        done = subprocess.run(
            [*words, "--output", str(place / "venvdoctor.pyz")],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode and ("No matching distribution" in done.stderr or "No module named pip" in done.stderr):
            pytest.skip("the dependencies cannot be fetched here")
        assert done.returncode == 0, done.stderr

    return session.once("fleet-pyz", build) / "venvdoctor.pyz"


def collections() -> Path:
    """Return a directory of collections with ours in it."""

    def copy(place: Path) -> None:
        shutil.copytree(ROOT / "integrations/ansible", place / "ansible_collections/venvdoctor/fleet")

    return session.once("fleet-collection", copy)


def environ(home: Path) -> dict[str, str]:
    """Return the variables of a controller that has no settings of its own."""
    return {
        "HOME": str(home),
        "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(collections()),
        "ANSIBLE_HOST_KEY_CHECKING": "0",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(home / "facts"),
        "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_REMOTE_TEMP": str(home / "remote-temp") if os.geteuid() else "/tmp",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }


def play(
    playbook: str,
    inventory: str,
    home: Path,
    *more: str,
    wait: float = 300,
    under: tuple[str, ...] = (),
    **variables: object,
) -> Played:
    """Run a playbook of the collection, or a file, under another program, and return what came of it."""
    tool("ansible-playbook")
    (home / "inventory").write_text(inventory)
    given = {f"doctor_{name}": value for name, value in variables.items()}
    given.setdefault("doctor_pyz", str(single_file()))
    given.setdefault("doctor_dest", str(home / "reports"))
    words = [*under, tool("ansible-playbook"), playbook, "-i", str(home / "inventory"), "-e", json.dumps(given), *more]
    done = subprocess.run(
        words,
        env=environ(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=wait,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    text = done.stdout + done.stderr
    return Played(done.returncode, text, _recap(done.stdout), _reports(home / "reports"))


def _recap(text: str) -> dict[str, dict[str, int]]:
    """Return the figures of each host below PLAY RECAP."""
    found = {}
    for line in text.partition("PLAY RECAP")[2].splitlines()[1:]:
        name, colon, rest = line.partition(":")
        if colon and "=" in rest:
            found[name.strip()] = {key: int(value) for key, value in (word.split("=") for word in rest.split())}
    return found


def _reports(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")} if folder.is_dir() else {}
