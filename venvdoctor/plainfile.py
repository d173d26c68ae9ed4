"""Files that were named to us (a report, a baseline, settings): read bounded, and written never through a link.

A checkout may hold anything under the name of a report, a link to somebody's start-up file among it, and links under
every name that a temporary file could be guessed to have.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

STREAMS = ("/dev", "/proc")  # `/dev/stdout` is a link that has to be followed


def read(path: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a regular file, links followed.

    Raises:
        OSError: it cannot be read; `EINVAL` for what is no regular file: a FIFO would keep us waiting for ever.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", path)
        return stream.read(limit)


def write(path: str, pieces: Iterable[str], encoding: str = "utf-8", *, mode: int | None = None) -> None:
    """Write a text file beside itself first, so that a reader never sees half of it; streams and devices directly.

    Args:
        path: its name.
        pieces: its content.
        encoding: of the content; what it lacks is escaped.
        mode: its permission bits, None: those of any new file.

    Raises:
        OSError: it cannot be written; `ELOOP` where the name is a link to a file, or to nothing.
    """
    if _is_stream(path):
        with open(path, "w", encoding=encoding, errors="backslashreplace", newline="\n") as stream:
            stream.writelines(pieces)
        return
    if os.path.islink(path):
        raise OSError(errno.ELOOP, "it is a link, which may lead anywhere; name the file itself", path)
    folder, name = os.path.split(path)
    partial = os.path.join(folder, f".{name[:200]}.{os.urandom(6).hex()}")
    out = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0), 0o666)
    placed = False
    try:
        with open(out, "w", encoding=encoding, errors="backslashreplace", newline="\n") as stream:
            stream.writelines(pieces)
            if mode is not None:
                os.chmod(out, mode)
        os.replace(partial, path)
        placed = True
    finally:
        if not placed:
            os.unlink(partial)


def advice(error: OSError) -> str:
    """Return what to do about a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "make room on the disk, then run it again"
    return "name a file in a directory that exists"


def _is_stream(path: str) -> bool:
    """Whether a path is one of this process's descriptors, a terminal, a pipe or another device."""
    folder = os.path.realpath(os.path.dirname(path) or ".") + "/"
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return folder.startswith(tuple(f"{place}/" for place in STREAMS)) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
