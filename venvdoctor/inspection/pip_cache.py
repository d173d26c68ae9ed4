"""Wheels in pip's cache: those it built itself, and those it downloaded, which its HTTP cache keeps under hashed names.

Directories that `find-links` names are looked into first, then what the interpreter itself carries for ensurepip.
pip cannot install from its HTTP cache without asking the index; the wheels in it are whole files all the same.
Sources: pip/_internal/cache.py (`wheels/…/*.whl`), pip/_internal/network/cache.py (`http-v2/?/?/?/?/?/*.body`).
"""

from __future__ import annotations

import os
import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.archives import damages
from venvdoctor.inspection.metadata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packaging.specifiers import SpecifierSet
    from packaging.tags import Tag
    from packaging.version import Version

    from venvdoctor.model.interpreter import Interpreter

MAX_FILES = 20_000  # of one cache
WHEEL_LIMIT = 64 << 10  # bytes of a WHEEL file
MOST_DOTS = 30  # of a tag: a compressed set of a hundred names in each part stands for a million tags
_EXACT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)\Z")
_NAME = re.compile(r"([^/]+)-([^-/]+)\.dist-info/WHEEL\Z")


class CachedWheel(NamedTuple):
    """A wheel that pip has: its file, and the name that it must bear to be installed."""

    path: str
    name: str


def cached_wheels(
    requirements: Sequence[str], interpreter: Interpreter, environ: Mapping[str, str]
) -> dict[str, CachedWheel]:
    """Return the wheels, by normalised name, that meet requirements and suit the interpreter; of each the newest."""
    wanted = {(wish.key, wish.exact): wish for word in requirements if (wish := _wish(word)) is not None}
    found: dict[str, CachedWheel] = {}
    best: dict[str, Version] = {}
    if not wanted:
        return found
    accepted: frozenset[Tag] | None = None
    for path in (*_local_houses(environ), *_bundled(interpreter), *_files(_folder(environ))):
        named = _name_of(path)
        if named is None:
            continue
        key = normalize(named[0])
        wish = wanted.get((key, named[1])) or wanted.get((key, ""))
        if wish is None or (wish.exact and key in found):
            continue
        project, version, tags = named
        accepted = accepted or _accepted(interpreter)
        if accepted.intersection(tags) and (wish.exact or _newer(version, wish, best)):
            found[wish.key] = CachedWheel(path, f"{project}-{version}-{_compressed(tags)}.whl")
    return found


def local_source(path: str, interpreter: Interpreter) -> str:
    """Return what a file or directory, named by the URL of a requirement, is to an interpreter, as `Supply.state`.

    `gone`; `none` for a wheel that it does not take; `cached` for one that it takes; `download` for what has to be
    built, and for what cannot be looked at: building may need more than what is here.
    """
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except (OSError, ValueError):
        return "download"
    named = _name_of(path) if path.endswith(".whl") else None
    if named is None:
        return "download"
    return "cached" if _accepted(interpreter).intersection(named[2]) else "none"


class _Wish(NamedTuple):
    """A requirement: the one version that meets it, or what versions do."""

    key: str
    exact: str
    versions: SpecifierSet | None = None


def _wish(requirement: str) -> _Wish | None:
    """Parse a requirement; None for one that no wheel of an index meets (it has a URL), or that is none."""
    match = _EXACT.match(requirement)
    if match:
        return _Wish(normalize(match[1]), match[2])
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - few are not exact

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return None
    return None if parsed.url else _Wish(normalize(parsed.name), "", parsed.specifier)


def _newer(version: str, wish: _Wish, best: dict[str, Version]) -> bool:
    """Whether a version meets a wish and is newer than what was found; then it is the best."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        value = Version(version)
    except InvalidVersion:
        return False
    known = best.get(wish.key)
    if wish.versions is None or not wish.versions.contains(value) or (known is not None and value <= known):
        return False
    best[wish.key] = value
    return True


def _folder(environ: Mapping[str, str]) -> str:
    """Return pip's cache directory (pip's own variable, then platformdirs' rules)."""
    chosen = environ.get("PIP_CACHE_DIR")
    if chosen:
        return chosen
    home = environ.get("HOME") or os.path.expanduser("~")
    mac = os.path.join(home, "Library", "Caches", "pip")
    if os.path.isdir(mac):
        return mac
    return os.path.join(environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "pip")


def _local_houses(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the wheels of the directories that the user's settings name as a source (`find-links`)."""
    words = [word for key in ("PIP_FIND_LINKS", "UV_FIND_LINKS") for word in re.split(r"[\s,]+", environ.get(key, ""))]
    for folder in dict.fromkeys(word.removeprefix("file://") for word in words):
        yield from _wheels(folder)


def _wheels(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))[:MAX_FILES] if folder.startswith("/") else []
    except OSError:
        names = []
    return [os.path.join(folder, name) for name in names if name.endswith(".whl")]


def _bundled(interpreter: Interpreter) -> Iterator[str]:
    for folder in bundles(interpreter):
        yield from _wheels(folder)


def bundles(interpreter: Interpreter) -> tuple[str, ...]:
    """Return where an interpreter carries the wheels that new environments are seeded with (ensurepip)."""
    return os.path.join(interpreter.stdlib or "", "ensurepip", "_bundled"), "/usr/share/python-wheels"


def _files(cache: str) -> Iterator[str]:
    """Yield what may be a wheel, a bounded number of files; a cache of somebody else is none of ours."""
    try:
        if os.stat(cache).st_uid != os.geteuid():
            return
    except OSError:
        return
    count = 0
    for part in ("wheels", "http-v2", "http"):
        for folder, _, names in os.walk(os.path.join(cache, part)):
            for name in sorted(names):
                count += 1
                if count > MAX_FILES:
                    return
                if name.endswith((".whl", ".body")):
                    yield os.path.join(folder, name)


def _name_of(path: str) -> tuple[str, str, frozenset[Tag]] | None:
    """Return name, version and tags of a wheel, told by its own metadata; None for anything else."""
    from packaging.tags import parse_tag  # noqa: PLC0415 - only a repair compares tags

    try:
        if not zipfile.is_zipfile(path):
            return None
        with zipfile.ZipFile(path) as archive:
            match = next((found for name in archive.namelist() if (found := _NAME.match(name))), None)
            if match is None or archive.getinfo(match[0]).file_size > WHEEL_LIMIT:
                return None
            text = archive.read(match[0]).decode("utf-8", "replace")
    except damages():
        return None
    tags = [line.partition(":")[2].strip() for line in text.splitlines() if line.lower().startswith("tag:")]
    good = [tag for tag in tags if tag.count("-") == 2 and tag.count(".") < MOST_DOTS]
    return (match[1], match[2], frozenset(one for tag in good for one in parse_tag(tag))) if good else None


def _accepted(interpreter: Interpreter) -> frozenset[Tag]:
    """Return the tags of wheels that an interpreter of this machine takes."""
    from packaging import tags  # noqa: PLC0415 - only a repair compares tags

    version = interpreter.version
    if version is None:
        return frozenset()
    series = (version.major, version.minor)
    platforms = list(tags.platform_tags())
    if interpreter.implementation != "cpython":
        short = f"pp{version.major}{version.minor}"
        return frozenset(tags.compatible_tags(series, short, platforms))
    flags = interpreter.abi_flags.replace("d", "")
    own = tags.cpython_tags(series, [f"cp{version.major}{version.minor}{flags}"], platforms)
    return frozenset([*own, *tags.compatible_tags(series, f"cp{version.major}{version.minor}", platforms)])


def _compressed(found: frozenset[Tag]) -> str:
    """Return a set of tags as a file name has it."""
    parts = ([tag.interpreter for tag in found], [tag.abi for tag in found], [tag.platform for tag in found])
    return "-".join(".".join(sorted(set(part))) for part in parts)
