"""Reads one `*.dist-info`, `*.egg-info`, `*.egg-link` or `.egg`: what installers wrote down about one distribution."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.archives import archive_member
from venvdoctor.inspection.metadata import Metadata, normalize, parse_metadata, read_metadata, read_requires_txt
from venvdoctor.inspection.record import Record, read_record
from venvdoctor.model.distribution import Distribution, LinkedTree
from venvdoctor.model.fact import fact, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.listings import Listing, Listings
    from venvdoctor.model.distribution import MetadataKind

SMALL = 1 << 16  # bytes; INSTALLER, top_level.txt and direct_url.json are a line or two
LINE = 80  # bytes that a text takes beside its letters
# Installers that keep the list of files elsewhere: the package manager's own database.
NO_RECORD = frozenset(
    {"debian", "rpm", "conda", "apk", "pacman", "portage", "guix", "nix", "pkgsrc", "freebsd", "dpkg"}
)


@fact
class Found:
    """A distribution with what only other readers need: its RECORD rows, its listing, its top-level names by file."""

    dist: Distribution
    record: Record
    listing: Listing | None = None

    @property
    def folder(self) -> str:
        """The name of its metadata directory within the site directory."""
        return posixpath.basename(self.dist.metadata_path)


def is_leftover(name: str) -> bool:
    """Whether pip made this name to move something aside (pip/_internal/utils/temp_dir.py, AdjacentTempDirectory)."""
    return name.startswith("~")


def read_directory(site_dir: str, listings: Listings, *, from_base: bool, full: bool) -> Iterator[Found]:
    """Yield the distributions of one path entry, in the order importlib.metadata meets them; total.

    Args:
        site_dir: the path entry.
        listings: the cache of listings.
        from_base: it belongs to the base interpreter.
        full: also read RECORD and the small files (not wanted of the base's own packages).
    """
    if site_dir.lower().endswith(".egg"):
        found = _read_egg(site_dir, listings, from_base=from_base)
        if found:
            yield found
        return
    listing = listings.get(site_dir)
    for name in listing.order:
        if name.endswith(".dist-info"):
            kind: MetadataKind = "dist-info"
        elif name.endswith(".egg-info"):
            kind = "egg-info" if listings.is_dir(listing, name) else "egg-info-file"
        elif name.endswith(".egg-link"):
            kind = "egg-link"
        else:
            continue
        if not is_leftover(name):
            yield _read(site_dir, name, kind, listings, from_base=from_base, full=full)


def _read(site_dir: str, name: str, kind: MetadataKind, listings: Listings, *, from_base: bool, full: bool) -> Found:
    path = f"{site_dir}/{name}"
    stem = name.rpartition(".")[0]
    guess, _, version = stem.partition("-") if kind != "dist-info" else stem.rpartition("-")
    guess, version = (guess, version) if guess else (stem, "")
    if kind == "egg-link":
        return Found(dist=_read_egg_link(path, stem, site_dir, listings), record=Record("not-expected"))
    listing = listings.get(path) if kind != "egg-info-file" else None
    metadata = _metadata(path, kind, listing, listings)
    dist = Distribution(
        name=metadata.name or guess,
        key=normalize(metadata.name or guess),
        version=metadata.version if metadata.state == "ok" else version.partition("-py")[0] or None,
        site_dir=site_dir,
        metadata_path=path,
        kind=kind,
        from_base=from_base,
        metadata=metadata.state,
        record="not-expected",
        requires_python=metadata.requires_python,
        requires=_affordable(metadata.requires, path, listings),
        linked=_dead_link(path, listings) if metadata.state == "dangling" else (),
    )
    if listing is None or not full:
        return Found(dist=_with_egg_requires(dist, listing, listings), record=Record("not-expected"), listing=listing)
    return _with_details(dist, listing, listings)


def _dead_link(path: str, listings: Listings) -> tuple[LinkedTree, ...]:
    """Return where a metadata directory that is a link into nothing leads."""
    try:
        target = listings.view.readlink(path)
    except (OSError, ValueError):
        return ()
    return (
        LinkedTree(target=posixpath.normpath(posixpath.join(posixpath.dirname(path), target)), links=1, example=path),
    )


def _metadata(path: str, kind: MetadataKind, listing: Listing | None, listings: Listings) -> Metadata:
    """Read the metadata file; where there is none, say how little else there is."""
    if listing is None:
        return read_metadata(path, listings.view)
    if listing.problem in ("denied", "error"):
        return Metadata("unreadable", detail="the directory may not be listed")
    name = "METADATA" if kind == "dist-info" else "PKG-INFO"
    if name in listing.links and listings.presence(f"{path}/{name}") == "dangling":
        return Metadata("dangling")
    if listing.problem == "missing":
        return Metadata("dangling")  # the name is in the directory above, so it is a link into nothing
    metadata = read_metadata(f"{path}/{name}", listings.view)
    if metadata.state == "missing":
        rest = listing.names - {"__pycache__", "INSTALLER", "REQUESTED", "licenses", "top_level.txt"}
        return metadata if rest else Metadata("hollow")
    return metadata


def _with_details(dist: Distribution, listing: Listing, listings: Listings) -> Found:
    """Add RECORD, INSTALLER, REQUESTED, direct_url.json."""
    path = dist.metadata_path
    names = listing.names
    installer = (
        _small(f"{path}/INSTALLER", listings).decode("utf-8", "replace").strip()[:64] if "INSTALLER" in names else ""
    )
    record = Record("not-expected")
    if dist.kind == "dist-info" and dist.metadata != "hollow":
        record = _record(path, listings) if "RECORD" in names else Record("missing")
        if record.state == "missing" and (installer.lower() in NO_RECORD or listing.problem):
            record = Record("not-expected")
    dist = replace(
        dist,
        installer=installer,
        requested="REQUESTED" in names,
        record=record.state,
        direct_url=_direct_url(f"{path}/direct_url.json", listings) if "direct_url.json" in names else None,
    )
    return Found(dist=_with_egg_requires(dist, listing, listings), record=record, listing=listing)


def _record(path: str, listings: Listings) -> Record:
    """Read RECORD, of all distributions together as much as fits in memory."""
    if listings.rows <= 0:
        listings.cut = listings.cut or path
        return Record("not-expected")
    record = read_record(f"{path}/RECORD", listings.view, listings.rows)
    listings.rows -= record.most()
    return record


def _affordable(requires: tuple[str, ...], path: str, listings: Listings) -> tuple[str, ...]:
    """Return the requirements, of all distributions together as many as fit in memory."""
    listings.words -= sum(map(len, requires)) + len(requires) * LINE
    if listings.words >= 0 or not requires:
        return requires
    listings.cut = listings.cut or path
    return ()


def _with_egg_requires(dist: Distribution, listing: Listing | None, listings: Listings) -> Distribution:
    """Take setuptools' requires.txt where the metadata names no requirements, as importlib.metadata does."""
    if dist.requires or listing is None or "requires.txt" not in listing.names:
        return dist
    return replace(dist, requires=read_requires_txt(_small(f"{dist.metadata_path}/requires.txt", listings)))


def _direct_url(path: str, listings: Listings) -> str | None:
    """Return the text of direct_url.json, None when it cannot be read; it is judged by its readers."""
    data = _small(path, listings)
    return data.decode("utf-8", "surrogateescape") if data else None


def editable_target(direct_url: str | None) -> str | None:
    """Return the directory of an editable install by its direct_url.json (PEP 610), None for any other; total."""
    if not direct_url or '"editable"' not in direct_url:
        return None
    import json  # noqa: PLC0415 - few distributions have one
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415

    try:
        value = json.loads(direct_url)
        information = value.get("dir_info")
        if not (isinstance(information, dict) and information.get("editable") is True):
            return None
        parts = urlsplit(value["url"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    path = unquote(parts.path, errors="surrogateescape")
    return path if parts.scheme == "file" and path.startswith("/") and "\0" not in path else None


def _read_egg_link(path: str, stem: str, site_dir: str, listings: Listings) -> Distribution:
    """A legacy `setup.py develop` install: the first line names the directory with the source's `.egg-info`."""
    lines = _small(path, listings).decode("utf-8", "surrogateescape").splitlines()
    target = posixpath.normpath(posixpath.join(site_dir, lines[0].strip())) if lines and lines[0].strip() else None
    kind = listings.kind(target) if target else "missing"
    return Distribution(
        name=stem,
        key=normalize(stem),
        version=None,
        site_dir=site_dir,
        metadata_path=path,
        kind="egg-link",
        record="not-expected",
        metadata="ok" if target else "garbled",
        editable=target,
        editable_exists=None if kind in ("denied", "error") else kind == "dir",
    )


def _read_egg(path: str, listings: Listings, *, from_base: bool) -> Found | None:
    """An `.egg` on the path: a directory or an archive with `EGG-INFO`."""
    if listings.kind(path) == "file":
        data = archive_member(path, "EGG-INFO/PKG-INFO", listings)
        metadata = parse_metadata(data) if data is not None else Metadata("missing")
        requires = archive_member(path, "EGG-INFO/requires.txt", listings) or b""
        listing = None
    else:
        listing = listings.get(f"{path}/EGG-INFO")
        if listing.problem == "missing":
            return None
        metadata = read_metadata(f"{path}/EGG-INFO/PKG-INFO", listings.view)
        requires = _small(f"{path}/EGG-INFO/requires.txt", listings) if "requires.txt" in listing.names else b""
    stem = posixpath.basename(path)[:-4]
    guess, _, rest = stem.partition("-")
    dist = Distribution(
        name=metadata.name or guess,
        key=normalize(metadata.name or guess),
        version=metadata.version or rest.partition("-")[0] or None,
        site_dir=path,
        metadata_path=path if listing is None else f"{path}/EGG-INFO",
        kind="egg",
        from_base=from_base,
        metadata=metadata.state,
        record="not-expected",
        requires_python=metadata.requires_python,
        requires=metadata.requires or read_requires_txt(requires),
    )
    return Found(dist=dist, record=Record("not-expected"), listing=listing)


def _small(path: str, listings: Listings) -> bytes:
    try:
        return listings.view.read_head(path, SMALL)
    except (OSError, ValueError):
        return b""
