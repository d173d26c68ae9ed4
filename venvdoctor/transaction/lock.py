"""One run at a time on an environment: the programs that it starts hold its lock, too, and may outlive it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.transaction.anchor import Anchor
from venvdoctor.transaction.journal import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.transaction.journal import Journal


class BusyError(FixError):
    """Another run, or a program that a killed run started, is at work on the environment."""


@contextmanager
def locked(state: str, identity: tuple[int, int]) -> Iterator[int]:
    """Hold the lock of one environment; yield its descriptor, for the programs that are started to hold it too.

    Raises:
        FixError: another run, or a program that a killed run started, is still at work there.
    """
    import fcntl  # noqa: PLC0415 - Windows has none, and refuses before

    path = os.path.join(open_store(state), f"{identity[0]:x}-{identity[1]:x}.lock")
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise BusyError("another repair is at work on this environment", hint="wait until it has finished") from error
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def opened(state: str, journal: Journal) -> Iterator[Anchor]:
    """Hold the environment of a transaction, locked.

    Raises:
        BusyError: another run is at work on it.
        FixError: it is not there, or another directory is in its place.
    """
    device, inode = journal.begin["identity"]
    with locked(state, (device, inode)), Anchor(str(journal.begin["root"]), (device, inode)) as anchor:
        yield anchor
