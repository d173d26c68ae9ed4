"""What becomes of transactions: one that stands is undone or forgotten, one that a killed run left is taken back."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.transaction.journal import KEEP, read_journals
from venvdoctor.transaction.lock import BusyError, opened
from venvdoctor.transaction.rollback import clear, roll_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from venvdoctor.transaction.anchor import Anchor
    from venvdoctor.transaction.journal import Journal


def recover(state: str, complain: Callable[[str], None] | None = None) -> list[str]:
    """Finish what a killed run left in the middle, by taking it back; return the environments put back.

    Args:
        state: venvdoctor's state directory.
        complain: called with the reason where one cannot be taken back now, or another run is at work on it; its
            journal stays, and the others go on.

    Raises:
        FixError: one of them cannot be taken back now, and nobody listens to complaints.
    """
    done = []
    for journal in reversed(read_journals(state)):
        if journal.stands:
            continue
        try:
            done += _finished(state, journal)
        except FixError as error:
            if complain is not None:
                complain(_waiting(journal, error))
            elif not isinstance(error, BusyError):
                raise
    return done


def _finished(state: str, journal: Journal) -> list[str]:
    """Take a transaction back, or go on deleting what one kept; return the environment that was put back."""
    if journal.has("clear"):
        prune(state, journal)
        return []
    with _held(state, journal) as anchor:
        roll_back(anchor, journal)
    return [str(journal.begin["root"])]


def unfinished(state: str) -> set[str]:
    """Return the environments that are in the middle of a repair, of this moment or of a killed run."""
    return {str(journal.begin["root"]) for journal in read_journals(state) if not journal.stands}


def _waiting(journal: Journal, error: FixError) -> str:
    if isinstance(error, BusyError):
        return f"another run is at work on {journal.begin['root']}"
    root, gone = (
        journal.begin["root"],
        "" if _is_there(journal) else f" (`venvdoctor undo --prune {journal.id}` forgets it)",
    )
    if journal.has("clear"):
        return f"what a repair of {root} kept waits to be deleted: {error.message}{gone}"
    return f"an interrupted repair of {root} waits to be taken back: {error.message}{gone}"


def committed(state: str) -> list[Journal]:
    """Return the transactions that can be undone, the newest first."""
    return [journal for journal in reversed(read_journals(state)) if journal.stands]


def repairs(state: str, *, lost: bool = False) -> dict[str, list[Journal]]:
    """Return what can be undone: the name of a repair → its transactions; the newest first, of both.

    Args:
        state: venvdoctor's state directory.
        lost: also those that wait to be taken back in a directory that is gone.
    """
    found: dict[str, list[Journal]] = {}
    for journal in reversed(read_journals(state)):
        if not journal.stands and not (lost and not _is_there(journal)):
            continue
        found.setdefault(str(journal.begin.get("part_of", journal.id)), []).append(journal)
    return found


def undo(state: str, journal: Journal) -> str:
    """Put back exactly what a committed transaction replaced; return the environment's path.

    What was changed since is laid beside (`changed_folder`).

    Raises:
        FixError: a later transaction changed the same environment, or what was kept is gone; nothing was changed.
    """
    later = [
        other for other in committed(state) if other.id > journal.id and other.begin["root"] == journal.begin["root"]
    ]
    if later:
        raise FixError(
            f"{later[0].id} changed the same environment later", hint=f"run `venvdoctor undo {later[0].id}` first"
        )
    with _held(state, journal) as anchor:
        kept = [str(record["slot"]) for record in journal.records if record["act"] in ("aside", "replace")]
        if any(anchor.lstat(path) is None for path in [f"{KEEP}/{journal.id}", *kept]):
            message = f"{journal.begin['root']}: what repair {journal.id} kept is gone"
            raise FixError(message, hint=f"`venvdoctor undo --prune {journal.id}` forgets it")
        roll_back(anchor, journal)
    return str(journal.begin["root"])


def prune(state: str, journal: Journal) -> None:
    """Delete what a committed transaction kept: it can no longer be undone."""
    if _is_there(journal):
        with _held(state, journal) as anchor:
            clear(anchor, journal)
    else:
        journal.forget()


@contextmanager
def _held(state: str, journal: Journal) -> Iterator[Anchor]:
    """Hold the environment of a journal; what the disk refuses then is said with its path."""
    root = str(journal.begin["root"])
    with opened(state, journal) as anchor:
        if not os.access(root, os.W_OK | os.X_OK):
            raise FixError(f"{root} is read-only for you", hint="make it writable, then run it again")
        try:
            yield anchor
        except OSError as error:
            place = error.filename2 or error.filename
            message = f"{root}: {error.strerror or error}" + (f" ({place})" if place else "")
            raise FixError(message, hint="see what the path is, then run it again") from error


def _is_there(journal: Journal) -> bool:
    try:
        status = os.stat(str(journal.begin["root"]), follow_symlinks=False)
    except (OSError, ValueError):  # ValueError: a garbled journal names no path
        return False
    return bool([status.st_dev, status.st_ino] == journal.begin["identity"])


def kept_bytes(journal: Journal) -> int | None:
    """Return the bytes on the disk that only a transaction's old things hold; None where they are gone."""
    folder = os.path.join(str(journal.begin["root"]), KEEP, journal.id)
    if not _is_there(journal) or not os.path.isdir(folder):
        return None
    total, left = 0, [folder]
    while left:  # no recursion: what lies there may be nested as deep as a path is long
        with suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                    continue
                found = entry.stat(follow_symlinks=False)
                total += found.st_blocks * 512 if found.st_nlink == 1 else 0
    return total
