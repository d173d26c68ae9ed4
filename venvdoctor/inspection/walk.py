"""The walk over a tree: every environment below a directory, and as few look-ups as that takes.

What is left out, and why nothing is missed by it: see `prune`. Directory links are not followed here: the
environments that they lead to are reported, and other directories they lead to are handed back (`WalkOptions.links`).
Order: parents before children, siblings by name, however the directories are read (see `overlap`).
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.directory import Reader
from venvdoctor.inspection.overlap import Overlap
from venvdoctor.inspection.prune import Look, child_look
from venvdoctor.model.fact import field, record
from venvdoctor.view import TranslatedView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from venvdoctor.inspection.directory import Directory
    from venvdoctor.view import View

GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


class Met(NamedTuple):
    """An environment that the walk came by: `walked`, `linked` (through a link) or `named` (by a `.venv` file)."""

    path: str
    how: str = "walked"


@record
class WalkOptions:
    """Where not to go, and whom to tell.

    Attributes:
        barriers: directories that are not entered (mount points), spelled as the walk spells them.
        excluded: whether a directory (its path, its name) is left out by the user's wish.
        distant: whether a link's target (its text, made absolute) must not be touched (a network file system).
        unreadable: told of each directory that could not be listed, with the reason.
        slow: another machine answers for the file system: overlap from the start, and do not wait for ever.
        mount_of: the mount point that a path lies in; all of it is given up when a directory in it does not answer.
        given_up: mount points that did not answer.
        directories: how many directories were listed so far, for progress.
        before_threads: called before the first thread is started, because the disk is slow.
        ahead_of: called with each environment by the thread that comes by it, before the walk does.
        links: directory links that were met and that lead to no environment: nobody has looked behind them.
        foreign: roots of other systems that were met (an unpacked image, a container) and not entered.
    """

    barriers: frozenset[str] = frozenset()
    excluded: Callable[[str, str], bool] | None = None
    distant: Callable[[str], bool] | None = None
    unreadable: Callable[[str, OSError], None] | None = None
    slow: bool = False
    mount_of: Callable[[str], str] | None = None
    given_up: tuple[str, ...] = ()
    directories: int = 0
    before_threads: Callable[[], object] | None = None
    ahead_of: Callable[[str], object] | None = None
    links: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def leaves_out(self, path: str, name: str) -> bool:
        """Return whether a directory is not entered."""
        if self.given_up and (path + "/").startswith(self.given_up):
            return True
        return path in self.barriers or (self.excluded is not None and self.excluded(path, name))


def walk(view: View, root: str, options: WalkOptions) -> Iterator[Met]:
    """Yield every environment at or below `root`; see `WalkOptions` for what else it tells."""
    reader = Reader(view, _locator(view, root), root, options.distant)
    before, ahead = options.before_threads, options.ahead_of
    with Overlap(reader, options.leaves_out, at_once=options.slow, before=before, ahead_of=ahead) as overlap:
        found = _read(overlap, root, Look.PLAIN, options)
        frames = overlap.frames
        path = root
        while True:
            if found is not None:
                if found.environment or found.linked or found.named or found.links or found.foreign:
                    yield from _met(path, root, found, options)
                if found.below and (path == root or not found.foreign):
                    frames.append((path if path.endswith("/") else path + "/", found.look, found.below))
            while frames and not frames[-1][2]:
                frames.pop()
            if not frames:
                return
            prefix, look, names = frames[-1]
            name = names.pop()
            path = prefix + name
            found = None
            if not options.leaves_out(path, name):
                found = _read(overlap, path, child_look(look, prefix, name), options)


def _locator(view: View, root: str) -> Callable[[str], str] | None:
    """Return what tells where a directory below the root really lies; None: where its path says.

    The walk follows no links, so what lies below the root's canonical path is canonical.
    """
    if not isinstance(view, TranslatedView):
        return None
    try:
        real = view.realpath(root)
    except OSError:
        return view.host_path
    skip = len(root.rstrip("/"))
    real = real.rstrip("/")
    return lambda path: view.place_of(real + path[skip:] or "/")


def _read(overlap: Overlap, path: str, look: Look, options: WalkOptions) -> Directory | None:
    """Read one directory; tell the listener when it cannot be read."""
    options.directories += 1
    try:
        return overlap.read(path, look)
    except OSError as error:
        if error.errno == errno.ETIMEDOUT and options.mount_of:
            options.given_up += (options.mount_of(path).rstrip("/") + "/",)
        if error.errno not in GONE and options.unreadable:  # gone: it vanished, nothing is there
            options.unreadable(path, error)
        return None


def _met(path: str, root: str, found: Directory, options: WalkOptions) -> Iterator[Met]:
    """Yield the environments that a directory is and leads to; keep what else it leads to."""
    if found.environment:
        yield Met(path)
    for link in found.linked:
        yield Met(link, "linked")
    for target in found.named:
        yield Met(target, "named")
    options.links.extend(found.links)
    if found.foreign and path != root:
        options.foreign.append(path)
