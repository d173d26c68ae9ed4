"""Whose bytes an environment consists of: its own, shared by hard link, or links into a cache."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING

from venvdoctor.inspection.cache_partners import partners
from venvdoctor.model.distribution import Storage

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment
    from venvdoctor.view import View

ENTRY_LIMIT = 1_000_000  # names in one environment
_CACHE_MARKS = ("/archive-v", "/wheels-v", "/wheel/")


class _Count:
    """What has been counted; a file with several names in the environment counts once."""

    def __init__(self, env: Environment, view: View) -> None:
        self.env, self.view = env, view
        self.files: dict[tuple[int, int], list[int]] = {}  # inode: size, its names everywhere, those met here
        self.linked = self.linked_bytes = self.dead = self.elsewhere = 0
        self.caches: set[str] = set()

    def add(self, place: str) -> None:
        """Count one name; what is not there or cannot be asked counts nothing."""
        try:
            status = self.view.lstat(place)
        except (OSError, ValueError):
            return
        if stat.S_ISLNK(status.st_mode):
            self._link(place)
        elif stat.S_ISREG(status.st_mode):
            known = self.files.setdefault((status.st_dev, status.st_ino), [status.st_size, status.st_nlink, 0])
            known[2] += 1

    def _link(self, place: str) -> None:
        cache = _cache_behind(place, self.env, self.view)
        if cache is None:
            return
        target = _status(place, self.view)
        if not cache:
            self.elsewhere += 1
            return
        self.caches.add(cache)
        self.linked += 1
        if target is None:
            self.dead += 1
        elif stat.S_ISREG(target.st_mode):
            self.linked_bytes += target.st_size

    def storage(self, found: Iterable[str] = ()) -> Storage:
        """Return the sums; `found` are caches that hold names of the shared files."""
        known = tuple(found)
        shared = [item for item in self.files.values() if item[1] > item[2]]
        return Storage(
            own=sum(size for size, names, here in self.files.values() if names <= here),
            shared=sum(size for size, _, _ in shared),
            others=sum(size for size, names, here in shared if names > here + len(known)),
            linked=self.linked,
            linked_bytes=self.linked_bytes,
            dead=self.dead,
            elsewhere=self.elsewhere,
            caches=tuple(sorted({*self.caches, *known})),
        )


def of_distribution(found: Found, env: Environment, shared: Shared) -> Storage:
    """Return the bytes of a distribution's recorded files; total."""
    count = _Count(env, shared.view)
    for row in found.record.rows:
        count.add(posixpath.normpath(posixpath.join(found.dist.site_dir, row.path)))
    return count.storage()


def of_environment(env: Environment, founds: Sequence[Found], shared: Shared) -> Storage:
    """Return the bytes of everything in the environment's directory, each file once; links are not followed; total."""
    count = _Count(env, shared.view)
    for place in _walk(env.path, shared.view):
        count.add(place)
    joint = any(names > here for _, names, here in count.files.values())
    return count.storage(partners(env, founds, shared) if joint else ())


def _walk(path: str, view: View) -> Iterator[str]:
    waiting, count = [path], 0
    while waiting:
        place = waiting.pop()
        try:
            entries = view.scandir(place)
        except (OSError, ValueError):
            continue
        for entry in entries:
            count += 1
            if count > ENTRY_LIMIT:
                return
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{place}/{entry.name}")
            else:
                yield f"{place}/{entry.name}"


def _status(place: str, view: View) -> os.stat_result | None:
    try:
        return view.stat(place)
    except (OSError, ValueError):
        return None


def _cache_behind(place: str, env: Environment, view: View) -> str | None:
    """Return the cache that a link leads to, "" when it leads out to something else, None when it stays inside."""
    try:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), view.readlink(place)))
    except (OSError, ValueError):
        return None
    if target.startswith((f"{env.path}/", f"{env.real}/")):
        return None
    source = next((item.source for item in env.conda.packages if _below(target, item.source)), "") if env.conda else ""
    if source:
        return posixpath.dirname(source)
    mark = next((item for item in _CACHE_MARKS if item in target), None)
    return target.partition(mark)[0] if mark else ""


def _below(path: str, folder: str) -> bool:
    return bool(folder) and path.startswith(f"{folder.rstrip('/')}/")
