"""Taking a transaction back, the last action first. Every inverse can be done twice: a rollback may be killed too."""

from __future__ import annotations

import stat
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.transaction.changes import read_made, save_changes
from venvdoctor.transaction.journal import FORMAT, KEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from venvdoctor.transaction.anchor import Anchor
    from venvdoctor.transaction.journal import Journal, Record

ACTS = frozenset(["begin", "run", "ran", "aside", "replace", "new", "mode", "commit", "undo", "saved", "clear"])


def roll_back(anchor: Anchor, journal: Journal) -> None:
    """Put back exactly what was there before the transaction.

    Raises:
        FixError: the journal does not fit the disk; what could be put back was, and nothing was deleted.
        OSError: the disk refused; running again goes on from there.
    """
    folder = f"{KEEP}/{journal.id}"
    _require_understood(journal, folder)
    made = read_made(anchor, journal)
    _note(journal, "undo")
    if not journal.has("saved"):  # as long as nothing was taken back, what stands there is the repair's or a person's
        save_changes(anchor, journal, made)
        _note(journal, "saved")
    returned: dict[str, int] = {}
    for number, record in enumerate(journal.records):
        if _was_returned(anchor, record):
            returned.setdefault(str(record["path"]), number)
    following = ""
    for number, record in reversed([*enumerate(journal.records)]):
        _invert(anchor, record, folder, partial(_is_old, returned, number), ran=following == "ran")
        following = record["act"]
    clear(anchor, journal)


def clear(anchor: Anchor, journal: Journal) -> None:
    """Delete what a transaction kept, and the journal; there is nothing to undo afterwards."""
    _note(journal, "clear")
    anchor.remove_tree(f"{KEEP}/{journal.id}")
    if set(anchor.names(KEEP)) <= {".gitignore"}:
        anchor.remove_tree(KEEP)
    journal.forget()


def _note(journal: Journal, act: str) -> None:
    """Write down what a killed run is to be finished with; on a full disk it is done all the same: it makes room."""
    if not journal.has(act):
        with suppress(OSError):
            journal.add(act)


def _require_understood(journal: Journal, folder: str) -> None:
    """Check every record before the first is taken back: nobody is left between two trees."""
    for record in journal.records:
        if record["act"] not in ACTS or journal.begin.get("format", FORMAT) != FORMAT:
            raise FixError(
                f"the journal {journal.path} was written by another version", hint="use the version that made it"
            )
        if not str(record.get("slot", folder + "/")).startswith(folder + "/"):
            raise FixError(
                "the journal names a place outside its own folder", hint="it was not written by venvdoctor; delete it"
            )


def _was_returned(anchor: Anchor, record: Record) -> bool:
    """Whether an earlier, killed rollback already gave this name back: then later records have nothing to do there."""
    return (
        record["act"] == "aside"
        and anchor.lstat(str(record.get("slot"))) is None
        and anchor.lstat(str(record.get("path"))) is not None
    )


def _invert(anchor: Anchor, record: Record, folder: str, is_old: Callable[[str], bool], *, ran: bool) -> None:
    match record:
        case {"act": "aside", "path": str(path), "slot": str(slot)}:
            _return(anchor, slot, path)
        case {"act": "replace", "path": str(path), "slot": str(slot)}:
            _undo_replace(anchor, path, slot)
        case {"act": "new", "path": str(path), "slot": str(slot)}:
            # the new thing bears its name only once its slot no longer holds it
            if not is_old(path) and anchor.lstat(slot + ".new") is None and anchor.lstat(path) is not None:
                anchor.rename(path, slot + ".new")
        case {"act": "mode", "path": str(path), "mode": int(mode)}:
            status = anchor.lstat(path)
            if status is not None and not stat.S_ISLNK(status.st_mode) and not is_old(path):
                anchor.chmod(path, mode)
        case {"act": "ran", "made": list(paths)}:
            _discard_all(anchor, paths, folder, is_old)
        case {"act": "run", "creates": list(paths), "listing": dict(listing)}:
            _discard_all(anchor, [*paths, *_unlisted(anchor, listing, ran=ran)], folder, is_old)


def _is_old(returned: Mapping[str, int], number: int, path: str) -> bool:
    """Whether a path lies in what a record before this one moved aside and an earlier, killed rollback put back."""
    ends = [*(end for end, char in enumerate(path) if char == "/"), len(path)]
    return any(returned.get(path[:end], number) < number for end in ends)


def _unlisted(anchor: Anchor, listing: dict[str, list[str]], *, ran: bool) -> list[str]:
    """Return what a builder that was killed half-way left in the folders it fills."""
    if ran:
        return []
    return [
        f"{folder}/{name}" for folder, names in listing.items() for name in anchor.names(folder) if name not in names
    ]


def _discard_all(anchor: Anchor, paths: list[str], folder: str, is_old: Callable[[str], bool]) -> None:
    for path in paths:
        if not is_old(path) and anchor.lstat(path) is not None:
            _discard(anchor, path, folder)


def _undo_replace(anchor: Anchor, path: str, slot: str) -> None:
    if anchor.lstat(slot) is None:
        return
    status = anchor.lstat(path)
    if status is not None and stat.S_ISDIR(status.st_mode):
        _discard(anchor, path, slot.rpartition("/")[0])
    anchor.rename(slot, path)


def _return(anchor: Anchor, slot: str, path: str) -> None:
    """Give an old thing its name back; what bears the name now goes into the kept folder first."""
    if anchor.lstat(slot) is None:
        return
    if anchor.lstat(path) is not None:
        _discard(anchor, path, slot.rpartition("/")[0])
    anchor.rename(slot, path)


def _discard(anchor: Anchor, path: str, folder: str) -> None:
    """Move what the transaction made into its folder, where `clear` deletes it."""
    count = 0
    while anchor.lstat(f"{folder}/discarded-{count}") is not None:
        count += 1
    anchor.rename(path, f"{folder}/discarded-{count}")
