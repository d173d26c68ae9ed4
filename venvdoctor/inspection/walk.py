"""The walk over a tree: every environment below a directory, and as few look-ups as that takes.

It leaves out only what cannot hold an environment (see `_children`), looks into `node_modules` by the usual names,
follows no directory link but reports the environments that links lead to, and keeps a deterministic order.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.markers import CFG, CONDA_META, is_environment, is_markerless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from venvdoctor.view import View

PLAIN, ENVIRONMENT, LIBRARY, GIT, OBJECTS, PACKAGES, PACKAGE = range(7)

NEVER = frozenset({"__pycache__", "lost+found"})
OWN = frozenset({"bin", "Scripts", "include", "Include", "lib64", "conda-meta", "__pycache__"})
CONDA_OWN = OWN | {
    "lib",
    "lib32",
    "libexec",
    "sbin",
    "share",
    "etc",
    "ssl",
    "man",
    "var",
    "pkgs",
    "Library",
    "DLLs",
    "Lib",
    "libs",
}
NOTABLE = frozenset({CFG, "bin", "lib", "HEAD", ".venv", "urls.txt", "urls"})
USUAL = frozenset(
    {".venv", "venv", ".env", "env", ".virtualenv", "virtualenv", ".tox", ".nox", ".direnv", ".pixi", ".cache"}
)
PYTHON_PROJECT = frozenset({"pyproject.toml", "requirements.txt", "setup.py", "Pipfile"})


class Met(NamedTuple):
    """An environment that the walk came by: `walked`, `linked` (through a link) or `named` (by a `.venv` file)."""

    path: str
    how: str = "walked"


@dataclass(slots=True, kw_only=True)
class WalkOptions:
    """Where not to go, and whom to tell.

    Attributes:
        barriers: directories that are not entered (mount points), spelled as the walk spells them.
        excluded: whether a directory (its path, its name) is left out by the user's wish.
        unreadable: told of each directory that could not be listed, with the reason.
        directories: how many directories were listed so far, for progress.
    """

    barriers: frozenset[str] = frozenset()
    excluded: Callable[[str, str], bool] | None = None
    unreadable: Callable[[str, OSError], None] | None = None
    directories: int = 0


@dataclass(slots=True)
class _Listing:
    """What one directory holds, as far as the walk cares."""

    directories: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    notable: set[str] = field(default_factory=set)
    python: bool = False


def walk(view: View, root: str, options: WalkOptions) -> Iterator[Met]:
    """Yield every environment at or below `root`, parents before children, siblings by name."""
    stack = [(root, PLAIN)]
    while stack:
        path, mode = stack.pop()
        listing = _list(view, path, mode, options)
        if listing is None:
            continue
        yield from _named(view, path, listing)
        if _is_marked(view, path, listing):
            yield Met(path)
            mode = ENVIRONMENT
        prefix = path.rstrip("/") + "/"
        for name, child_mode in _children(path, mode, listing):
            child = prefix + name
            if child not in options.barriers and not (options.excluded and options.excluded(child, name)):
                stack.append((child, child_mode))


def _list(view: View, path: str, mode: int, options: WalkOptions) -> _Listing | None:
    """Read one directory, streaming; tell the listener when it cannot be read."""
    listing = _Listing()
    options.directories += 1
    try:
        with os.scandir(view.host_path(path)) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    listing.directories.append(entry.name)
                    continue
                name = entry.name
                if name in NOTABLE:
                    listing.notable.add(name)
                elif entry.is_symlink():
                    listing.links.append(name)
                elif mode == PACKAGE and (name in PYTHON_PROJECT or name.endswith(".py")):
                    listing.python = True
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR) and options.unreadable:  # it vanished: nothing is there
            options.unreadable(path, error)
        return None
    listing.directories.sort(reverse=True)
    listing.links.sort()
    return listing


def _is_marked(view: View, path: str, listing: _Listing) -> bool:
    """Return whether the listed directory is an environment."""
    if CFG in listing.notable:
        return not (path.endswith("/bin") and _asked(view, path[:-4]))  # its parent is the environment then
    names = listing.directories
    if CFG in names or CONDA_META in names:
        return True
    if "bin" in names or "bin" in listing.notable:
        return ("lib" in names or "lib" in listing.notable) and _asked(view, path, is_markerless)
    return "Scripts" in names and "Lib" in names and _asked(view, path, is_markerless)


def _asked(view: View, path: str, question: Callable[[View, str], bool] = is_environment) -> bool:
    try:
        return question(view, path)
    except OSError:
        return False


def _named(view: View, path: str, listing: _Listing) -> Iterator[Met]:
    """Yield environments elsewhere that a link, or a `.venv` file holding a path, leads to."""
    prefix = path.rstrip("/") + "/"
    for name in listing.links:
        if _asked(view, prefix + name):
            yield Met(prefix + name, "linked")
    if ".venv" in listing.notable:
        target = venv_file_target(view, prefix + ".venv")
        if target is not None:
            yield Met(target, "named")


def venv_file_target(view: View, path: str) -> str | None:
    """Return the environment that a `.venv` file (or link) leads to, None when it leads to none."""
    if _asked(view, path):
        return path
    try:
        text = os.fsdecode(view.read(path, 1 << 14)).strip()
    except (OSError, ValueError):
        return None
    if not text or "\n" in text or "\0" in text:
        return None
    target = os.path.normpath(os.path.join(os.path.dirname(path), text))
    return target if _asked(view, target) else None


def _children(path: str, mode: int, listing: _Listing) -> Iterator[tuple[str, int]]:
    """Yield the directories to go into, last first, each with how to look at it."""
    names = listing.directories
    if mode == ENVIRONMENT:
        own = CONDA_OWN if CONDA_META in names else OWN
        yield from ((name, LIBRARY if name == "lib" else _mode_of(name)) for name in names if name not in own)
    elif mode == LIBRARY:
        yield from (
            (name, PLAIN) for name in names if not name.startswith(("python", "pypy")) and name != "site-packages"
        )
    elif mode == OBJECTS:
        yield from ((name, PLAIN) for name in names if len(name) != 2)
    elif mode == PACKAGES:
        yield from ((name, _mode_in_packages(name)) for name in names if name != ".bin")
    elif mode == PACKAGE and not listing.python:
        yield from ((name, _mode_of(name)) for name in names if name in USUAL or name == "node_modules")
    elif "objects" in names and "refs" in names and "HEAD" in listing.notable:
        yield from ((name, OBJECTS if name == "objects" else PLAIN) for name in names)
    elif path.endswith("/pkgs") and not listing.notable.isdisjoint(("urls.txt", "urls")):
        return  # conda's package cache
    else:
        yield from ((name, _mode_of(name)) for name in names if name not in NEVER)


def _mode_of(name: str) -> int:
    return PACKAGES if name == "node_modules" else PLAIN


def _mode_in_packages(name: str) -> int:
    if name.startswith("@") or name in (".pnpm", "node_modules"):
        return PACKAGES
    return PLAIN if name == ".cache" else PACKAGE
