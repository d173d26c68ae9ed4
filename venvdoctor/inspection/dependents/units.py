"""systemd services of the system and of users: what `Exec…=` lines start.

Sources: systemd.unit(5) (directories and their order, drop-ins, masking, specifiers), systemd.service(5) (command
lines, prefixes), systemd.exec(5). A unit in another root (`RootDirectory=`, `RootImage=`) and a word with an instance's
specifier are left alone.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.dependents.grammar import Setting, expand_specifiers, settings, split_systemd
from venvdoctor.inspection.dependents.place import SHELLS, Spot, on_path, started_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

SYSTEM = (
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system",
)  # fmt: skip
OF_ALL_USERS = ("/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user")
USER = (".config/systemd/user", ".local/share/systemd/user")
_PREFIXES = "@-:+!|"
_ELSEWHERE = ("RootDirectory", "RootImage", "RootDirectoryStartOnly")


class _Line(NamedTuple):
    """A setting and the file that it stands in."""

    path: str
    entry: Setting


def read(places: Places) -> Iterator[Dependent]:
    """Yield the programs of services that are Pythons or lie in environments."""
    yield from _manager(places, "/root", SYSTEM)
    yield from _manager(places, "", OF_ALL_USERS)
    for home in places.homes:
        own = tuple(f"{home.rstrip('/')}/{name}" for name in USER)
        yield from _manager(places, home, own, below=OF_ALL_USERS)


def _manager(places: Places, home: str, folders: tuple[str, ...], below: tuple[str, ...] = ()) -> Iterator[Dependent]:
    """Read the units of one manager: a file hides those of its name in later directories, drop-ins come on top.

    Args:
        places: where to look.
        home: what `%h` stands for.
        folders: directories with units, the strongest first.
        below: weaker directories whose units are read elsewhere, but count where `folders` holds drop-ins for them.
    """
    listed = {folder: places.names(folder) for folder in _distinct(places, (*folders, *below))}
    units: dict[str, str] = {}
    extras: dict[str, dict[str, str]] = {}
    for folder, names in listed.items():
        for name in names:
            if name.endswith(".service"):
                units.setdefault(name, f"{folder}/{name}")
            elif name.endswith(".service.d"):
                found = extras.setdefault(name[: -len(".d")], {})
                for part in places.names(f"{folder}/{name}"):
                    if part.endswith(".conf"):
                        found.setdefault(part, f"{folder}/{name}/{part}")
    for name in sorted({*units, *extras}):
        files = [*([units[name]] if name in units else []), *(path for _, path in sorted(extras.get(name, {}).items()))]
        if any(path.startswith(f"{folder}/") for path in files for folder in folders):
            yield from _service(places, home, name, files)


def _distinct(places: Places, folders: tuple[str, ...]) -> Iterator[str]:
    """Yield the directories that are there, each once: /lib is /usr/lib."""
    seen: set[str] = set()
    for folder in folders:
        try:
            real = places.shared.view.realpath(folder)
        except (OSError, ValueError):
            continue
        if real not in seen:
            seen.add(real)
            yield folder


def _service(places: Places, home: str, name: str, files: list[str]) -> Iterator[Dependent]:
    lines: list[_Line] = []
    for path in files:
        text = places.text(path, 1 << 18)
        if text is None and path == files[0]:
            return  # a link to /dev/null: masked
        lines += [_Line(path, entry) for entry in settings(text or "") if entry.section in ("Service", "Unit")]
    if any(line.entry.key in _ELSEWHERE and line.entry.value for line in lines):
        return
    conditional = any(line.entry.key.startswith("Condition") and "/" in line.entry.value for line in lines)
    folder = next((line.entry.value for line in reversed(lines) if line.entry.key == "WorkingDirectory"), "")
    for line in _standing(lines):
        spot = Spot("systemd", line.path, name, line.entry.line, home)
        if line.entry.key == "Environment":
            for word in split_systemd(line.entry.value):
                if word.startswith("PATH="):
                    yield from on_path(places, spot._replace(kind="search-path"), word[len("PATH=") :])
        else:
            yield from _command(places, spot, line.entry, folder.lstrip("-"), conditional=conditional)


def _standing(lines: list[_Line]) -> list[_Line]:
    """Return the lines that count: an empty assignment forgets those before it."""
    kept: list[_Line] = []
    for line in lines:
        key = line.entry.key
        if key.startswith("Exec") or key == "Environment":
            kept = [*kept, line] if line.entry.value else [old for old in kept if old.entry.key != key]
    return kept


def _command(places: Places, spot: Spot, entry: Setting, folder: str, *, conditional: bool) -> Iterator[Dependent]:
    words = split_systemd(entry.value)
    if not words:
        return
    program = words[0].lstrip(_PREFIXES)
    prefixes = words[0][: len(words[0]) - len(program)]
    expanded = expand_specifiers(program, {"%": "%", "h": spot.home})
    if not expanded or (expanded.startswith("/") is False and "%h" in program):
        return
    rest = words[2:] if "@" in prefixes else words[1:]  # the second word is what the program calls itself
    place = expand_specifiers(folder.replace("~", spot.home, 1), {"%": "%", "h": spot.home}) or ""
    if place.startswith("/") and posixpath.basename(expanded) in SHELLS:
        rest = [f"cd {place} &&", *rest]
    certain = "-" not in prefixes and not conditional and entry.key in ("ExecStart", "ExecStartPre")
    yield from started_by(places, spot, [expanded, *rest], certain=certain)
