"""Reads what stands outside the environments and names one: launchers, kernels, units, hooks, editor settings."""

from __future__ import annotations

import posixpath
import re
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.place import Places
from venvdoctor.inspection.launch import is_python
from venvdoctor.inspection.overlap import side_by_side
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.dependent import Dependent

MOST_FOLDERS = 300  # of one directory that are asked whether they are projects
MARKS = frozenset({".git", ".vscode", ".pdm-python", ".envrc"})
WORKSHOPS = (
    "code", "coding", "dev", "devel", "development", "documents", "git", "github", "ideaprojects", "projects",
    "pycharmprojects", "repos", "repositories", "source", "sources", "src", "work", "workspace", "workspaces",
)  # fmt: skip
READERS = (
    "launchers",
    "kernels",
    "units",
    "crontabs",
    "desktops",
    "supervisors",
    "editors",
    "hooks",
    "shells",
    "managers",
)


def find_dependents(shared: Shared, environments: Iterable[str] = (), *, at_once: bool = False) -> list[Dependent]:
    """Return every reference from outside, in a stable order.

    Args:
        shared: the context of the scan; its host names the homes.
        environments: directories of the environments that were found; project files beside them are read too.
        at_once: let the readers wait for the disk side by side: it is a slow one.
    """
    known = tuple(sorted(set(environments)))
    projects = {posixpath.dirname(path.rstrip("/")) for path in known}
    homes = tuple(home.path for home in shared.host.homes)
    places = Places(shared=shared, homes=homes, environments=known, projects=())
    projects |= set(_projects(places, at_once=at_once))  # of these the environment may be gone altogether
    places = replace(places, projects=tuple(sorted(projects - set(homes) - {"", "/"})))
    if at_once:
        side_by_side([partial(places.marks, path) for path in (*places.projects, *known)])
    found = _read(places, at_once=at_once)
    gone = {place for item in found.values() if (place := _gone(places, item))} - set(known)
    gone -= {posixpath.dirname(home) for env in known if (home := _home(places, env))} if gone else set()
    if gone:  # what one reference shows to have been an environment is one for all the others, too
        found = _read(replace(places, environments=tuple(sorted({*known, *gone}))), at_once=at_once)
    return sorted(found.values(), key=lambda item: (item.kind, item.path, item.line, item.target))


def _projects(places: Places, *, at_once: bool) -> Iterator[str]:
    """Yield the directories of homes, and of the usual folders in them, that hold a repository or an editor's settings.

    Where an environment is gone altogether, nothing else leads to what still names it there.
    """
    for home in places.homes:
        folders = _folders(places, home.rstrip("/"))
        inner = [folder for folder in folders if posixpath.basename(folder).lower() in WORKSHOPS]
        folders += [path for folder in inner for path in _folders(places, folder)]
        asked = [partial(places.names, folder) for folder in folders]
        listed = side_by_side(asked) if at_once else (ask() for ask in asked)
        yield from (folder for folder, names in zip(folders, listed, strict=True) if not MARKS.isdisjoint(names))


def _folders(places: Places, path: str) -> list[str]:
    try:
        entries = places.shared.view.scandir(path)
    except (OSError, ValueError):
        return []
    names = sorted(item.name for item in entries if item.name[:1] != "." and item.is_dir(follow_symlinks=False))
    return [f"{path}/{name}" for name in names[:MOST_FOLDERS]]


def _read(places: Places, *, at_once: bool) -> dict[tuple[str, int, str], Dependent]:
    found: dict[tuple[str, int, str], Dependent] = {}
    readers = [import_module(f"{__name__}.{name}") for name in READERS]
    asked = [partial(lambda part: list(part()), part) for reader in readers for part in _parts(reader, places)]
    for items in side_by_side(asked) if at_once else (ask() for ask in asked):
        for item in items:
            found.setdefault((item.path, item.line, item.target), item)
    return found


def _parts(reader: ModuleType, places: Places) -> Iterator[Callable[[], Iterator[Dependent]]]:
    """Yield what a reader does, in pieces where it offers them."""
    return reader.parts(places) if hasattr(reader, "parts") else iter([partial(reader.read, places)])


def _home(places: Places, env: str) -> str:
    """Return the directory of the interpreter that an environment was made with: an installation, no environment."""
    match = re.search(r"^home[ \t]*=[ \t]*(/.*)", places.text(f"{env}/pyvenv.cfg", 1 << 16) or "", re.MULTILINE)
    return match.group(1).strip().rstrip("/") if match else ""


def _gone(places: Places, item: Dependent) -> str:
    """Return the directory above the `bin` of a Python of which nothing is left."""
    directory = posixpath.dirname(item.target)
    place = posixpath.dirname(directory)
    if item.state != "missing" or posixpath.basename(directory) != "bin" or not is_python(item.target):
        return ""
    return place if place.count("/") > 1 and places.shared.view.kind(place) == "missing" else ""
