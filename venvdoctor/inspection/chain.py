"""Walks from a name to the file behind it, hop by hop, the way the kernel does (path_resolution(7)).

Every link on the way is a hop, also a link to a *directory* in the middle of a target. Where the walk ends early, the
first component that is missing is named: that is what an upgrade removed.
"""

from __future__ import annotations

import errno
import stat
from typing import TYPE_CHECKING

from venvdoctor.model.chain import Chain, Hop
from venvdoctor.view import MAX_LINKS

if TYPE_CHECKING:
    import os

    from venvdoctor.model.chain import ChainEnd
    from venvdoctor.view import View

ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
DENIED = (errno.EACCES, errno.EPERM)


REMOVABLE = ("/media", "/run/media", "/mnt", "/Volumes", "/net", "/misc", "/afs")  # hier(7), udisks, macOS, autofs(5)
PER_USER = ("/media/", "/run/media/")  # a directory of each user's between
FSTAB_LIMIT = 256 << 10  # bytes


def unmounted(view: View, missing: str) -> str | None:
    """Return the mount point that a missing path lies below while nothing is mounted there, None for a plain absence.

    Args:
        view: the door to the disk.
        missing: the first component that does not exist.
    """
    for place in _mount_points(view):
        if (missing + "/").startswith(place + "/") and not _is_mounted(view, place):
            return place
    parent = missing.rpartition("/")[0]
    owners = (parent, parent.rpartition("/")[0]) if missing.startswith(PER_USER) else (parent,)
    return missing if missing in REMOVABLE or any(place in REMOVABLE for place in owners) else None


def _mount_points(view: View) -> list[str]:
    """Return the mount points of fstab(5), the root apart, the deepest first."""
    try:
        text = view.read("/etc/fstab", FSTAB_LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return []
    rows = (line.split() for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = {row[1].replace("\\040", " ").rstrip("/") for row in rows if len(row) > 2 and row[1].startswith("/")}
    return sorted(found - {""}, key=len, reverse=True)


def _is_mounted(view: View, place: str) -> bool:
    """Whether a directory is on another device than the one above it."""
    try:
        return view.stat(place).st_dev != view.stat(place.rpartition("/")[0] or "/").st_dev
    except (OSError, ValueError):
        return False


def walk(view: View, path: str, directory: str | None = None) -> Chain:
    """Return the chain that starts at the absolute `path`; total: every failure is an end.

    Args:
        view: the door to the disk.
        path: the name to start from.
        directory: the canonical path of its directory, where the caller knows it.

    Links in the directories that lead to the start itself are followed silently: the start is spelled as it was found.
    """
    return _Walk(view, path).run(directory)


class _Walk:
    """One walk: the components still to go, the canonical directory reached, the hops met."""

    def __init__(self, view: View, path: str) -> None:
        self.view = view
        self.start = path
        self.hops: list[Hop] = []
        self.done: list[str] = []
        self.left: list[str] = []
        self.links = 0
        self.status: os.stat_result | None = None

    def run(self, directory: str | None) -> Chain:
        head, _, name = self.start.rpartition("/")
        try:
            place = self.view.realpath(head or "/") if directory is None else directory
            self.done = [part for part in place.split("/") if part]
        except (OSError, ValueError) as error:
            return self._failed(error, self.start)
        self.left = [name]
        while self.left:
            ended = self._step(self.left.pop())
            if ended is not None:
                return ended
        return self._arrived()

    def _step(self, name: str) -> Chain | None:
        if name in ("", "."):
            return None
        if name == "..":
            del self.done[-1:]
            return None
        here = "/" + "/".join([*self.done, name])
        try:
            status = self.view.lstat(here)
            if stat.S_ISLNK(status.st_mode):
                return self._follow(here)
        except (OSError, ValueError) as error:
            return self._failed(error, here)
        if any(part not in ("", ".") for part in self.left) and not stat.S_ISDIR(status.st_mode):
            return self._failed(NotADirectoryError(errno.ENOTDIR, "Not a directory"), here + "/" + self._next())
        self.done.append(name)
        self.status = status
        return None

    def _follow(self, here: str) -> Chain | None:
        """Take one link; the place where it stands is spelled as it is met."""
        target = self.view.readlink(here)
        self.hops.append(Hop(path=here if self.hops else self.start, target=target))
        self.links += 1
        if self.links > MAX_LINKS:
            return Chain(hops=tuple(self._without_repeats()), end="loop")
        if target.startswith("/"):
            self.done.clear()
        self.left.extend(reversed(target.split("/")))
        return None

    def _next(self) -> str:
        return next((part for part in reversed(self.left) if part not in ("", ".")), "")

    def _without_repeats(self) -> list[Hop]:
        """Keep one turn of a loop."""
        return list(dict.fromkeys(self.hops))

    def _failed(self, error: OSError | ValueError, here: str) -> Chain:
        code = error.errno if isinstance(error, OSError) else errno.ENOENT  # a NUL inside a name: no such file
        end: ChainEnd = "error"
        if code in ABSENT:
            end = "missing"
        elif code in DENIED:
            end = "denied"
        elif code == errno.ELOOP:
            end = "loop"
        hops = self.hops or []
        return Chain(hops=(*hops, Hop(path=here)), end=end, missing=here if end == "missing" else None)

    def _arrived(self) -> Chain:
        real = "/" + "/".join(self.done)
        status = self.status
        last = Hop(path=real if self.hops else self.start)
        if status is None or not stat.S_ISREG(status.st_mode):
            return Chain(hops=(*self.hops, last), end="not-a-file", real=real)
        return Chain(
            hops=(*self.hops, last),
            end="file",
            real=real,
            identity=(status.st_dev, status.st_ino),
            mode=stat.S_IMODE(status.st_mode),
            size=status.st_size,
            links=status.st_nlink,
        )
