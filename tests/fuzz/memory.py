"""A disk in memory: the view's interface over a few byte strings, fast enough for a million looks a minute."""

# ruff: noqa: ARG002 - the signatures are those of the view
from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from venvdoctor.view import View

MISSING = os.strerror(errno.ENOENT)
OWNER, GROUP = os.geteuid(), os.getegid()


class MemoryBlob:
    """What `View.open` returns, over bytes."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.status = _status(stat.S_IFREG | 0o755, len(data))
        self.size = len(data)

    def read_at(self, offset: int, count: int) -> bytes:
        """Return at most `count` bytes from `offset`."""
        if offset < 0 or count <= 0:
            return b""
        if offset > 1 << 63 or count > 1 << 62:
            raise OverflowError("pread takes no such number")  # as the real one does
        return self.data[offset : offset + count]

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> MemoryBlob:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@dataclass
class MemoryEntry:
    name: str
    folder: bool

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self.folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return not self.folder

    def is_symlink(self) -> bool:
        return False

    def inode(self) -> int:
        return 1


class MemoryView(View):
    """A few files and the directories that hold them; no links."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.folders = _folders(tuple(files))

    def host_path(self, path: str, *, follow: bool = True) -> str:
        return path

    def lstat(self, path: str) -> os.stat_result:
        path = _normal(path)
        if "\0" in path:
            raise ValueError("embedded null byte")
        if path in self.folders:
            return _status(stat.S_IFDIR | 0o755, 4096)
        if path in self.files:
            return _status(stat.S_IFREG | 0o755, len(self.files[path]))
        raise _missing(path)

    stat = lstat

    def readlink(self, path: str) -> str:
        self.lstat(path)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)

    def scandir(self, path: str) -> list[Any]:
        path = _normal(path)
        if path not in self.folders:
            raise _missing(path)
        return [MemoryEntry(name, folder) for name, folder in self.folders[path].items()]

    def open(self, path: str) -> Any:
        if stat.S_ISDIR(self.lstat(path).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        return MemoryBlob(path, self.files[_normal(path)])

    def realpath(self, path: str) -> str:
        self.lstat(path)
        return _normal(path)

    def link_text(self, canonical: str, *, last: bool) -> str | None:
        self.lstat(canonical)
        return None


@cache
def _folders(files: tuple[str, ...]) -> dict[str, dict[str, bool]]:
    """Return what each directory holds, and whether that is a directory; the same few files come a million times."""
    folders: dict[str, dict[str, bool]] = {"/": {}}
    for path in files:
        here, folder = path, False
        while here != "/":
            parent, _, name = here.rpartition("/")
            folders.setdefault(parent or "/", {})[name] = folder
            here, folder = parent or "/", True
    return folders


@lru_cache(1 << 12)
def _normal(path: str) -> str:
    return "/" + os.path.normpath(path).lstrip("/")


def _missing(path: str) -> OSError:
    return FileNotFoundError(errno.ENOENT, MISSING, path)


def _status(mode: int, size: int) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, OWNER, GROUP, size, 0, 0, 0))
