"""One directory held open: everything below it is reached from its descriptor, and no link on the way is followed.

Whoever swaps a directory for a link between plan and action makes an error, not a write somewhere else
(openat(2), O_NOFOLLOW).
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

CHUNK = 1 << 20  # bytes that are in memory at a time, however long a file is
DEEP = 100  # directories that are open at a time
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
        except (OSError, ValueError) as error:  # ValueError: no path at all, in a garbled journal
            reason = getattr(error, "strerror", None) or "it is no path"
            raise FixError(f"{path} cannot be opened: {reason}", hint="scan again") from error
        status = os.fstat(self._fd)
        if (status.st_dev, status.st_ino) != identity:
            os.close(self._fd)
            raise FixError(f"{path} is no longer the directory that the plan was made for", hint="scan again, then fix")
        self.path = path
        self.owner = status.st_uid
        self.group = status.st_gid
        self.mode = stat.S_IMODE(status.st_mode)

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
        with self.open(path) as stream:
            return stream.read(limit)

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Yield a regular file that is no link, open for reading."""
        with self.parent(path) as (fd, name), _opened(fd, name) as stream:
            yield stream

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

    def write_new(self, path: str, content: bytes, mode: int) -> None:
        """Write a new file, whose name must be free, and flush its content."""
        with self.parent(path) as (fd, name):
            _pour(fd, name, io.BytesIO(content), mode)

    def pour_new(self, path: str, stream: BinaryIO, mode: int) -> tuple[bytes, int]:
        """Write a new file from a stream; return its SHA-256 and its size in bytes. The commit flushes it."""
        with self.parent(path) as (fd, name):
            return _pour(fd, name, stream, mode, durable=False)

    def copy_new(self, path: str, source: str) -> None:
        """Copy the regular file `source` (outside, followed) to the new name `path`, with its permission bits."""
        with open(source, "rb") as stream, self.parent(path) as (fd, name):
            _pour(fd, name, stream, stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o777)

    def copy_within(self, path: str, to: str, mode: int) -> None:
        """Copy a regular file below the root to a new name, with other permission bits."""
        with self.open(path) as stream, self.parent(to) as (fd, name):
            _pour(fd, name, stream, mode)

    def resemble(self, path: str, model: str, *, times: bool = True) -> None:
        """Give a directory or file, best effort, the group, the bits, the attributes and the times of another one."""
        with self.parent(path) as (fd, name), self.parent(model) as (model_fd, model_name):
            _resemble(fd, name, model_fd, model_name, times=times)

    def outdate(self, path: str, second: int) -> None:
        """Let a file's time be later than a second since the epoch."""
        with self.parent(path) as (fd, name):
            if int(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mtime) == second:
                os.utime(name, (second + 1, second + 1), dir_fd=fd, follow_symlinks=False)

    def link_new(self, path: str, target: str) -> None:
        """Make a symbolic link; its name must be free."""
        with self.parent(path) as (fd, name):
            os.symlink(target, name, dir_fd=fd)

    def chmod(self, path: str, mode: int) -> None:
        """Set the permission bits of a file or directory that is no link."""
        with self.parent(path) as (fd, name):
            _chmod(fd, name, mode)
            with suppress(OSError), _opened(fd, name) as stream:
                os.fsync(stream.fileno())

    def give(self, path: str, group: int) -> None:
        """Give what is of nobody's choice (of this process's group) in `path` to a group, best effort.

        A file that has other names elsewhere stays.
        """
        with suppress(OSError), self.parent(path) as (fd, name):
            _give(fd, name, group)

    def remove_tree(self, path: str) -> None:
        """Delete `path` and everything below it, links themselves and never what they lead to; gone already is fine."""
        with suppress(FileNotFoundError), self.parent(path) as (fd, name):
            _remove(fd, name)
            os.fsync(fd)


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if not path or any(part in ("", ".", "..") for part in parts) or "\0" in path:
        raise FixError(f"the path {path!r} of a step leaves the environment", hint="report this as a defect")
    return parts


def _pour(fd: int, name: str, stream: BinaryIO, mode: int, *, durable: bool = True) -> tuple[bytes, int]:
    """Write a new file chunk by chunk: a chunk of zeros becomes a hole."""
    digest, size = hashlib.sha256(), 0
    out = os.open(name, _NEW_FILE, 0o600, dir_fd=fd)
    try:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            left = memoryview(chunk)
            if len(chunk) == CHUNK and chunk.count(0) == CHUNK:
                os.lseek(out, len(chunk), os.SEEK_CUR)
                continue
            while left:
                left = left[os.write(out, left) :]
        if os.lseek(out, 0, os.SEEK_CUR) and os.fstat(out).st_size < size:
            os.ftruncate(out, size)
        os.fchmod(out, mode)
        if durable:
            os.fsync(out)
    finally:
        os.close(out)
    return digest.digest(), size


@contextmanager
def _opened(fd: int, name: str) -> Iterator[BinaryIO]:
    source = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
    with open(source, "rb") as stream:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", name)
        yield stream


def _copy(fd: int, name: str, to_fd: int, to_name: str) -> None:
    """Copy a file or link; what is neither (a FIFO) gets a new one of its kind, and a socket nothing."""
    status = os.stat(name, dir_fd=fd, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=fd), to_name, dir_fd=to_fd)
    elif stat.S_ISFIFO(status.st_mode):
        os.mkfifo(to_name, stat.S_IMODE(status.st_mode), dir_fd=to_fd)
    else:
        with _opened(fd, name) as stream:
            _pour(to_fd, to_name, stream, stat.S_IMODE(status.st_mode))
    _resemble(to_fd, to_name, fd, name)


def _resemble(fd: int, name: str, model_fd: int, model_name: str, *, times: bool = True) -> None:
    """Carry group, bits, extended attributes (access lists among them) and times over where that is allowed."""
    status = os.stat(model_name, dir_fd=model_fd, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return
    with suppress(OSError):
        os.chown(name, -1, status.st_gid, dir_fd=fd, follow_symlinks=False)
    with suppress(OSError):
        _chmod(fd, name, stat.S_IMODE(status.st_mode))
    if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
        with suppress(OSError, AttributeError):  # macOS has neither call
            _attributes(fd, name, model_fd, model_name)
    if times:
        with suppress(OSError):
            os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=fd, follow_symlinks=False)


def _attributes(fd: int, name: str, model_fd: int, model_name: str) -> None:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    model = os.open(model_name, flags, dir_fd=model_fd)
    try:
        names = os.listxattr(model)
        if not names:
            return
        to = os.open(name, flags, dir_fd=fd)
        try:
            for attribute in names:
                with suppress(OSError):
                    os.setxattr(to, attribute, os.getxattr(model, attribute))
        finally:
            os.close(to)
    finally:
        os.close(model)


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


def _give(fd: int, name: str, group: int) -> None:
    status = os.stat(name, dir_fd=fd, follow_symlinks=False)
    folder = stat.S_ISDIR(status.st_mode)
    if status.st_gid == os.getegid() and (folder or status.st_nlink == 1):
        os.chown(name, -1, group, dir_fd=fd, follow_symlinks=False)
    if folder:
        inner = os.open(name, _DIRECTORY, dir_fd=fd)
        try:
            for entry in os.listdir(inner):
                _give(inner, entry, group)
        finally:
            os.close(inner)


def _remove(fd: int, name: str) -> None:
    """Delete depth first, each directory from its own descriptor; a link is deleted, never followed."""
    if not _is_folder(fd, name):
        return
    top = os.open(name, _DIRECTORY, dir_fd=fd)
    try:
        while entries := os.listdir(top):
            for entry in entries:
                _remove_below(top, top, entry, 0)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=fd)


def _remove_below(top: int, fd: int, name: str, depth: int) -> None:
    """Delete one name of a tree; what lies too deep is moved up and met again: neither stack nor descriptors end."""
    if not _is_folder(fd, name):
        return
    if depth == DEEP:
        os.rename(name, f"deep-{os.stat(name, dir_fd=fd, follow_symlinks=False).st_ino}", src_dir_fd=fd, dst_dir_fd=top)
        return
    inner = os.open(name, _DIRECTORY, dir_fd=fd)
    try:
        for entry in os.listdir(inner):
            _remove_below(top, inner, entry, depth + 1)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=fd)


def _is_folder(fd: int, name: str) -> bool:
    """Whether a name is a directory, made passable then; anything else is deleted at once, and gone already is fine."""
    try:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            os.unlink(name, dir_fd=fd)
            return False
    except FileNotFoundError:
        return False
    if status.st_mode & 0o700 != 0o700:
        _chmod(fd, name, stat.S_IMODE(status.st_mode) | 0o700)
    return True
