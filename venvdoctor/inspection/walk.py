"""The walk over a tree: every environment below a directory, and as few look-ups as that takes.

What is left out, and why nothing is missed by it: see `prune`. Directory links are not followed here: the
environments that they lead to are reported, and other directories they lead to are handed back (`WalkOptions.links`).
Order: parents before children, siblings by name.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.prune import DOT_VENV, Look, child_look, children_of, notable_names, refined
from venvdoctor.markers import CFG, CONDA_META, is_environment, is_markerless
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


class Met(NamedTuple):
    """An environment that the walk came by: `walked`, `linked` (through a link) or `named` (by a `.venv` file)."""

    path: str
    how: str = "walked"


class Listing(NamedTuple):
    """What one directory holds, as far as the walk cares: directories last first, links that lead somewhere."""

    directories: list[str]
    links: list[str]
    notable: set[str]


@dataclass(slots=True, kw_only=True)
class WalkOptions:
    """Where not to go, and whom to tell.

    Attributes:
        barriers: directories that are not entered (mount points), spelled as the walk spells them.
        excluded: whether a directory (its path, its name) is left out by the user's wish.
        distant: whether a link's target (its text, made absolute) must not be touched (a network file system).
        unreadable: told of each directory that could not be listed, with the reason.
        directories: how many directories were listed so far, for progress.
        links: directory links that were met and that lead to no environment: nobody has looked behind them.
        foreign: roots of other systems that were met (an unpacked image, a container) and not entered.
    """

    barriers: frozenset[str] = frozenset()
    excluded: Callable[[str, str], bool] | None = None
    distant: Callable[[str], bool] | None = None
    unreadable: Callable[[str, OSError], None] | None = None
    directories: int = 0
    links: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def walk(view: View, root: str, options: WalkOptions) -> Iterator[Met]:
    """Yield every environment at or below `root`; see `WalkOptions` for what else it tells."""
    locate = None if type(view) is View else view.host_path
    frames = [(root[: -len(tail)] if (tail := os.path.basename(root)) else root, Look.PLAIN, [tail])]
    while frames:
        prefix, look, names = frames[-1]
        if not names:
            frames.pop()
            continue
        name = names.pop()
        path = prefix + name
        if path != root:
            if path in options.barriers or (options.excluded and options.excluded(path, name)):
                continue
            look = child_look(look, prefix, name)
        options.directories += 1
        try:
            listing = _list(path if locate is None else locate(path), look)
        except OSError as error:
            if error.errno not in GONE and options.unreadable:  # gone: it vanished, nothing is there
                options.unreadable(path, error)
            continue
        directories, links, notable = listing
        within = path if path.endswith("/") else path + "/"
        if (notable or directories) and _is_marked(view, path, directories, notable):
            yield Met(path)
            look = Look.ENVIRONMENT
        if links or DOT_VENV in notable:
            yield from _elsewhere(view, within, listing, options)
        if not directories:
            continue
        look = refined(look, directories, notable)
        if below := children_of(look, path, directories, notable):
            if path != root and _is_foreign(view, path, directories, below):
                options.foreign.append(path)
                continue
            frames.append((within, look, below))


def _list(place: str, look: Look) -> Listing:
    """Read one directory, streaming: of a million files nothing is kept."""
    directories: list[str] = []
    links: list[str] = []
    notable: set[str] = set()
    names = notable_names(look)
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                directories.append(entry.name)
            elif entry.name in names:
                notable.add(entry.name)
            elif entry.is_symlink():
                links.append(entry.name)
            elif look is Look.PACKAGE and entry.name.endswith(".py"):
                notable.add(".py")
    directories.sort(reverse=True)
    return Listing(directories, links, notable)


def _is_marked(view: View, path: str, directories: list[str], notable: set[str]) -> bool:
    """Return whether the listed directory is an environment."""
    if CFG in notable:
        return not (path.endswith(("/bin", "/Scripts")) and _asked(view, os.path.dirname(path)))  # its parent is it
    if CFG in directories or CONDA_META in directories:
        return True
    if "bin" in directories or "bin" in notable:
        return ("lib" in directories or "lib" in notable) and _asked(view, path, is_markerless)
    return "Scripts" in directories and "Lib" in directories and _asked(view, path, is_markerless)


def _asked(view: View, path: str, question: Callable[[View, str], bool] = is_environment) -> bool:
    try:
        return question(view, path)
    except OSError:
        return False


def _elsewhere(view: View, within: str, listing: Listing, options: WalkOptions) -> Iterator[Met]:
    """Yield environments elsewhere that a link, or a `.venv` file holding a path, leads to."""
    for name in sorted(listing.links):
        link = within + name
        if (options.distant and _is_distant(view, link, options.distant)) or view.kind(link) != "dir":
            continue
        if _asked(view, link):
            yield Met(link, "linked")
        else:
            options.links.append(link)
    if DOT_VENV in listing.notable:
        target = venv_file_target(view, within + DOT_VENV)
        if target is not None:
            yield Met(target, "linked" if target == within + DOT_VENV else "named")


def _is_distant(view: View, link: str, distant: Callable[[str], bool]) -> bool:
    try:
        return distant(os.path.normpath(os.path.join(os.path.dirname(link), view.readlink(link))))
    except OSError:
        return True


def venv_file_target(view: View, path: str) -> str | None:
    """Return the environment that a `.venv` file (or link) leads to, None when it leads to none.

    Source: PEP 832: one path, absolute or relative to the file's directory, white space around it ignored.
    """
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


def _is_foreign(view: View, path: str, directories: list[str], below: list[str]) -> bool:
    """Return whether the directory is the root of another system: its links mean something else inside it."""
    if "etc" not in below or "usr" not in directories or "var" not in directories:
        return False
    return any(
        view.kind(f"{path}/{name}") != "missing" for name in ("etc/os-release", "usr/lib/os-release", "etc/passwd")
    )
