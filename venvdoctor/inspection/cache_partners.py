"""Which caches hold other names of an environment's files: asked of uv's archives and of conda's packages, by inode.

Layouts: uv crates/uv-cache (`archive-v0/ID/` is an unpacked wheel), conda's package cache (`pkgs/NAME-VERSION-BUILD/`).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment

MOST_ARCHIVES = 50_000  # unpacked wheels of a cache that are looked at
SAMPLES = 12  # files of a distribution that are compared


def partners(env: Environment, founds: Sequence[Found], shared: Shared) -> tuple[str, ...]:
    """Return the caches that hold a name of a file of the environment, as far as they can be looked at; total."""
    found = {cache for cache in _uv_caches(env, shared) if _uv_holds(cache, founds, shared)}
    found |= set(_conda_caches(env, shared))
    return tuple(sorted(found))


def _uv_holds(cache: str, founds: Sequence[Found], shared: Shared) -> bool:
    wanted = {item.folder: item for item in founds if item.dist.installer == "uv" or item.dist.kind == "dist-info"}
    for archive in _archives(cache, shared):
        for name in _names(archive, shared):
            item = wanted.get(name)
            if item and any(_same(one, other, shared) for one, other in _samples(item, archive)):
                return True
    return False


def _archives(cache: str, shared: Shared) -> Iterator[str]:
    count = 0
    for bucket in _names(cache, shared):
        for name in _names(f"{cache}/{bucket}", shared) if bucket.startswith("archive-v") else ():
            count += 1
            if count > MOST_ARCHIVES:
                return
            yield f"{cache}/{bucket}/{name}"


def _samples(found: Found, archive: str) -> Iterator[tuple[str, str]]:
    """Yield files of a distribution with the place that they have in an unpacked wheel."""
    rows = [row.path for row in found.record.rows if not row.path.startswith(("/", "../")) and row.digest]
    for path in rows[:SAMPLES]:
        yield f"{found.dist.site_dir}/{path}", f"{archive}/{path}"


def _same(one: str, other: str, shared: Shared) -> bool:
    try:
        mine, theirs = shared.view.lstat(one), shared.view.lstat(other)
    except (OSError, ValueError):
        return False
    return (mine.st_dev, mine.st_ino) == (theirs.st_dev, theirs.st_ino)


def _conda_caches(env: Environment, shared: Shared) -> Iterator[str]:
    """Yield the package caches whose files the environment's packages are: one file of each package is compared."""
    for package in env.conda.packages if env.conda else ():
        source = package.source.rstrip("/")
        if not source.startswith("/") or shared.view.kind(source) != "dir":
            continue
        try:
            listed = shared.view.read_head(f"{source}/info/files", 4096).decode("utf-8", "surrogateescape")
        except (OSError, ValueError):
            continue
        if any(
            _same(f"{env.path}/{path}", f"{source}/{path}", shared) for path in listed.split("\n")[:SAMPLES] if path
        ):
            yield posixpath.dirname(source)


def _names(place: str, shared: Shared) -> list[str]:
    try:
        return shared.view.listdir(place)
    except (OSError, ValueError):
        return []


def _uv_caches(env: Environment, shared: Shared) -> list[str]:
    """Return where uv may keep its cache: as the variables say, as its settings say, beside the environment's home."""
    environ = shared.host.environ
    places = [environ.get("UV_CACHE_DIR", "")]
    places += [f"{environ['XDG_CACHE_HOME']}/uv"] if environ.get("XDG_CACHE_HOME") else []
    for home in shared.host.homes:
        places += [f"{home.path}/.cache/uv", f"{home.path}/Library/Caches/uv", _setting(home.path, shared)]
    return list(dict.fromkeys(place for place in places if place.startswith("/") and not env.path.startswith(place)))


def _setting(home: str, shared: Shared) -> str:
    from venvdoctor.inspection.receipts import load_toml  # noqa: PLC0415 - only `show` asks

    try:
        text = shared.view.read(f"{home}/.config/uv/uv.toml", 1 << 16).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
    value = load_toml(text).get("cache-dir")
    return value if isinstance(value, str) else ""
