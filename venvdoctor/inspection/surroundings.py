"""What stands beside the packages: leftovers, start-up customizations, certificates, lib64, the base's marker."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.pth_lines import what_ends
from venvdoctor.model.distribution import Bundle, Customization, Leftover, Lib64

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.inspection.listings import Listing, Listings
    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.distribution import ImportName
    from venvdoctor.model.environment import Environment

    _Bodies = dict[tuple[int, str], str]

_LEADING = frozenset("-~.=%0123456789")  # pip/_internal/utils/temp_dir.py, AdjacentTempDirectory.LEADING_CHARS
MOST_LEADING = 8  # of them, that are looked at; pip rarely needs two
_ENDING = ("SystemExit", "KeyboardInterrupt")  # site.py catches every Exception, and these are none
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


def customization(item: ImportName, shared: Shared) -> Customization:
    """Return what a module that every start runs comes to."""
    raises = item.detail if item.state == "fails" and item.reason == "raises" else ""
    missing = item.detail if item.state == "fails" and not raises else ""
    ends = raises in _ENDING
    if item.state == "imports":
        try:
            text = shared.view.read_head(item.path, 1 << 18).decode("utf-8", "replace")
        except (OSError, ValueError):
            text = ""
        ends = what_ends(text, known=()) is not None
    return Customization(item.path, item.name, missing, raises, ends)


def leftovers(site_dirs: Sequence[str], listings: Listings) -> tuple[Leftover, ...]:
    """Return the `~…` metadata directories that pip left, each with the name it was made from, where that is there."""
    found: list[Leftover] = []
    for site_dir in site_dirs:
        listing = listings.get(site_dir)
        known: dict[tuple[str, int], _Bodies] = {}
        found += [
            Leftover(path=f"{site_dir}/{name}", twin=_twin(name, listing, known))
            for name in sorted(listing.names)
            if name.startswith("~") and len(name) > 1
        ]
    return tuple(found)


def _twin(name: str, listing: Listing, known: dict[tuple[str, int], _Bodies]) -> str | None:
    """Return the name that pip moved aside: as long, and the same behind the characters that pip put in front.

    Of a metadata directory another version of the same project counts as well: the upgrade was finished.
    """
    ending = name.rpartition(".")[2]
    ending = ending if ending in ("dist-info", "egg-info") else ""
    stem = _body(name, ending)
    start = next((at for at, letter in enumerate(stem) if letter not in _LEADING), len(stem))
    at = min(max(start, 1), MOST_LEADING)
    if (ending, at) not in known:
        known[ending, at] = _bodies(listing, ending, at)
    return known[ending, at].get((len(stem), stem[at:])) if stem[1:] else None


def _bodies(listing: Listing, ending: str, at: int) -> _Bodies:
    """Return the names that something could have been made from, by their length and what stands behind `at`."""
    found: _Bodies = {}
    for name in sorted(listing.names):
        if not name.startswith("~") and (not ending or name.endswith(f".{ending}")):
            body = _body(name, ending)
            found.setdefault((len(body), body[at:]), name)
    return found


def _body(name: str, ending: str) -> str:
    """Return a name, or the project in the name of a metadata directory."""
    if not ending:
        return name
    head = name.rpartition(".")[0]
    return head.rpartition("-")[0] if "-" in head or not name.startswith("~") else head


def bundles(own: Sequence[Found], shared: Shared) -> Iterator[Bundle]:
    """Yield the certificate files that variables name, and those that packages have lost."""
    for variable in _VARIABLES:
        path = shared.host.environ.get(variable)
        if path and path.startswith("/"):
            kind = shared.view.kind(path)
            yield Bundle(path, variable, None if kind in ("denied", "error") else kind != "missing")
    for item in own:
        for path in item.dist.faults.missing if item.dist.faults else ():
            if path.endswith("certifi/cacert.pem"):
                yield Bundle(f"{item.dist.site_dir}/{path}", item.dist.name, exists=False)


def lib64_of(env: Environment, listings: Listings) -> Lib64 | None:
    """Return what `lib64` of the environment is, None where there is none."""
    root = listings.get(env.path)
    path = f"{env.path}/lib64"
    if "lib64" not in root.names:
        return None
    if "lib64" in root.dirs:
        return Lib64(path, "directory")
    try:
        target = listings.view.readlink(path)
    except (OSError, ValueError):
        return Lib64(path, "other")
    if listings.kind(path) in ("missing", "loop"):
        return Lib64(path, "dangling", target)
    place = posixpath.normpath(posixpath.join(env.path, target))
    if place in (f"{env.path}/lib", f"{env.real}/lib"):
        return Lib64(path, "link", target)
    return Lib64(path, "link" if _same(path, f"{env.path}/lib", listings) else "foreign", target)


def _same(path: str, other: str, listings: Listings) -> bool:
    try:
        first, second = listings.view.stat(path), listings.view.stat(other)
    except (OSError, ValueError):
        return False
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)


def externally_managed(env: Environment, listings: Listings) -> str | None:
    """Return the base's marker of PEP 668 where pip would obey it: outside a virtual environment."""
    if env.kind != "markerless" or not env.startup.stdlib:
        return None
    path = f"{env.startup.stdlib}/EXTERNALLY-MANAGED"
    return path if listings.presence(path) == "there" else None
