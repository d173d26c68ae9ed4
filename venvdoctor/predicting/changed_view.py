"""The disk with a hypothetical change: this path gone, this interpreter become that one, `/usr` taken from elsewhere.

Prediction is the diagnosis of this view; nothing on the disk is touched, and no rule knows of it.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from venvdoctor.model.fact import fact
from venvdoctor.view import HostPath, TranslatedView, View

if TYPE_CHECKING:
    from venvdoctor.view import Entry

# what belongs to the operating system and comes with its next release; /usr/local and /opt are the administrator's
SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/bin",
    "/sbin",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/etc/alternatives",
)
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/os-release", "/etc/debian_version")
KEPT = ("/usr/local", "/usr/home")


@fact
class Change:
    """What is supposed to be different. Every path is canonical in the view that is changed.

    Attributes:
        gone: paths that are no longer there, with all below them.
        links: paths that are now links: path → text.
        copies: paths that are now what another one is: path → the other (a hypothetical new minor version).
        os_root: directory on the disk that the system's directories are taken from.
    """

    gone: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    os_root: str | None = None

    def __bool__(self) -> bool:
        return bool(self.gone or self.links or self.copies or self.os_root)


@dataclass(frozen=True, slots=True)
class MadeEntry:
    """A name that only the changed view lists."""

    name: str
    link: bool = False
    folder: bool = False

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a directory."""
        return self.folder and (follow_symlinks or not self.link)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a file."""
        return not self.folder and (follow_symlinks or not self.link)

    def is_symlink(self) -> bool:
        """Whether it is a link."""
        return self.link

    def inode(self) -> int:
        """Return no inode that a disk gives."""
        return 0


def changed_view(change: Change, below: View | None = None) -> View:
    """Return the view of a disk after a change.

    Args:
        change: what is different.
        below: the view that is changed; the real disk when None.
    """
    gone = frozenset(change.gone)
    copies = dict(change.copies)
    below = below or View()
    root = change.os_root.rstrip("/") if change.os_root else None

    def translate(canonical: str) -> str | None:
        for path in _prefixes(canonical) if gone or copies else ():
            if path in copies:
                return copies[path] + canonical[len(path) :]
            if path in gone:
                return None
        if root is not None and _is_system(canonical):
            return HostPath(root + canonical)
        return canonical

    extra: dict[str, list[Entry]] = {}
    for path, target in change.links:
        folder, name = posixpath.split(path)
        leads_to = below.kind(posixpath.join(folder, target))
        extra.setdefault(folder, []).append(MadeEntry(name, link=True, folder=leads_to == "dir"))
    for path, source in change.copies:
        folder, name = posixpath.split(path)
        extra.setdefault(folder, []).append(MadeEntry(name, folder=below.kind(source) == "dir"))
    return TranslatedView(translate, links=dict(change.links), hidden=True, extra=extra, below=below)


def canonical_name(view: View, path: str) -> str:
    """Return a path with every directory resolved and its last name as it is: what `gone` and `links` hold."""
    folder, name = posixpath.split(path.rstrip("/") or "/")
    return posixpath.join(view.realpath(folder), name) if name else "/"


def _prefixes(path: str) -> list[str]:
    """Return a path and its parents, the longest first, without the root."""
    found = []
    while path not in ("/", ""):
        found.append(path)
        path = path.rpartition("/")[0]
    return found


def _is_system(path: str) -> bool:
    return (_below(path, SYSTEM) and not _below(path, KEPT)) or _below(path, SYSTEM_FILES)


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
