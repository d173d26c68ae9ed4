"""One directory held open: everything below it is reached from its descriptor, and no link on the way is followed.

Whoever swaps a directory for a link between plan and action makes an error, not a write somewhere else
(openat(2), O_NOFOLLOW).
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTORY = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


class Anchor:
    """The root of a transaction, open.

    Args:
        path: canonical path of a directory.
        identity: the (device, inode) it must have.

    Raises:
        FixError: it is another directory than the plan was made for, or cannot be opened.
    """

    def __init__(self, path: str, identity: tuple[int, int]) -> None:
        try:
            self._fd = os.open(path, _DIRECTORY)
        except OSError as error:
            raise FixError(f"{path} cannot be opened: {error.strerror}", hint="scan again") from error
        status = os.fstat(self._fd)
        if (status.st_dev, status.st_ino) != identity:
            os.close(self._fd)
            raise FixError(f"{path} is no longer the directory that the plan was made for", hint="scan again, then fix")
        self.path = path
        self.owner = status.st_uid

    def close(self) -> None:
        """Close the directory; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Anchor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Yield an open descriptor of the directory that holds `path`, and the last name of it.

        Raises:
            FixError: the path is absolute, climbs, or is the root itself.
            OSError: `ELOOP` or `ENOTDIR` where a directory on the way is a link.
        """
        *folders, name = _parts(path)
        fd = os.dup(self._fd)
        try:
            for folder in folders:
                inner = os.open(folder, _DIRECTORY, dir_fd=fd)
                os.close(fd)
                fd = inner
            yield fd, name
        finally:
            os.close(fd)

    def lstat(self, path: str) -> os.stat_result | None:
        """Return the status of `path` itself, or None when it is not there."""
        try:
            with self.parent(path) as (fd, name):
                return os.stat(name, dir_fd=fd, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def readlink(self, path: str) -> str:
        """Return the text of a link."""
        with self.parent(path) as (fd, name):
            return os.readlink(name, dir_fd=fd)

    def read(self, path: str, limit: int) -> bytes:
        """Return at most `limit` bytes of a regular file that is no link."""
        with self.parent(path) as (fd, name):
            source = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
            with open(source, "rb") as stream:
                if not stat.S_ISREG(os.fstat(source).st_mode):
                    raise OSError(errno.EINVAL, "not a regular file", path)
                return stream.read(limit)

    def names(self, path: str = "") -> list[str]:
        """Return the names in the root, or in a folder below it, sorted; none where it is not there."""
        if not path:
            return sorted(os.listdir(self._fd))
        try:
            with self.parent(path + "/-") as (fd, _):
                return sorted(os.listdir(fd))
        except FileNotFoundError:
            return []

    def make_folder(self, path: str, mode: int = 0o700) -> None:
        """Make a directory; one that is there already is kept if it is a real one of the same owner."""
        with self.parent(path) as (fd, name):
            try:
                os.mkdir(name, mode, dir_fd=fd)
            except FileExistsError:
                status = os.stat(name, dir_fd=fd, follow_symlinks=False)
                if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                    raise
            os.fsync(fd)

    def rename(self, path: str, to: str) -> None:
        """Rename within the root, durably."""
        with self.parent(path) as (fd, name), self.parent(to) as (to_fd, to_name):
            os.rename(name, to_name, src_dir_fd=fd, dst_dir_fd=to_fd)
            os.fsync(to_fd)
            os.fsync(fd)

    def keep(self, path: str, to: str) -> None:
        """Let `to` be a second name, or a copy, of the file or link `path`."""
        with self.parent(path) as (fd, name), self.parent(to) as (to_fd, to_name):
            try:
                os.link(name, to_name, src_dir_fd=fd, dst_dir_fd=to_fd, follow_symlinks=False)
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EXDEV, errno.ENOSYS):
                    raise
                _copy(fd, name, to_fd, to_name + ".part")
                os.rename(to_name + ".part", to_name, src_dir_fd=to_fd, dst_dir_fd=to_fd)  # whole, or not there
            os.fsync(to_fd)

    def write_new(self, path: str, content: bytes, mode: int, *, durable: bool = True) -> None:
        """Write a new file; its name must be free. Not durable: the commit brings it to the disk."""
        with self.parent(path) as (fd, name):
            _write(fd, name, content, mode, durable=durable)

    def copy_new(self, path: str, source: str) -> None:
        """Copy the regular file `source` (outside, followed) to the new name `path`, with its permission bits."""
        with open(source, "rb") as stream, self.parent(path) as (fd, name):
            _write(fd, name, stream.read(), stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o777)

    def link_new(self, path: str, target: str) -> None:
        """Make a symbolic link; its name must be free."""
        with self.parent(path) as (fd, name):
            os.symlink(target, name, dir_fd=fd)

    def chmod(self, path: str, mode: int) -> None:
        """Set the permission bits of a file or directory that is no link."""
        with self.parent(path) as (fd, name):
            _chmod(fd, name, mode)

    def remove_tree(self, path: str) -> None:
        """Delete `path` and everything below it, links themselves and never what they lead to; gone already is fine."""
        with suppress(FileNotFoundError), self.parent(path) as (fd, name):
            _remove(fd, name)


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if not path or any(part in ("", ".", "..") for part in parts) or "\0" in path:
        raise FixError(f"the path {path!r} of a step leaves the environment", hint="report this as a defect")
    return parts


def _write(fd: int, name: str, content: bytes, mode: int, *, durable: bool = True) -> None:
    out = os.open(name, _NEW_FILE, 0o600, dir_fd=fd)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(out, left) :]
        os.fchmod(out, mode)
        if durable:
            os.fsync(out)
    finally:
        os.close(out)
    if durable:
        os.fsync(fd)


def _copy(fd: int, name: str, to_fd: int, to_name: str) -> None:
    status = os.stat(name, dir_fd=fd, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=fd), to_name, dir_fd=to_fd)
        return
    source = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
    with open(source, "rb") as stream:
        _write(to_fd, to_name, stream.read(), stat.S_IMODE(status.st_mode))


def _chmod(fd: int, name: str, mode: int) -> None:
    """Set permission bits of what bears the name at this instant, never of what a link leads to."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, mode, dir_fd=fd, follow_symlinks=False)  # macOS: lchmod
        return
    held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    try:
        if stat.S_ISLNK(os.fstat(held).st_mode):
            raise OSError(errno.ELOOP, "it has become a link", name)
        try:
            os.chmod(f"/proc/self/fd/{held}", mode)  # open(2), O_PATH: the way to change what such a descriptor holds
        except FileNotFoundError:
            os.chmod(name, mode, dir_fd=fd)  # no /proc here: the look above has to do
    finally:
        os.close(held)


def _remove(fd: int, name: str) -> None:
    """Delete depth first, each directory from its own descriptor; a link is deleted, never followed."""
    try:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(name, dir_fd=fd)
        return
    if status.st_mode & 0o700 != 0o700:
        _chmod(fd, name, stat.S_IMODE(status.st_mode) | 0o700)
    inner = os.open(name, _DIRECTORY, dir_fd=fd)
    try:
        for entry in os.listdir(inner):
            _remove(inner, entry)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=fd)
