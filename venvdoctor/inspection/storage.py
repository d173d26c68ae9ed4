"""Whose bytes an environment consists of: its own, shared by hard link, or links into a cache."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING

from venvdoctor.model.distribution import Storage
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment
    from venvdoctor.view import View

ENTRY_LIMIT = 1_000_000  # names in one environment
_CACHE_MARKS = ("/archive-v", "/wheels-v", "/wheel/")


def of_distribution(found: Found, env: Environment, shared: Shared) -> Storage:
    """Return the bytes of a distribution's recorded files; total."""
    site_dir = found.dist.site_dir
    places = [posixpath.normpath(posixpath.join(site_dir, row.path)) for row in found.record.rows]
    return _measure(places, env, shared, installer=found.dist.installer)


def of_environment(env: Environment, parts: Sequence[Storage], shared: Shared) -> Storage:
    """Return the bytes of everything in the environment's directory, each file once; links are not followed; total."""
    total = _measure(_walk(env.path, shared.view), env, shared)
    caches = {cache for part in parts for cache in part.caches} | set(total.caches)
    return replace(total, caches=tuple(sorted(caches)))


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


def _measure(places: Iterator[str] | Sequence[str], env: Environment, shared: Shared, installer: str = "") -> Storage:
    own = joint = linked = 0
    seen: set[tuple[int, int]] = set()
    caches: set[str] = set()
    for place in places:
        try:
            status = shared.view.lstat(place)
        except (OSError, ValueError):
            continue
        if stat.S_ISLNK(status.st_mode):
            cache = _cache_behind(place, env, shared.view)
            linked += cache is not None
            caches |= {cache} if cache else set()
        elif stat.S_ISREG(status.st_mode) and (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            if status.st_nlink > 1:
                joint += status.st_size
            else:
                own += status.st_size
    if joint and installer == "uv":
        caches |= {cache for cache in _uv_caches(shared) if shared.view.kind(cache) == "dir"}
    return Storage(own=own, shared=joint, linked=linked, caches=tuple(sorted(caches)))


def _cache_behind(place: str, env: Environment, view: View) -> str | None:
    """Return the cache that a link leads to, "" when it leads out to something else, None when it stays inside."""
    try:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), view.readlink(place)))
    except (OSError, ValueError):
        return None
    if target.startswith((f"{env.path}/", f"{env.real}/")):
        return None
    mark = next((item for item in _CACHE_MARKS if item in target), None)
    return target.partition(mark)[0] if mark else ""


def _uv_caches(shared: Shared) -> list[str]:
    named = shared.host.environ.get("UV_CACHE_DIR")
    return [named] if named else [f"{home.path}/.cache/uv" for home in shared.host.homes]
