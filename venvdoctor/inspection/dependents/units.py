"""systemd services of the system and of users: what `Exec…=` lines start.

Sources: systemd.unit(5) (directories, drop-ins, masking, specifiers), systemd.service(5) (command lines, prefixes).
A unit in another root (`RootDirectory=`, `RootImage=`) and a word with an instance's specifier are left alone.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.grammar import Setting, expand_specifiers, settings, split_systemd
from venvdoctor.inspection.dependents.place import Spot, started_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

SYSTEM = (
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system", "/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
)  # fmt: skip
USER = (".config/systemd/user", ".local/share/systemd/user")
_PREFIXES = "@-:+!|"
_ELSEWHERE = ("RootDirectory", "RootImage", "RootDirectoryStartOnly")


def read(places: Places) -> Iterator[Dependent]:
    """Yield the programs of services that are Pythons or lie in environments."""
    seen: set[str] = set()
    for home, directory in [*(("/root", path) for path in SYSTEM), *places.below_homes(*USER)]:
        try:
            real = places.shared.view.realpath(directory)
        except (OSError, ValueError):
            continue
        if real in seen:
            continue  # /lib is /usr/lib
        seen.add(real)
        for name in places.names(directory):
            if name.endswith(".service"):
                yield from _service(places, home, f"{directory}/{name}")
            elif name.endswith(".service.d"):
                yield from _drop_ins(places, home, f"{directory}/{name}")


def _drop_ins(places: Places, home: str, directory: str) -> Iterator[Dependent]:
    for name in places.names(directory):
        if name.endswith(".conf"):
            yield from _service(places, home, f"{directory}/{name}", posixpath.basename(directory)[: -len(".d")])


def _service(places: Places, home: str, path: str, name: str = "") -> Iterator[Dependent]:
    text = places.text(path, 1 << 18)
    if not text or "Exec" not in text:
        return  # empty or a link to /dev/null: masked
    entries = [entry for entry in settings(text) if entry.section in ("Service", "Unit")]
    if any(entry.key in _ELSEWHERE and entry.value for entry in entries):
        return
    conditional = any(entry.key.startswith("Condition") and "/" in entry.value for entry in entries)
    spot = Spot("systemd", path, name or posixpath.basename(path), home=home)
    for entry in _standing(entries):
        yield from _command(places, spot, entry, conditional=conditional)


def _standing(entries: list[Setting]) -> list[Setting]:
    """Return the Exec lines that count: an empty assignment forgets those before it."""
    kept: list[Setting] = []
    for entry in entries:
        if not entry.key.startswith("Exec"):
            continue
        kept = [*kept, entry] if entry.value else [old for old in kept if old.key != entry.key]
    return kept


def _command(places: Places, spot: Spot, entry: Setting, *, conditional: bool) -> Iterator[Dependent]:
    words = split_systemd(entry.value)
    if not words:
        return
    program = words[0].lstrip(_PREFIXES)
    tolerated = "-" in words[0][: len(words[0]) - len(program)]
    expanded = expand_specifiers(program, {"%": "%", "h": spot.home})
    if expanded is None:
        return
    certain = not tolerated and not conditional and entry.key in ("ExecStart", "ExecStartPre")
    yield from started_by(places, spot._replace(line=entry.line), [expanded, *words[1:]], certain=certain)
