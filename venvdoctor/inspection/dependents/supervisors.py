"""supervisord: `command=` of its programs (Supervisor documentation, "Configuration File")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.grammar import settings, split_systemd
from venvdoctor.inspection.dependents.place import Spot, started_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

FILES = ("/etc/supervisord.conf", "/etc/supervisor/supervisord.conf", "/usr/local/etc/supervisord.conf")
DIRECTORIES = ("/etc/supervisor/conf.d", "/etc/supervisor.d", "/etc/supervisord.d", "/usr/local/etc/supervisor.d")
_SECTIONS = re.compile(r"(?:program|fcgi-program|eventlistener):(.+)")


def read(places: Places) -> Iterator[Dependent]:
    """Yield the programs that supervisord starts."""
    listed = [f"{folder}/{name}" for folder in DIRECTORIES for name in places.names(folder)]
    for path in (*FILES, *(name for name in listed if name.endswith((".conf", ".ini")))):
        for item in settings(places.text(path) or ""):
            section = _SECTIONS.match(item.section)
            if section and item.key == "command":
                yield from _program(places, path, section.group(1), item.value, item.line)


def _program(places: Places, path: str, name: str, value: str, line: int) -> Iterator[Dependent]:
    words = split_systemd(re.split(r"\s;", value, maxsplit=1)[0])
    if not words or "%(" in words[0]:
        return
    yield from started_by(places, Spot("supervisor", path, name, line, "/root"), words)
