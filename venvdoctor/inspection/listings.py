"""Directory listings, each read once: what importlib's FileFinder keeps, and what makes presence cheap to ask."""

from __future__ import annotations

import errno
import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.access import readable_by

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from venvdoctor.view import Kind, View

ENTRY_LIMIT = 200_000  # names in one directory; site-packages of 400 distributions has about 900
ROW_LIMIT = 400_000  # recorded files of one environment, over all its distributions
WORD_LIMIT = 32 << 20  # characters of all its requirements; each counts as one more line
_NOTHING: frozenset[str] = frozenset()


class Listing:
    """The names of one directory.

    Attributes:
        order: names as the directory gives them, which is what decides between duplicates.
        dirs: those that are directories; `links` those that are symbolic links (to whatever).
        problem: `missing`, `denied`, `error` or "": a listing with a problem is empty.
    """

    __slots__ = ("_folded", "_native", "dirs", "links", "names", "order", "path", "problem")

    def __init__(self, path: str) -> None:
        self.path = path
        self.order: list[str] = []
        self.names = _NOTHING
        self.dirs: AbstractSet[str] = _NOTHING
        self.links: AbstractSet[str] = _NOTHING
        self.problem = ""
        self._native: frozenset[str] | None = None
        self._folded: frozenset[str] | None = None

    def lacks(self, name: str) -> bool:
        """Whether no entry has this name, on a file system that tells capitals apart or on one that does not."""
        if self.problem or not name.isascii():
            return self.problem == "missing"
        if self._folded is None:
            self._folded = frozenset(map(str.casefold, self.order))
        return bool(name) and name.casefold() not in self._folded

    @property
    def native(self) -> frozenset[str]:
        """What stands before the first dot in the names of extension modules."""
        if self._native is None:
            self._native = frozenset(name.partition(".")[0] for name in self.order if name.endswith((".so", ".pyd")))
        return self._native


class Listings:
    """A cache of listings over one view.

    Args:
        view: the door to the disk.
        reader: the user whose rights count, where somebody else looks for them (root at another's environment); 0: the
            rights of whoever looks are the rights that count.

    Attributes:
        rows, words: how much of records and requirements is still read of this environment.
        cut: the first directory of metadata that was not read to its end.
    """

    __slots__ = ("_kept", "_kinds", "cut", "libraries", "reader", "rows", "view", "words")

    def __init__(self, view: View, reader: int = 0) -> None:
        self.view = view
        self.reader = reader
        self.libraries: dict[str, dict[str, str]] = {}  # site directory → libraries below it (inspection/elsewhere.py)
        self.rows, self.words, self.cut = ROW_LIMIT, WORD_LIMIT, ""
        self._kept: dict[str, Listing] = {}
        self._kinds: dict[str, Kind] = {}

    def get(self, path: str) -> Listing:
        """Return the listing of a directory; total."""
        known = self._kept.get(path)
        if known is None:
            above, _, name = path.rpartition("/")
            parent = self._kept.get(above)
            known = self._kept[path] = _read(self.view, path, absent=parent is not None and parent.lacks(name))
            if self.reader and not known.problem and not self._may_read(path):
                known = self._kept[path] = Listing(path)
                known.problem = "denied"
        return known

    def known(self, path: str) -> Listing | None:
        """Return the listing of a directory that was listed before, None for others."""
        return self._kept.get(path)

    def _may_read(self, path: str) -> bool:
        """Whether the reader may list a directory, and each one on the way from those that were asked for."""
        above = posixpath.dirname(path)
        if self._is_below_known(above) and self.get(above).problem == "denied":
            return False
        try:
            return readable_by(self.view.stat(path), self.reader)
        except (OSError, ValueError):
            return False

    def _is_below_known(self, path: str) -> bool:
        while path not in self._kept:
            if path in ("", "/"):
                return False
            path = posixpath.dirname(path)
        return True

    def is_dir(self, parent: Listing, name: str) -> bool:
        """Whether a name of a listing leads to a directory."""
        return name in parent.dirs or (name in parent.links and self.kind(f"{parent.path}/{name}") == "dir")

    def is_file(self, parent: Listing, name: str) -> bool:
        """Whether a name of a listing leads to a regular file (the type of a non-link is taken from the listing)."""
        if name not in parent.names or name in parent.dirs:
            return False
        return name not in parent.links or self.kind(f"{parent.path}/{name}") == "file"

    def kind(self, path: str) -> Kind:
        """Return what a path leads to, asked once."""
        known = self._kinds.get(path)
        if known is None:
            known = self._kinds[path] = self.view.kind(path)
        return known

    def presence(self, path: str) -> str:
        """Return `there`, `missing`, `dangling` or `denied` for a path, by the listing of its directory."""
        head, name = posixpath.split(path)
        listing = self.get(head)
        if name in listing.names:
            if name in listing.links and self.kind(path) in ("missing", "loop"):
                return "dangling"
            return "there"
        return "denied" if listing.problem in ("denied", "error") else "missing"


def _read(view: View, path: str, *, absent: bool) -> Listing:
    listing = Listing(path)
    if absent:
        listing.problem = "missing"
        return listing
    try:
        entries = view.scandir(path)
    except (OSError, ValueError) as error:
        listing.problem = _problem(error)
        return listing
    if len(entries) > ENTRY_LIMIT:
        listing.problem = "error"  # what is not among the first ones is not missing: nobody looked
    dirs, links = set(), set()
    for entry in entries[:ENTRY_LIMIT]:
        name = entry.name
        listing.order.append(name)
        if entry.is_dir(follow_symlinks=False):
            dirs.add(name)
        elif entry.is_symlink():
            links.add(name)
    listing.dirs, listing.links = dirs, links
    listing.names = frozenset(listing.order)
    return listing


def _problem(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return "missing"  # a NUL in the name
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
        return "missing"
    return "denied" if error.errno in (errno.EACCES, errno.EPERM) else "error"
