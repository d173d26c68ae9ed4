"""Cron: the users' crontabs, the system's, and the scripts of run-parts (crontab(5), cron(8), run-parts(8))."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.grammar import cron_command
from venvdoctor.inspection.dependents.place import Spot, dependent, named_by_shell
from venvdoctor.inspection.launch import is_python, launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

SPOOLS = ("/var/spool/cron/crontabs", "/var/spool/cron", "/var/spool/cron/tabs", "/usr/lib/cron/tabs", "/var/at/tabs")
PARTS = ("/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly")
_RUN_PARTS = re.compile(r"[A-Za-z0-9_-]+$")
_FIRST = re.compile(
    r"(?:[A-Za-z_]\w*=\S*\s+)*(?:(?:nice|ionice|nohup|exec|chronic|time)\s+)*(?P<word>/[^\s;&|<>()'\"$`\\]+)"
)


def read(places: Places) -> Iterator[Dependent]:
    """Yield what cron starts."""
    if places.shared.view.kind("/etc/crontab") == "file":
        yield from _table(places, "/etc/crontab", "root", user_field=True)
    for name in places.names("/etc/cron.d"):
        if _RUN_PARTS.match(name):
            yield from _table(places, f"/etc/cron.d/{name}", "root", user_field=True)
    for spool in SPOOLS:
        for name in places.names(spool):
            if places.shared.view.kind(f"{spool}/{name}") == "file":
                yield from _table(places, f"{spool}/{name}", name, user_field=False)
    for directory in PARTS:
        for name in filter(_RUN_PARTS.match, places.names(directory)):
            yield from _part(places, f"{directory}/{name}")


def _table(places: Places, path: str, user: str, *, user_field: bool) -> Iterator[Dependent]:
    homes = {home.user: home.path for home in places.shared.host.homes}
    home = homes.get(user) or ("/root" if user == "root" else f"/home/{user}")
    text = places.text(path) or ""
    for number, line in enumerate(text.split("\n"), 1):
        command = cron_command(line, user_field=user_field)
        if command is None:
            continue
        first = _FIRST.match(command)
        known = first.group("word") if first else ""
        spot = Spot("cron", path, command[:60], number, home)
        found = dependent(places, spot, known) if known else None
        if found is not None:
            yield found
        for item in named_by_shell(places, spot, command):
            if item.target != (found.target if found else ""):
                yield item


def _part(places: Places, path: str) -> Iterator[Dependent]:
    started = launch(places.shared, path)
    if started.wanted.startswith("/") and is_python(started.wanted) and started.problem != "not-executable":
        found = dependent(places, Spot("cron", path, posixpath.basename(path)), started.wanted)
        if found is not None:
            yield found
