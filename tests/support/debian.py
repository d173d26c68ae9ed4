"""A real Debian in a directory, made once per session with debootstrap, and copies of it to be upgraded and broken."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import session
from tests.support.wheels import install

MIRROR = "http://deb.debian.org/debian"
PACKAGES = "python3,python3-venv,python3-yaml,python3-pip-whl,ca-certificates"
TIMEOUT = 1200
PROGRAM = "/usr/local/bin/venvdoctor.pyz"
BUILD = Path(__file__).parents[2] / "integrations" / "pyz" / "build.py"
ENVIRON = {
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}


def bookworm() -> Path:
    """Return an unpacked Debian 12 that nobody changes; skip where none can be made."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("making a Debian tree needs root and debootstrap")

    def build(place: Path) -> None:
        words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(place), MIRROR]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=TIMEOUT)
        if done.returncode != 0:
            pytest.skip(f"debootstrap failed here: {done.stdout.strip()[-200:]}")
        shutil.copy("/etc/resolv.conf", place / "etc" / "resolv.conf")

    return session.once("bookworm", build)


def copy_of(tree: Path, place: Path) -> Path:
    """Copy a tree with owners, modes and links; blocks are shared where the file system can."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(tree), str(place)], check=True)
    return place


def inside(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the tree in the tree; nothing is mounted."""
    command = ["chroot", str(tree), *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT, env=ENVIRON, stdin=subprocess.DEVNULL
    )


def must(tree: Path, *words: str) -> str:
    """Run a program that has to succeed; return what it printed."""
    done = inside(tree, *words)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    return done.stdout


def install_program(tree: Path) -> None:
    """Put venvdoctor's single file into a tree, at PROGRAM; skip where it cannot be built."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("the single file is built with pip")
    words = [sys.executable, str(BUILD), "--output", str(tree / PROGRAM[1:])]
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        pytest.skip(f"the single file cannot be built here: {built.stderr.strip()[-200:]}")


def populate(tree: Path) -> list[str]:
    """Make environments of every kind that an upgrade treats differently; return their paths inside the tree."""
    made = {"plain": [], "copies": ["--copies"], "system": ["--system-site-packages"], "empty": [], "versioned": []}
    (tree / "srv" / "envs").mkdir(parents=True)
    for name, flags in made.items():
        python = "/usr/bin/python3.11" if name == "versioned" else "/usr/bin/python3"
        must(tree, python, "-m", "venv", "--without-pip", *flags, f"/srv/envs/{name}")
        site = tree / "srv" / "envs" / name / "lib" / "python3.11" / "site-packages"
        if name == "empty":
            continue
        install(site, "pure-thing", "1.0")
        if name == "system":  # a dependency that Debian's own packages satisfy
            install(site, "needs-yaml", "1.0", requires=["PyYAML>=5"], files={"needs_yaml.py": "import yaml\n"})
        else:
            install(site, "old-thing", "1.0", files={"old_thing.py": "import imp\n"})
            _native(tree, site)
    user = tree / "usr" / "local" / "lib" / "python3.11" / "dist-packages"
    user.mkdir(parents=True, exist_ok=True)
    install(user, "global-thing", "1.0")
    return [f"/srv/envs/{name}" for name in made]


def _native(tree: Path, site: Path) -> None:
    """Install a distribution with a real extension module: one of the standard library, under another name."""
    source = next((tree / "usr/lib/python3.11/lib-dynload").glob("_json.cpython-311-*.so"))
    tag = "cp311-cp311-linux_x86_64"
    install(site, "native-thing", "1.0", tag=tag,
            files={"native_thing/__init__.py": "import native_thing._json\n",
                   f"native_thing/{source.name}": source.read_bytes()})  # fmt: skip
