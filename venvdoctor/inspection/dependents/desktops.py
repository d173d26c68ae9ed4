"""Desktop entries, autostart entries, and launchd jobs: what a click, a log-in or a timer starts.

Sources: Desktop Entry Specification (Exec, TryExec), launchd.plist(5).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.dependents.grammar import settings, split_systemd
from venvdoctor.inspection.dependents.place import Spot, started_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

APPLICATIONS = ("/usr/local/share/applications", "/usr/share/applications", "/etc/xdg/autostart")
OF_USERS = (".local/share/applications", ".config/autostart", "Desktop")
AGENTS = ("/Library/LaunchAgents", "/Library/LaunchDaemons")


def read(places: Places) -> Iterator[Dependent]:
    """Yield the programs of desktop entries and launchd jobs."""
    for home, directory in [*(("", path) for path in APPLICATIONS), *places.below_homes(*OF_USERS)]:
        for name in places.names(directory):
            if name.endswith(".desktop"):
                yield from _entry(places, home, f"{directory}/{name}")
    for home, directory in [*(("", path) for path in AGENTS), *places.below_homes("Library/LaunchAgents")]:
        for name in places.names(directory):
            if name.endswith(".plist"):
                yield from _job(places, home, f"{directory}/{name}")


def _entry(places: Places, home: str, path: str) -> Iterator[Dependent]:
    entries = [item for item in settings(places.text(path, 1 << 18) or "") if item.section.startswith("Desktop ")]
    if any(item.key in ("Hidden", "NoDisplay", "TryExec") and item.value not in ("false", "") for item in entries):
        return  # hidden; or shown only while the program of TryExec is there
    name = next((item.value for item in entries if item.key == "Name"), posixpath.basename(path))
    for item in entries:
        if item.key == "Exec":
            yield from started_by(places, Spot("desktop", path, name, item.line, home), split_systemd(item.value))


def _job(places: Places, home: str, path: str) -> Iterator[Dependent]:
    import plistlib  # noqa: PLC0415 - only where there is a job
    from xml.parsers.expat import ExpatError  # noqa: PLC0415

    try:
        job: Any = plistlib.loads(places.shared.view.read(path, 1 << 18))
    except (OSError, ValueError, ExpatError, RecursionError, TypeError, LookupError, OverflowError, AttributeError):
        return
    if not isinstance(job, dict) or job.get("Disabled") is True:
        return
    arguments = job.get("ProgramArguments")
    words = [word for word in arguments if isinstance(word, str)] if isinstance(arguments, list) else []
    program = job.get("Program")
    argv = [program, *words[1:]] if isinstance(program, str) else words
    label = job.get("Label")
    name = label if isinstance(label, str) else posixpath.basename(path)
    yield from started_by(places, Spot("launchd", path, name, home=home), argv)
