"""What a simulated apt run says it will do: `apt-get -s full-upgrade` printed, or saved to a file.

Format: apt-get(8), `-s`: `Inst PACKAGE [OLD] (NEW ORIGIN [ARCH])`, `Remv PACKAGE [OLD]`, `Conf …`. Which files
a package owns: dpkg's own lists, `/var/lib/dpkg/info/PACKAGE[:ARCH].list`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.model.interpreter import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from venvdoctor.view import View

_LINE = re.compile(r"(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?")
_INTERPRETER = re.compile(r"python(\d+\.\d+)-minimal\Z")
_VERSION = re.compile(r"(?:\d+:)?(\d+)\.(\d+)(?:\.(\d+))?")
_TOTAL = re.compile(r"^\d+ \S+, \d+ ", re.MULTILINE)  # "3 upgraded, 0 newly installed …", in any language
_LIBRARY = re.compile(r"/lib[^/]+\.so(?:\.[^/]+)?\Z")
RENAMES = ("t64", "v5", "c2", "c2a", "g", "ldbl")  # Debian's transitions: same library, another package name
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm": "armhf", "i386": "i386", "ppc64le": "ppc64el"}
LIST_LIMIT = 64 << 20  # bytes
INFO = "/var/lib/dpkg/info"


class Simulation(NamedTuple):
    """What a run would do: packages removed, and packages installed or replaced with (old, new) versions."""

    removed: tuple[str, ...] = ()
    installed: tuple[tuple[str, str, str], ...] = ()

    @property
    def default_python(self) -> PythonVersion | None:
        """The version that `/usr/bin/python3` becomes, when the run brings another minor version."""
        for name, old, new in self.installed:
            if name == "python3-minimal":
                before, after = version_of(old), version_of(new)
                if after and (before is None or before[:2] != after[:2]):
                    return after
        return None

    @property
    def interpreters(self) -> dict[str, PythonVersion]:
        """The series whose interpreter the run installs or replaces, with its version."""
        found = {}
        for name, _, new in self.installed:
            match, version = _INTERPRETER.match(name), version_of(new)
            if match and version:
                found[match[1]] = version
        return found

    @property
    def replaced(self) -> tuple[str, ...]:
        """Packages that are there before and after."""
        return tuple(name for name, old, _ in self.installed if old)


def version_of(text: str) -> PythonVersion | None:
    """Return the Python version at the head of a Debian version: `3.13.5-2+deb13u1`."""
    match = _VERSION.match(text)
    return PythonVersion(int(match[1]), int(match[2]), int(match[3]) if match[3] else None) if match else None


def parse_simulation(text: str) -> Simulation | None:
    """Read apt's words; lines that are none of apt's are passed over. None: nothing in it is apt's."""
    removed: dict[str, None] = {}
    installed: dict[str, tuple[str, str, str]] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name = match[2]
        if match[1] == "Inst":
            installed[name] = (name, match[3] or "", match[4] or "")
        else:
            removed[name] = None
    if not removed and not installed and not _TOTAL.search(text):
        return None
    return Simulation(tuple(name for name in removed if name not in installed), tuple(installed.values()))


def files_lost(simulation: Simulation, view: View, machine: str | None) -> list[str]:
    """Return what goes with the removed packages: files that they alone own, and directories left empty.

    A library whose package only changes its name (`libssl3` → `libssl3t64`) stays.
    """
    names = set(simulation.removed)
    new = {name for name, _, _ in simulation.installed}
    renamed = {name for name in names if any(f"{name}{suffix}" in new for suffix in RENAMES)}
    owned: dict[str, None] = {}
    others: list[str] = []
    for path, package, architecture in _lists(view):
        if not _named(package, architecture, names, machine):
            others.append(path)
            continue
        keep = _named(package, architecture, renamed, machine)
        owned.update((item, None) for item in _paths(path, view) if not (keep and _LIBRARY.search(item)))
    for path in others if owned else ():
        for item in _paths(path, view):
            owned.pop(item, None)
    return list(_whole(owned, view))


def files_of(packages: Collection[str], view: View, machine: str | None) -> Iterator[str]:
    """Yield every path that these packages own."""
    for path, package, architecture in _lists(view):
        if _named(package, architecture, packages, machine):
            yield from _paths(path, view)


def _lists(view: View) -> Iterator[tuple[str, str, str]]:
    """Yield each package's list with its name and architecture, which is empty for one that needs none."""
    try:
        names = view.listdir(INFO)
    except OSError:
        return
    for name in names:
        if name.endswith(".list"):
            package, _, architecture = name.removesuffix(".list").partition(":")
            yield f"{INFO}/{name}", package, architecture


def _named(package: str, architecture: str, names: Collection[str], machine: str | None) -> bool:
    """Whether apt means this package: it names the architecture of foreign ones only."""
    native = not architecture or ARCHITECTURES.get(machine or "", architecture) == architecture
    return f"{package}:{architecture}" in names or (native and package in names)


def _paths(path: str, view: View) -> list[str]:
    try:
        text = view.read(path, LIST_LIMIT).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return []
    return [line for line in text.split("\n") if line.startswith("/") and line != "/."]


def _whole(owned: Collection[str], view: View) -> Iterator[str]:
    """Yield the files among paths, and instead of their files the directories that nothing else is left in."""
    folders = {path for path in owned if _is_folder(path, view)}
    gone: set[str] = set()
    for folder in sorted(folders, key=len, reverse=True):
        try:
            names = view.listdir(folder)
        except OSError:
            continue
        kept = [name for name in names if name != "__pycache__" and not _goes(f"{folder}/{name}", owned, folders, gone)]
        if not kept:
            gone.add(folder)
    for path in owned:
        if (path in gone if path in folders else True) and posixpath.dirname(path) not in gone:
            yield path


def _goes(path: str, owned: Collection[str], folders: Collection[str], gone: Collection[str]) -> bool:
    return path in gone if path in folders else path in owned


def _is_folder(path: str, view: View) -> bool:
    try:
        return (view.lstat(path).st_mode & 0o170000) == 0o040000
    except (OSError, ValueError):
        return False
