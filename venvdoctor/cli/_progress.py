"""One line on a terminal's standard error while a scan runs; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from venvdoctor.escape import printable

if TYPE_CHECKING:
    from types import TracebackType

PAUSE = 0.1  # seconds between two drawings
WIDTH = 78


class Progress:
    """A line that says how many environments were examined, and where the scan is."""

    def __init__(self, *, wanted: bool = True) -> None:
        self._active = wanted and sys.stderr.isatty()
        self._last = 0.0

    def __call__(self, count: int, path: str) -> None:
        """Draw the line anew, at most ten times a second."""
        now = time.monotonic()
        if self._active and now - self._last >= PAUSE:
            self._last = now
            line = f"{count} environment{'' if count == 1 else 's'} … {printable(path)}"
            sys.stderr.write("\r\x1b[K" + line[:WIDTH].encode("ascii", "replace").decode("ascii"))
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
