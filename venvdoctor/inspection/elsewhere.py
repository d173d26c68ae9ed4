"""Finds libraries that an environment holds in a place where the loader does not look.

Such a library is no fault: `torch`, the `nvidia-*` wheels, `mkl` and many more load it from Python code (ctypes, or the
import of another package) before the extension modules that need it are imported.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import View

SITES = ("site-packages", "dist-packages")
MAX_ENTRIES = 400_000
MAX_DEPTH = 12


def find_elsewhere(names: Iterable[str], path: str, shared: Shared) -> dict[str, str]:
    """Return which of the library names stand somewhere below the module's site directory or the prefix's `lib`."""
    known = shared.store("libraries_by_site")
    site = _site_of(path)
    if site is None:
        return {}
    if site not in known:
        known.clear()  # one environment at a time is examined; the index of the last one is of no use
        known[site] = _index(site, shared.view)
    index: dict[str, str] = known[site]
    return {name: index[name] for name in names if name in index}


def _site_of(path: str) -> str | None:
    parts = path.split("/")
    for number in range(len(parts) - 1, 0, -1):
        if parts[number] in SITES:
            return "/".join(parts[: number + 1])
    return None


def _index(site: str, view: View) -> dict[str, str]:
    found: dict[str, str] = {}
    left = MAX_ENTRIES
    queue = [(site, 0), (posixpath.dirname(posixpath.dirname(site)), MAX_DEPTH)]  # the latter is PREFIX/lib
    for directory, depth in queue:  # grows while it is walked
        try:
            entries = view.scandir(directory)
        except (OSError, ValueError):
            continue
        left -= len(entries)
        if left < 0:
            break
        for entry in entries:
            if ".so" in entry.name or entry.name.endswith(".dylib"):
                found.setdefault(entry.name, f"{directory}/{entry.name}")
            elif depth < MAX_DEPTH and entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                queue.append((f"{directory}/{entry.name}", depth + 1))
    return found
