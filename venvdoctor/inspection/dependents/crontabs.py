"""Cron: the users' crontabs, the system's, and the scripts of run-parts (crontab(5), cron(8), run-parts(8))."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.grammar import cron_command, cron_user
from venvdoctor.inspection.dependents.place import PATH_LIMIT, Spot, dependent, named_by_shell, on_path
from venvdoctor.inspection.launch import is_python, launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

ANACRON = "/etc/anacrontab"
SPOOLS = ("/var/spool/cron/crontabs", "/var/spool/cron", "/var/spool/cron/tabs", "/usr/lib/cron/tabs", "/var/at/tabs")
PARTS = ("/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly")
_ANACRON = re.compile(r"\s*(?:\d+|@\w+)\s+\d+\s+(\S+)\s+(.+)$")
_PATH = re.compile(r"\s*PATH\s*=(.+)$")
_TESTED = re.compile(r"(?:(?:test|\[\[?)\s+(?:!\s+)?-[xefsrdh]|command\s+-v|type|which)\s+[\"']?(/[^\s\"';&|]+)")
_VARIABLE = re.compile(r"\s*[\"']?([A-Za-z_]\w*)[\"']?\s*=(.*)")
_USED = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
MOST_VARIABLES = 20  # in one command
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
    yield from _anacron(places)
    for spool in SPOOLS:
        for name in places.names(spool):
            if places.shared.view.kind(f"{spool}/{name}") == "file":
                yield from _table(places, f"{spool}/{name}", name, user_field=False)
    for directory in PARTS:
        for name in filter(_RUN_PARTS.match, places.names(directory)):
            yield from _part(places, f"{directory}/{name}")


def _table(places: Places, path: str, user: str, *, user_field: bool) -> Iterator[Dependent]:
    home = _home_of(places, user)
    text = places.text(path) or ""
    variables: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        command = cron_command(line, user_field=user_field)
        if command is not None:
            own = _home_of(places, cron_user(line)) if user_field else home
            spot = Spot("cron", path, command[:60], number, own)
            yield from _command(places, spot, _expanded(command, variables))
            continue
        setting = _VARIABLE.match(line)
        value = setting.group(2).strip(" \t\r\"'") if setting else ""
        if setting and setting.group(1) == "PATH":
            yield from on_path(places, Spot("search-path", path, path, number, home), value)
        elif setting and value.startswith("/") and len(value) < PATH_LIMIT:
            variables[setting.group(1)] = value


def _home_of(places: Places, user: str) -> str:
    homes = {home.user: home.path for home in places.shared.host.homes}
    return homes.get(user) or ("/root" if user == "root" else f"/home/{user}")


def _expanded(command: str, variables: dict[str, str]) -> str:
    """Return a command with the table's own variables that are paths put in; cron hands them to its shell."""
    return _USED.sub(
        lambda match: variables.get(match.group(1) or match.group(2), match.group()), command, count=MOST_VARIABLES
    )


def _command(places: Places, spot: Spot, command: str) -> Iterator[Dependent]:
    """Yield what a job starts; a program that the job itself looks for first is one that may be absent."""
    first = _FIRST.match(command)
    known = first.group("word") if first else ""
    found = dependent(places, spot, known) if known else None
    if found is not None:
        yield found
    looked_for = tuple(f"{path.rstrip('/')}/" for path in _TESTED.findall(command))
    for item in named_by_shell(places, spot, command):
        if item.target != (found.target if found else "") and not f"{item.target}/".startswith(looked_for):
            yield item


def _anacron(places: Places) -> Iterator[Dependent]:
    """Period, delay, name and command (anacrontab(5)); they run as root."""
    for number, line in enumerate((places.text(ANACRON) or "").split("\n"), 1):
        if match := _ANACRON.match(line):
            yield from _command(places, Spot("cron", ANACRON, match.group(1), number, "/root"), match.group(2))
        elif value := _PATH.match(line):
            yield from on_path(
                places, Spot("search-path", ANACRON, ANACRON, number, "/root"), value.group(1).strip(" \t\r\"'")
            )


def _part(places: Places, path: str) -> Iterator[Dependent]:
    started = launch(places.shared, path)
    if started.wanted.startswith("/") and is_python(started.wanted) and started.problem != "not-executable":
        found = dependent(places, Spot("cron", path, posixpath.basename(path)), started.wanted)
        if found is not None:
            yield found
