"""The ground of an attack: one sound environment made by hand, which the attack spoils, and one beside it that stays sound."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.wheels import install

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERIES = f"python{sys.version_info[0]}.{sys.version_info[1]}"
BASE = os.path.realpath(sys.executable)
ESCAPE = "\x1b]0;owned\x07\x1b[2J\x1b[31m"
EVIL = f"a{ESCAPE}\n::error::b\r[red]x[/red]<script>alert(1)</script>\u202e\"'`$(touch /tmp/owned)`"


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        spoil: does the harm, given the environment's directory.
        sick: the environment may not come out healthy; False: it works all the same (or is gone) and any answer but a hang is right.
        present: it has to be in the report.
        seconds: the time bound; modes: permission bits bind the child even as root.
    """

    name: str
    spoil: Callable[[Path], None]
    sick: bool = False
    present: bool = True
    seconds: float = 20
    modes: bool = False


ATTACKS: list[Attack] = []


def attack(
    *, sick: bool = False, present: bool = True, seconds: float = 20, modes: bool = False, name: str = ""
) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Add a function to the list of attacks, under its own name."""

    def add(spoil: Callable[[Path], None]) -> Callable[[Path], None]:
        ATTACKS.append(Attack(name or spoil.__name__, spoil, sick, present, seconds, modes))
        return spoil

    return add


def sound(place: Path) -> Path:
    """Make an environment by hand: no process, a few milliseconds."""
    site = place / "lib" / SERIES / "site-packages"
    site.mkdir(parents=True)
    binary = place / "bin"
    binary.mkdir()
    (binary / "python").symlink_to(BASE)
    (binary / "python3").symlink_to("python")
    version = ".".join(map(str, sys.version_info[:3]))
    (place / "pyvenv.cfg").write_text(
        f"home = {os.path.dirname(BASE)}\ninclude-system-site-packages = false\nversion = {version}\n"
    )
    (binary / "activate").write_text(f'VIRTUAL_ENV="{place}"\nexport VIRTUAL_ENV\n')
    install(
        site, "demo-thing", "1.0", bin_dir=binary, shebang=str(binary / "python"), scripts={"demo": "demo_thing:main"}
    )
    return place


def site_of(env: Path) -> Path:
    """Return its site-packages."""
    return env / "lib" / SERIES / "site-packages"


def info_of(env: Path) -> Path:
    """Return the metadata directory of its one distribution."""
    return site_of(env) / "demo_thing-1.0.dist-info"


def sparse(path: Path, size: int) -> None:
    """Make a file of that size which takes no room."""
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def special(path: Path, kind: str) -> None:
    """Put a special file in place of whatever is there."""
    import shutil
    import socket

    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        here = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)
    elif kind == "dir":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "proc":
        path.symlink_to("/proc/self/mem")
    elif kind == "sparse":
        sparse(path, 10 << 30)
    else:
        raise ValueError(kind)
