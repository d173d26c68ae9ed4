"""What RECORD promises and the disk does not hold, sorted by what it means."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.import_names import is_module_file, stem_of
from venvdoctor.inspection.record import check_presence, digests_differ
from venvdoctor.inspection.source_imports import SOURCE_LIMIT, certain
from venvdoctor.model.distribution import LinkedTree, RecordFaults

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from venvdoctor.inspection.listings import Listings
    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.record import Row

SHOWN = 50  # paths named in the facts
_OF_PYTHON = re.compile(rb"#!.*(?:python|pypy)|#!/bin/sh\n'''exec'")


class Losses(NamedTuple):
    """The faults of one RECORD, the trees its links lead to, and the module files that cannot be had.

    Attributes:
        shortened: extension modules that are shorter than recorded, by dotted name.
        short: whether some source is shorter than recorded.
        replaced: extension modules that are gone where another form of the module is: (path without suffix, file).
    """

    faults: RecordFaults | None
    linked: tuple[LinkedTree, ...]
    lost: tuple[tuple[str, str, str], ...]  # (path without suffix, reason, file)
    shortened: tuple[str, ...] = ()
    short: bool = False
    replaced: tuple[tuple[str, str], ...] = ()


def compare(found: Found, bin_dir: str, listings: Listings, inside: str, suffixes: Sequence[str]) -> Losses:
    """Compare a distribution's RECORD with the disk; total.

    Args:
        found: the distribution with its RECORD.
        listings: the cache of listings.
        bin_dir: the environment's directory of commands.
        inside: the environment's directory: links that stay in it are its own affair.
        suffixes: the extension suffixes that the interpreter imports.
    """
    site_dir = found.dist.site_dir
    presence = check_presence(found.record.rows, site_dir, listings)
    missing, dangling = _split_dangling(presence.missing, presence.dangling, site_dir, listings)
    missing = [path for path in missing if not _is_bookkeeping(path, found.folder)]
    modules = [path for path in missing if is_module_file(path) and not _importable(path, site_dir, listings, suffixes)]
    scripts = [path for path in missing if posixpath.dirname(_absolute(path, site_dir)) == bin_dir]
    left = sum(is_module_file(row.path) for row in found.record.rows) - len(modules) if modules else 0
    short = shorter(found.record.rows, site_dir, listings)
    commands = cut_commands(found.record.rows, site_dir, bin_dir, listings)
    faults = RecordFaults(
        missing=tuple(_important_first(missing)[:SHOWN]),
        missing_count=len(missing),
        modules=tuple(modules[:SHOWN]),
        modules_left=left,
        scripts=tuple(scripts[:SHOWN]),
        dangling=tuple((path, _target(place, listings)) for path, place in dangling[:SHOWN]),
        dangling_count=len(dangling),
        truncated=(*short.cut[:SHOWN], *commands[:SHOWN]),
        altered=tuple(short.within[:SHOWN]),
        unreadable=found.record.odd,
        denied=presence.denied[:SHOWN],
    )
    return Losses(
        None if faults == RecordFaults() else faults,
        _linked(found, presence.links, listings, inside),
        _lost(modules, dangling, presence.denied, site_dir),
        tuple(stem_of(path).replace("/", ".") for path in short.native),
        bool(short.sources),
        _stood_in_for([_absolute(path, site_dir) for path in missing if path not in modules]),
    )


def _stood_in_for(missing: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the stems and paths of the lost extension modules in whose place something else can be imported."""
    return tuple((stem_of(path), path) for path in missing if path.endswith((".so", ".pyd")))


def _lost(
    modules: Sequence[str], dangling: Sequence[tuple[str, str]], denied: Sequence[str], site_dir: str
) -> tuple[tuple[str, str, str], ...]:
    """Return the module files that cannot be had: (path without suffix, reason, file)."""
    links = [path for path, _ in dangling if path.endswith((".py", ".so", ".pyd"))]
    kept = [path for path in denied if is_module_file(path)]
    groups = {"missing": modules, "dangling": links, "unreadable": kept}
    places = [(_absolute(path, site_dir), reason) for reason, paths in groups.items() for path in paths]
    return tuple((stem_of(place), reason, place) for place, reason in places)


def altered(rows: Sequence[Row], site_dir: str, listings: Listings) -> tuple[str, ...]:
    """Return the recorded files whose hash differs; not of scripts, whose first line installers rewrite."""
    return tuple(
        row.path
        for row in rows
        if row.digest
        and not row.path.startswith("../")
        and not row.path.endswith(".pyc")
        and digests_differ(_absolute(row.path, site_dir), row.digest, listings.view)
    )[:SHOWN]


def _absolute(path: str, site_dir: str) -> str:
    return posixpath.normpath(posixpath.join(site_dir, path))


def _is_bookkeeping(path: str, folder: str) -> bool:
    """Whether a file is metadata about the installation: METADATA has a rule of its own, the rest harms nobody."""
    if path.endswith("/__pycache__"):  # virtualenv records the caches it takes away as directories
        return True
    return path.startswith(f"{folder}/") and not path.endswith("/entry_points.txt")


def _important_first(paths: list[str]) -> list[str]:
    return sorted(paths, key=lambda path: (not path.endswith("cacert.pem"), not is_module_file(path)))


def _importable(path: str, site_dir: str, listings: Listings, suffixes: Sequence[str]) -> bool:
    """Whether a file of another suffix stands in the module's place: a sourceless `.pyc`, a compiled module.

    An extension module for another Python counts too: that it does not fit is a finding of its own.
    """
    place = _absolute(path, site_dir)
    head, name = posixpath.split(place)
    stem = name.partition(".")[0]
    names = listings.get(head).names
    if any(stem + suffix in names for suffix in (*suffixes, ".py", ".pyc")):
        return True
    return bool(foreign_build(path, names))


def foreign_build(path: str, names: Collection[str]) -> str:
    """Return the file that is the recorded extension module under another tag, "" when there is none."""
    name = posixpath.basename(path)
    stem = name.partition(".")[0] + "."
    if not name.endswith((".so", ".pyd")):
        return ""
    return next((other for other in sorted(names) if other.startswith(stem) and other.endswith((".so", ".pyd"))), "")


class Shorter(NamedTuple):
    """Modules that are shorter than RECORD says.

    Attributes:
        cut: empty, or no longer a whole program.
        within: ending within a line, though what is left happens to be a program.
        native: extension modules with something left.
        sources: every source among them.
    """

    cut: list[str]
    within: list[str]
    native: list[str]
    sources: list[str]


def shorter(rows: Sequence[Row], site_dir: str, listings: Listings) -> Shorter:
    """Return the modules that are shorter than RECORD says; total."""
    found = Shorter([], [], [], [])
    status = listings.view.stat
    for path, _, recorded in rows:
        if not recorded or not path.endswith((".py", ".so", ".pyd")) or path.startswith("../"):
            continue
        place = _absolute(path, site_dir) if ".." in path or path[0] == "/" else f"{site_dir}/{path}"
        try:
            size = status(place).st_size
            if size >= recorded:
                continue
            if size and not path.endswith(".py"):
                found.native.append(path)
                continue
            found.sources.append(path)
            data = listings.view.read_head(place, SOURCE_LIMIT)
        except (OSError, ValueError):
            continue
        if not data or _is_cut(data):
            found.cut.append(path)
        elif not data.endswith((b"\n", b"\r")):
            found.within.append(path)
    return found


def cut_commands(rows: Sequence[Row], site_dir: str, bin_dir: str, listings: Listings) -> list[str]:
    """Return the commands that are empty or no longer a whole Python program; a mover may shorten their first line."""
    found = []
    for row in [row for row in rows if row.path.startswith(("../", "/"))]:
        place = _absolute(row.path, site_dir) if row.size else ""
        if posixpath.dirname(place) != bin_dir or place.endswith((".so", ".pyd")):
            continue
        try:
            if listings.view.stat(place).st_size >= (row.size or 0):
                continue
            data = listings.view.read_head(place, SOURCE_LIMIT)
        except (OSError, ValueError):
            continue
        if not data or (_OF_PYTHON.match(data) and _is_cut(data)):
            found.append(row.path)
    return found


def _is_cut(data: bytes) -> bool:
    return b"\0" in data or (certain(data) is None and _parses_alone(data))


def _parses_alone(data: bytes) -> bool:
    """Whether the first half of a source parses: then it is this Python's language, and the end was cut off."""
    lines = data.split(b"\n")
    half = b"\n".join(lines[: len(lines) // 2])
    starts = [at for at, line in enumerate(lines[: len(lines) // 2]) if line[:1].isalpha() or line[:1] == b"@"]
    return certain(half) is not None or any(certain(b"\n".join(lines[:at])) is not None for at in starts[-5:])


def _split_dangling(
    missing: Sequence[str], dangling: Sequence[tuple[str, str]], site_dir: str, listings: Listings
) -> tuple[list[str], list[tuple[str, str]]]:
    """Move what lies behind a directory that is a link into nothing from `missing` to `dangling`."""
    absent: list[str] = []
    behind = list(dangling)
    roots: dict[str, str | None] = {}
    for path in missing:
        head = posixpath.dirname(path)
        if head not in roots:
            roots[head] = _dead_link_above(posixpath.normpath(posixpath.join(site_dir, head)), site_dir, listings)
        root = roots[head]
        if root is None:
            absent.append(path)
        else:
            behind.append((path, root))
    return absent, behind


def _dead_link_above(place: str, site_dir: str, listings: Listings) -> str | None:
    """Return the link into nothing that a place lies behind; from above, for below what is missing nothing is."""
    if not place.startswith(f"{site_dir}/"):
        return None
    way = site_dir
    for name in place[len(site_dir) + 1 :].split("/"):
        way = f"{way}/{name}"
        state = listings.presence(way)
        if state != "there":
            return way if state == "dangling" else None
    return None


def _target(place: str, listings: Listings) -> str:
    try:
        return listings.view.readlink(place)
    except (OSError, ValueError):
        return ""


def _linked(found: Found, links: Sequence[str], listings: Listings, inside: str) -> tuple[LinkedTree, ...]:
    """Return the tree outside the environment that the distribution's files are links into."""
    site_dir = found.dist.site_dir
    above = listings.get(site_dir)
    tops = {row.path.partition("/")[0] for row in found.record.rows} if above.links else set()
    places = [
        f"{site_dir}/{name}" for name in sorted(tops & above.links) if listings.kind(f"{site_dir}/{name}") != "missing"
    ]
    for place in [*places, *links[:1]]:
        text = _target(place, listings)
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), text))
        if not text or target == inside or target.startswith(f"{inside}/"):
            continue
        below = place[len(site_dir) :]
        tree = target[: -len(below)] if target.endswith(below) else posixpath.dirname(target)
        return (LinkedTree(target=tree or "/", links=len(links) or 1, example=place),)
    return ()
