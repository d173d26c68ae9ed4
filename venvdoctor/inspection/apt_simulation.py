"""What a simulated apt run says it will do: `apt-get -s full-upgrade` printed, or saved to a file.

Format: apt-get(8), `-s`: `Inst PACKAGE [OLD] (NEW ORIGIN [ARCH])`, `Remv PACKAGE [OLD]`, `Conf …`. Which files
a package owns: dpkg's own lists, `/var/lib/dpkg/info/PACKAGE[:ARCH].list`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from venvdoctor.view import View

_LINE = re.compile(r"(Inst|Remv|Purg) (\S+?)(?::(\S+))?(?: \[([^\]]*)\])?(?: \(([^\s)]+))?")
_VERSIONED = re.compile(r"(?:lib)?python(\d+\.\d+)(?:-minimal|-stdlib|t64)?\Z")
_DEFAULT = re.compile(r"(?:\d+:)?(\d+)\.(\d+)")
LIST_LIMIT = 64 << 20  # bytes
INFO = "/var/lib/dpkg/info"


class Simulation(NamedTuple):
    """What a run would do: packages removed, and packages installed or replaced with (old, new) versions."""

    removed: tuple[str, ...] = ()
    installed: tuple[tuple[str, str, str], ...] = ()

    @property
    def default_python(self) -> tuple[int, int] | None:
        """The minor version that `/usr/bin/python3` becomes, when the run changes it."""
        for name, old, new in self.installed:
            if name in ("python3-minimal", "python3"):
                before, after = _DEFAULT.match(old), _DEFAULT.match(new)
                if after and (before is None or before.groups() != after.groups()):
                    return int(after[1]), int(after[2])
        return None

    @property
    def new_pythons(self) -> tuple[str, ...]:
        """Series of the interpreters that the run brings (`3.13`)."""
        found = {match[1] for name, old, _ in self.installed if not old and (match := _VERSIONED.match(name))}
        return tuple(sorted(found))


def parse_simulation(text: str) -> Simulation:
    """Read apt's words; total: lines that are none of apt's are passed over."""
    removed: dict[str, None] = {}
    installed: dict[str, tuple[str, str, str]] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name = match[2]
        if match[1] == "Inst":
            installed[name] = (name, match[4] or "", match[5] or "")
        else:
            removed[name] = None
    return Simulation(tuple(name for name in removed if name not in installed), tuple(installed.values()))


def files_of(packages: tuple[str, ...], view: View) -> list[str]:
    """Return the files, without directories, that these packages alone own."""
    try:
        names = view.listdir(INFO)
    except OSError:
        return []
    lists = {name: name.removesuffix(".list").partition(":")[0] for name in names if name.endswith(".list")}
    found: dict[str, None] = {}
    for name, package in lists.items():
        if package in packages:
            found.update(dict.fromkeys(_paths(f"{INFO}/{name}", view)))
    return [path for path in found if _is_leaf(path, view)]


def _paths(path: str, view: View) -> list[str]:
    try:
        text = view.read(path, LIST_LIMIT).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return []
    return [line for line in text.splitlines() if line.startswith("/") and line != "/."]


def _is_leaf(path: str, view: View) -> bool:
    try:
        return (view.lstat(path).st_mode & 0o170000) != 0o040000
    except OSError:
        return False
