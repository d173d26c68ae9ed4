"""Keeps a whole run for `replay`: what it printed, and every look at the disk that this depends on.

A run is made of the looks of its environments (`recall` has them packed), those at what hangs on them, and its own:
the machine, the search, the settings, and the files of this program. Only what was small, complete and printed in full
is kept.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from venvdoctor.caching import kept, replay
from venvdoctor.caching.packing import pack
from venvdoctor.caching.recorder import SETTLED, Journal, Look, content_signature, failure_signature
from venvdoctor.model.python_support import era

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.caching.recall import Recall
    from venvdoctor.caching.recorder import Signature

TEXT_LIMIT = 4 << 20  # characters of output
MOST = 64  # runs that are kept
PLAIN = ("text", "github")  # formats that say nothing of a scan's times
TIMED = ("json", "jsonl")  # those that say them in two places
TIMES = (('("started_at": ")[^"]*(")', replay.STARTED), ('("duration_s": )[0-9.e-]+()', replay.DURATION))


class Memo:
    """One run that may be kept.

    Attributes:
        journal: notes the run's own looks.
    """

    def __init__(self, asked: replay.Asked, form: str) -> None:
        self._asked = asked
        self._form = form
        self._pieces: list[str] = []
        self._size = 0
        self._whole = False
        self.journal = Journal()
        self.journal.begin()

    def printed(self, piece: str) -> None:
        """Take in what goes to standard output; an empty piece: it has gone there."""
        self._whole = not piece
        self._size += len(piece)
        if self._size <= TEXT_LIMIT:
            self._pieces.append(piece)

    def keep(self, recall: Recall, today: str, settings: Iterable[str], code: int) -> bool:
        """Keep the run, where it can be held to everything that it depends on; return whether it was.

        Args:
            recall: knows the looks of the environments.
            today: the day of the run (ISO).
            settings: files that the settings come from, or would come from if they were there.
            code: what the run ends with.
        """
        looks, text = self.journal.end(), self._text()
        around = _around(settings)
        if looks is None or around is None or text is None or recall.blocks is None:
            return False
        looks.update(around)
        if not recall.keeps(looks):
            return False
        if today in text:
            looks[Look("t", "")] = f"={today}"
        block = pack(looks)
        if block is None:
            return False
        gone = 0 if self._form == "jsonl" else code  # when the reader goes early
        head = f"{today} {era(today) or '9999-12-31'} {code} {gone}".encode()
        kept.tidy(os.path.dirname(self._asked.place), MOST)
        parts = [self._asked.question, head, text.encode("utf-8", "surrogatepass"), block, *recall.blocks]
        return kept.write(self._asked.place, parts)

    def _text(self) -> str | None:
        """Return the output with marks where it tells the scan's times; None where it is not known to tell them so."""
        text = "".join(self._pieces)
        if not self._whole or self._size > TEXT_LIMIT or "\0" in text:
            return None
        for pattern, mark in TIMES if self._form in TIMED else ():
            text, count = re.subn(pattern, lambda found, mark=mark: found[1] + mark + found[2], text)  # type: ignore[misc]
            if count != 1:
                return None
        return text


def open_memo(form: str) -> Memo | None:
    """Return what notes this run, None where it is none that is kept."""
    return Memo(replay.pending.pop(), form) if replay.pending and form in (*PLAIN, *TIMED) else None


def _around(settings: Iterable[str]) -> dict[Look, Signature] | None:
    """Return the looks at what stands around a scan: settings, this program, what it is imported from.

    None where one of them may have changed since this process began.
    """
    looks: dict[Look, Signature] = {}
    for path in (*settings, *_program(), *sys.path):
        try:
            status = os.stat(path or ".")
        except (OSError, ValueError) as error:
            looks[Look("f", path)] = failure_signature(error)
            continue
        if status.st_ctime_ns > replay.begun[1] - SETTLED:
            return None
        looks[Look("f", path or os.getcwd())] = content_signature(status)
    return looks


def _program() -> Iterator[str]:
    """Yield the files that were imported, those of the standard library aside, and the folders that are registries."""
    library = os.path.dirname(os.__file__) + "/"
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and not (path.startswith(library) and "-packages/" not in path):
            yield _on_disk(path)
            if hasattr(module, "__path__") and name.startswith("venvdoctor"):
                yield _on_disk(os.path.dirname(path))


def _on_disk(path: str) -> str:
    """Return the file that a module's path lies in: itself, or an archive."""
    while not os.path.lexists(path) and len(path) > 1:
        path = os.path.dirname(path)
    return path
