"""What people changed after a repair: told from a list of what it made, and laid beside when it is undone."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.transaction.journal import KEEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.transaction.anchor import Anchor
    from venvdoctor.transaction.journal import Journal

    Rows = dict[str, list[int]]  # path → mode, size in bytes, time of the last change of content in nanoseconds

LIST_LIMIT = 1 << 30  # bytes


def note_made(anchor: Anchor, journal: Journal) -> None:
    """Write down beside the old things what stands in their place now."""
    rows = {path: row for place in _places(journal) for path, row in _rows(anchor, place)}
    anchor.write_new(_list(journal), json.dumps(rows).encode("ascii"), 0o600)


def read_made(anchor: Anchor, journal: Journal) -> Rows:
    """Return what a committed repair wrote down.

    Raises:
        FixError: somebody garbled it.
    """
    if not journal.has("commit") or anchor.lstat(_list(journal)) is None:
        return {}
    try:
        made = json.loads(anchor.read(_list(journal), LIST_LIMIT))
    except (ValueError, RecursionError):
        made = None
    if not isinstance(made, dict):
        raise FixError(
            f"{anchor.path}: the list of what repair {journal.id} made is garbled",
            hint=f"`venvdoctor undo --prune {journal.id}` forgets it",
        )
    return made


def save_changes(anchor: Anchor, journal: Journal, made: Rows) -> None:
    """Move what is not as the repair left it to where no undo deletes it."""
    to = changed_folder(journal)
    for place in _places(journal) if made else ():
        for path in [path for path, row in _rows(anchor, place, made) if made.get(path) != row]:
            for folder in [to, *(f"{to}/{path[:end]}" for end, char in enumerate(path) if char == "/")]:
                anchor.make_folder(folder)
            anchor.rename(path, f"{to}/{path}")


def changed_folder(journal: Journal) -> str:
    """Return where a person finds what was changed after a repair that was undone, relative to the root."""
    return f"{KEEP}/changed-{journal.id}"


def _list(journal: Journal) -> str:
    return f"{KEEP}/{journal.id}/made.json"


def _places(journal: Journal) -> list[str]:
    """Return every path that may bear something else than before, none of them below another one."""
    found: list[str] = []
    for record in journal.records:
        found += record.get("made", []) if record["act"] == "ran" else [record["path"]] if "path" in record else []
    return [path for path in dict.fromkeys(found) if not any(path.startswith(other + "/") for other in found)]


def _rows(anchor: Anchor, top: str, made: Rows | None = None) -> Iterator[tuple[str, list[int]]]:
    """Yield what is there but bytecode, parents first; with `made`, nothing below a new folder."""
    left = [top]
    while left:
        path = left.pop()
        status = anchor.lstat(path)
        if status is None or path.endswith((".pyc", "/__pycache__")):
            continue
        folder = stat.S_ISDIR(status.st_mode)
        yield path, [] if folder else [status.st_mode, status.st_size, status.st_mtime_ns]
        if folder and (made is None or made.get(path) == []):
            left += [f"{path}/{name}" for name in anchor.names(path)]
