"""Who else could put something of his own in the place of what a repair changes by name, or starts.

Files are changed through descriptors (see anchor.py); builders and the verification are started by path, and whoever
may rename a directory on the way decides what they find there.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError

if TYPE_CHECKING:
    from collections.abc import Iterator

TRUST = "VENVDOCTOR_TRUST_OWNERS"  # set by whoever is alone on a machine: in a container
RUN = (
    "bin",
    "lib",
    "lib64",
    "local",
    "pyvenv.cfg",
)  # what an environment runs, or takes modules and start-up files from


def require_place(root: str) -> None:
    """Check, for root, that nobody else can exchange an environment's directory, or what a repair runs in it.

    Raises:
        FixError: a directory above it, or something in it, belongs to a user, or everybody may write there.
    """
    if not _is_root():
        return
    found = strange(root) or next(filter(None, (strange_below(os.path.join(root, name)) for name in RUN)), None)
    if found:
        raise FixError(
            f"root leaves {root} alone: {found}, so something else could take its place at any moment",
            hint=f"give it to the user who works there and repair it as that user; set {TRUST}=1 where you are alone",
        )


def require_program(path: str, root: str) -> None:
    """Check that a program was put where it is by root or by the caller, before it is started.

    Args:
        path: the program.
        root: the environment; what lies in it is the owner's own.

    Raises:
        FixError: somebody else may have put it there.
    """
    real = os.path.realpath(path)
    if real.startswith(root + "/"):
        return
    found = strange(real)
    if found:
        raise FixError(
            f"{path} is not started: {found}",
            hint=f"name another interpreter with --python, or set {TRUST}=1 where you are alone",
        )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def strange(path: str) -> str | None:
    """Return what on the way to a canonical path is in other hands; None where nothing is.

    In a directory that everybody may write, a name belongs to whoever owns it where the sticky bit is set, and to
    nobody where it is not. What another user owns elsewhere is a shared installation; only root believes none.
    """
    if not hasattr(os, "geteuid") or os.environ.get(TRUST):
        return None
    public = False
    for place, status in _way(path):
        if status.st_uid not in _trusted() and (public or _is_root()):
            return f"{place} belongs to another user"
        public = bool(status.st_mode & 0o002) and not stat.S_ISLNK(status.st_mode)
        if public and not (stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX):
            return f"everybody may write to {place}"
    return None


def strange_below(path: str) -> str | None:
    """Return what of a file, or of a tree, is in other hands; None where nothing is. Links are not followed.

    In a directory that everybody may write anybody can add a start-up file, sticky bit or not.
    """
    if os.environ.get(TRUST):
        return None
    trusted, left = _trusted(), [path]
    while left:
        place = left.pop()
        try:
            status = os.lstat(place)
            if status.st_uid not in trusted:
                return f"{place} belongs to another user"
            if status.st_mode & 0o002 and not stat.S_ISLNK(status.st_mode):
                return f"everybody may write to {place}"
            if stat.S_ISDIR(status.st_mode):
                left += [os.path.join(place, name) for name in os.listdir(place)]
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENAMETOOLONG):  # what lies too deep to be named is not imported
                continue
            return f"{place[:200]} cannot be looked at ({error.strerror})"
    return None


def _trusted() -> set[int]:
    return {0, os.geteuid(), os.stat("/").st_uid}  # in a user name space root's files are "nobody's"


def _way(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield every directory from the root down to the path, and the path."""
    names = [name for name in path.split("/") if name]
    for count in range(len(names) + 1):
        place = "/" + "/".join(names[:count])
        try:
            yield place, os.lstat(place)
        except OSError:
            return
