"""Who owns the files of a package, and whether the environment's owner can read them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from venvdoctor.model.distribution import Access

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from venvdoctor.view import View


def readable_by(status: os.stat_result, owner: int, owner_group: int | None = None) -> bool:
    """Whether a user may read a file (enter and list a directory), by its mode alone; other groups count as allowed.

    Args:
        status: of the file or directory.
        owner: the user's id; 0 may read everything.
        owner_group: the user's primary group, when known; None: a group's right is given the benefit of the doubt.
    """
    return owner == 0 or _allowed(status, 0o5 if stat.S_ISDIR(status.st_mode) else 0o4, owner, owner_group)


def owner_reads(path: str, owner: int, view: View) -> bool:
    """Whether a user may read what stands there, by its own mode; True also where that cannot be asked."""
    try:
        return owner == 0 or readable_by(view.stat(path), owner)
    except (OSError, ValueError):
        return True


def startable_by(status: os.stat_result, owner: int, *, script: bool) -> bool:
    """Whether a user may start a file, by its mode alone; a script's interpreter has to read it, too."""
    return owner == 0 or _allowed(status, 0o5 if script else 0o1, owner, None)


def _allowed(status: os.stat_result, bits: int, owner: int, owner_group: int | None) -> bool:
    mode = status.st_mode
    if status.st_uid == owner:
        return mode >> 6 & bits == bits
    if mode & bits == bits:
        return True
    in_group = owner_group is None or owner_group == status.st_gid
    return in_group and mode >> 3 & bits == bits


def check_access(paths: Iterable[str], owner: int, group: int | None, view: View) -> tuple[Access, ...]:
    """Return the paths that the environment's owner cannot read, or does not own; total.

    An environment that belongs to root is root's affair: nothing in it is foreign.
    """
    if owner == 0:
        return ()
    found: list[Access] = []
    for path in paths:
        try:
            status = view.stat(path)
        except (OSError, ValueError):
            continue
        if not readable_by(status, owner, group):
            found.append(
                Access(path=path, problem="unreadable", owner=status.st_uid, mode=stat.S_IMODE(status.st_mode))
            )
        elif status.st_uid != owner and not status.st_mode & stat.S_IWGRP:
            found.append(Access(path=path, problem="foreign", owner=status.st_uid, mode=stat.S_IMODE(status.st_mode)))
    return tuple(found)
