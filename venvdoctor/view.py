"""The only door to the disk: stat, read a link, list a directory, read a bounded number of bytes.

Three forms, one interface: the disk as it is (`View`); the disk below another root, and the disk with a
hypothetical change (both `TranslatedView`). In the latter two, paths and links resolve inside the view.
Paths are text with surrogate escapes, absolute, as inside the view. Every failure is an `OSError`.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_LINKS = 40  # Linux: MAXSYMLINKS in include/linux/namei.h
MAX_PATH = 4096  # Linux: PATH_MAX in include/uapi/linux/limits.h
TEXT_LIMIT = 4 << 20  # bytes; no text file that an environment is made of comes near it
PSEUDO_ROOTS = ("/proc", "/sys", "/dev")  # answers there change by looking, or never come

Kind = Literal["file", "dir", "other", "missing", "loop", "denied", "error"]


class Entry(Protocol):
    """What a listing says of one name; `os.DirEntry` satisfies it."""

    @property
    def name(self) -> str:
        """The name alone."""

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a directory."""

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a regular file."""

    def is_symlink(self) -> bool:
        """Whether it is a symbolic link."""

    def inode(self) -> int:
        """Its inode number."""


class Blob:
    """An open regular file, read at offsets; close it, or use it as a context manager."""

    __slots__ = ("_fd", "path", "status")

    def __init__(self, path: str, fd: int, status: os.stat_result) -> None:
        self.path = path
        self.status = status
        self._fd = fd

    @property
    def size(self) -> int:
        """Size in bytes when the file was opened."""
        return self.status.st_size

    def read_at(self, offset: int, count: int) -> bytes:
        """Return at most `count` bytes from `offset`; fewer at the end of the file."""
        if offset < 0 or count <= 0:
            return b""
        return os.pread(self._fd, count, offset)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Blob:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class View:
    """The disk as it is."""

    def host_path(self, path: str, *, follow: bool = True) -> str:  # noqa: ARG002 - the other forms need it
        """Return where the view's `path` really lies; the real view changes nothing."""
        if path.startswith(PSEUDO_ROOTS):
            _refuse_pseudo(path)
        return path

    def place_of(self, canonical: str) -> str:
        """Return where a path really lies that is known to have no link in it; cheap, for walks."""
        return self.host_path(canonical)

    def lstat(self, path: str) -> os.stat_result:
        """Return the status of `path` itself, also when it is a link."""
        return os.lstat(self.host_path(path, follow=False))

    def stat(self, path: str) -> os.stat_result:
        """Return the status of what `path` leads to."""
        return os.stat(self.host_path(path))

    def readlink(self, path: str) -> str:
        """Return the text stored in a link."""
        return os.readlink(self.host_path(path, follow=False))

    def scandir(self, path: str) -> list[Entry]:
        """Return the entries of a directory, in no particular order."""
        with os.scandir(self.host_path(path)) as entries:
            return list(entries)

    def listdir(self, path: str) -> list[str]:
        """Return the names in a directory, sorted."""
        return sorted(entry.name for entry in self.scandir(path))

    def open(self, path: str) -> Blob:
        """Open a regular file for reading at offsets.

        Raises:
            OSError: with `EINVAL` for anything but a regular file (a FIFO, a device, a directory, a socket).
        """
        real = self.host_path(path)
        _require_regular(os.stat(real), path)  # before the open: opening a device may act on it
        fd = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        status = os.fstat(fd)
        try:
            _require_regular(status, path)  # after it: the name may have changed hands in between
        except OSError:
            os.close(fd)
            raise
        return Blob(path, fd, status)

    def read(self, path: str, limit: int = TEXT_LIMIT) -> bytes:
        """Return the whole content of a regular file.

        Raises:
            OSError: with `EFBIG` when the file is longer than `limit` bytes, `EINVAL` when it is not regular.
        """
        with self.open(path) as blob:
            if blob.size > limit:
                raise OSError(errno.EFBIG, f"longer than {limit} bytes", path)
            return _read_all(blob, limit)

    def read_head(self, path: str, count: int) -> bytes:
        """Return at most the first `count` bytes of a regular file."""
        with self.open(path) as blob:
            return blob.read_at(0, min(count, blob.size))  # a buffer no larger than the file

    def realpath(self, path: str) -> str:
        """Return the canonical path within the view, every link followed.

        Raises:
            OSError: `ENOENT`, `ELOOP`, `EACCES`, `ENOTDIR` as `stat` would.
        """
        return resolve(self, path)

    def link_text(self, canonical: str, *, last: bool) -> str | None:
        """Return the text of a link, None for anything else that is there.

        Raises:
            OSError: nothing is there, or (with `last` false) something that is no directory.
        """
        return _link_text(self.host_path(canonical, follow=False), last=last)

    def kind(self, path: str) -> Kind:
        """Return what `path` leads to, in a word; never raises."""
        try:
            mode = self.stat(path).st_mode
        except OSError as error:
            return _kind_of_failure(error)
        except ValueError:  # a NUL inside the name
            return "missing"
        return "file" if stat.S_ISREG(mode) else "dir" if stat.S_ISDIR(mode) else "other"


class HostPath(str):
    """A translation that names the disk itself, whatever view lies below."""

    __slots__ = ()


class TranslatedView(View):
    """A disk seen through a translation of canonical paths.

    Args:
        translate: maps a canonical path of the view to the path on the disk below, or to None for "not there".
        links: links that exist in the view only: canonical path → text of the link.
        hidden: whether a translated path can be absent below a directory that is there (then listings are filtered).
        extra: canonical directory → entries that it lists in the view only.
    """

    def __init__(
        self,
        translate: Callable[[str], str | None],
        *,
        links: dict[str, str] | None = None,
        hidden: bool = False,
        extra: dict[str, list[Entry]] | None = None,
        below: View | None = None,
    ) -> None:
        self._translate = translate
        self._links = links or {}
        self._hidden = hidden
        self._extra = extra or {}
        self._below = below or View()
        self._directories: dict[str, str] = {}  # as spelled → canonical
        self._known: dict[str, str | None] = {}  # canonical directory or link → its text, None: no link

    def host_path(self, path: str, *, follow: bool = True) -> str:
        """Return where the view's `path` really lies on the disk."""
        canonical = self.realpath(path) if follow else self._beside(path)
        return self._place(canonical)

    def lstat(self, path: str) -> os.stat_result:
        """Return the status of `path` itself, also when it is a link."""
        canonical = self._beside(path)
        if canonical in self._links:
            return os.stat_result((stat.S_IFLNK | 0o777, 0, 0, 1, 0, 0, len(self._links[canonical]), 0, 0, 0))
        return os.lstat(self._place(canonical))

    def readlink(self, path: str) -> str:
        """Return the text stored in a link."""
        canonical = self._beside(path)
        return self._links[canonical] if canonical in self._links else os.readlink(self._place(canonical))

    def scandir(self, path: str) -> list[Entry]:
        """Return the entries of a directory, in no particular order."""
        canonical = self.realpath(path)
        with os.scandir(self._place(canonical)) as found:
            entries: list[Entry] = list(found)
        if not self._hidden:
            return entries
        prefix = canonical.rstrip("/") + "/"
        made = {entry.name: entry for entry in self._extra.get(canonical, ())}
        kept = [entry for entry in entries if self._translate(prefix + entry.name) is not None]
        return [*(entry for entry in kept if entry.name not in made), *made.values()]

    def _beside(self, path: str) -> str:
        """Return `path` with every directory resolved and the last name kept."""
        head, name = os.path.split(path.rstrip("/") or "/")
        if name in ("", ".", ".."):
            return self.realpath(path)
        known = self._directories.get(head)
        if known is None:
            known = self._directories[head] = self.realpath(head)
        return known.rstrip("/") + "/" + name

    def link_text(self, canonical: str, *, last: bool) -> str | None:
        """Return the text of a link, None for anything else that is there; directories are looked at once."""
        if canonical in self._known:
            return self._known[canonical]
        text = self._links[canonical] if canonical in self._links else _link_text(self._place(canonical), last=last)
        if not last:
            self._known[canonical] = text
        return text

    def place_of(self, canonical: str) -> str:
        """Return where a path really lies that is known to have no link in it; cheap, for walks."""
        return self._place(canonical)

    def _place(self, canonical: str) -> str:
        _refuse_pseudo(canonical)
        real = self._translate(canonical)
        if real is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), canonical)
        return real if isinstance(real, HostPath) else self._below.host_path(real, follow=False)


def rooted_view(root: str, below: View | None = None) -> View:
    """Return the view of an unpacked image or a mounted disk: `/` inside is `root` outside.

    Args:
        root: a directory of the view below.
        below: the door to the disk that it lies on.
    """
    base = below.realpath(root) if below else os.path.realpath(root)

    def translate(canonical: str) -> str:
        return base + canonical if canonical != "/" else base

    return TranslatedView(translate, below=below)


def resolve(view: View, path: str) -> str:
    """Resolve every link of an absolute path by the view's own look-ups, as the kernel does.

    Source: path_resolution(7). `..` at the root stays at the root.
    """
    if len(path) >= MAX_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
    done: list[str] = []
    left = path.split("/")[::-1]
    links = 0
    while left:
        name = left.pop()
        if name in ("", "."):
            continue
        if name == "..":
            del done[-1:]
            continue
        here = "/".join(["", *done, name])
        target = view.link_text(here, last=not any(left))
        if target is None:
            done.append(name)
            continue
        links += 1
        if links > MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        if target.startswith("/"):
            done.clear()
        left.extend(target.split("/")[::-1])
    return "/" + "/".join(done)


def walk_up(path: str) -> Iterator[str]:
    """Yield `path` and each of its parents, down to the root."""
    while True:
        yield path
        parent = os.path.dirname(path)
        if parent == path:
            return
        path = parent


def _link_text(place: str, *, last: bool) -> str | None:
    mode = os.lstat(place).st_mode
    if stat.S_ISLNK(mode):
        return os.readlink(place)
    if not last and not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), place)
    return None


def _refuse_pseudo(path: str) -> None:
    """Refuse the pseudo file systems (but not `/dev/shm`, which is memory anybody may keep files in)."""
    if not path.startswith("/dev/shm/"):  # noqa: S108 - a place to read
        for root in PSEUDO_ROOTS:
            if path.startswith(root + "/"):
                raise PermissionError(errno.EACCES, "a pseudo file system is not looked into", path)


def _read_all(blob: Blob, limit: int) -> bytes:
    """Read to the end, and no further than `limit`: the file may grow while it is read."""
    chunks: list[bytes] = []
    done = 0
    while done < limit:
        chunk = blob.read_at(done, min(1 << 20, limit - done))
        if not chunk:
            break
        chunks.append(chunk)
        done += len(chunk)
        if done >= blob.size:
            break
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _require_regular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)


def _kind_of_failure(error: OSError) -> Kind:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return "missing"
    if error.errno == errno.ELOOP:
        return "loop"
    return "denied" if error.errno in (errno.EACCES, errno.EPERM) else "error"
