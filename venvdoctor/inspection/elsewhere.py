"""Finds libraries that an environment holds in a place where the loader does not look.

Such a library is no fault: `torch`, the `nvidia-*` wheels, `mkl` and many more load it from Python code (ctypes, or the
import of another package) before the extension modules that need it are imported.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.listings import Listings
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import View

SITES = ("site-packages", "dist-packages")
MAX_ENTRIES = 400_000
MAX_DEPTH = 12


def find_elsewhere(names: Iterable[str], path: str, shared: Shared) -> dict[str, str]:
    """Return which of the library names stand somewhere below the module's site directory or the prefix's `lib`."""
    site = _site_of(path)
    if site is None:
        return {}
    listings = shared.listings
    known = shared.store("libraries_by_site") if listings is None or listings.reader else listings.libraries
    if site not in known:
        known.clear()  # one environment at a time is examined; the index of the last one is of no use
        known[site] = _index(site, shared.view, listings)
    index: dict[str, str] = known[site]
    return {name: index[name] for name in names if name in index}


def _site_of(path: str) -> str | None:
    parts = path.split("/")
    for number in range(len(parts) - 1, 0, -1):
        if parts[number] in SITES:
            return "/".join(parts[: number + 1])
    return None


def _index(site: str, view: View, listings: Listings | None) -> dict[str, str]:
    """Return the libraries below a site directory; what was listed for other reasons is not listed again."""
    found: dict[str, str] = {}
    left = MAX_ENTRIES
    queue = [(site, 0), (posixpath.dirname(posixpath.dirname(site)), MAX_DEPTH)]  # the latter is PREFIX/lib
    for directory, depth in queue:  # grows while it is walked
        known = listings.known(directory) if listings else None
        names, below = (known.order, known.dirs) if known and not known.problem else _listed(directory, view)
        left -= len(names)
        if left < 0:
            break
        libraries = [name for name in names if ".so" in name or name.endswith(".dylib")]
        for name in libraries:
            found.setdefault(name, f"{directory}/{name}")
        if below and depth < MAX_DEPTH:
            aside = {"__pycache__", *libraries}
            queue += [(f"{directory}/{name}", depth + 1) for name in names if name in below and name not in aside]
    return found


def _listed(directory: str, view: View) -> tuple[list[str], set[str]]:
    """Return the names in a directory, and those of directories among them; none where it may not be listed."""
    try:
        entries = view.scandir(directory)
    except (OSError, ValueError):
        return [], set()
    return [entry.name for entry in entries], {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
