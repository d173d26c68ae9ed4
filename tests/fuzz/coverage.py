"""What an input reached that none before it did: lines and both ways of each branch, for next to nothing (PEP 669).

A place that was seen is never reported again, so a reader that shows nothing new runs at full speed: a million inputs
take a minute or two and are still led by coverage. Before Python 3.12 there is no such interface and nothing leads.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

OURS = "/venvdoctor/"


class Guide:
    """Watches venvdoctor's own code; use it as a context manager."""

    def __init__(self) -> None:
        self.places = 0  # lines and ways of branches seen so far
        self._fresh = False
        self._ways: dict[tuple[CodeType, int], int] = {}
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._tool = -1

    @property
    def works(self) -> bool:
        """Whether this Python can tell."""
        return self._tool >= 0

    def fresh(self) -> bool:
        """Whether something was reached for the first time since the last question."""
        said, self._fresh = self._fresh, False
        return said

    def __enter__(self) -> Guide:
        if self._monitoring is None:
            return self
        free = [number for number in (3, 4, 2, 0) if self._monitoring.get_tool(number) is None]
        if not free:
            return self
        self._tool = free[0]
        events = self._monitoring.events
        self._monitoring.use_tool_id(self._tool, "fuzz")
        self._monitoring.register_callback(self._tool, events.LINE, self._line)
        self._monitoring.register_callback(self._tool, events.BRANCH, self._branch)
        self._monitoring.restart_events()
        self._monitoring.set_events(self._tool, events.LINE | events.BRANCH)
        return self

    def __exit__(self, *_: object) -> None:
        if self.works:
            self._monitoring.set_events(self._tool, 0)
            self._monitoring.free_tool_id(self._tool)
            self._tool = -1

    def _line(self, code: CodeType, _: int) -> Any:
        if OURS in code.co_filename:
            self._fresh = True
            self.places += 1
        return self._monitoring.DISABLE

    def _branch(self, code: CodeType, offset: int, way: int) -> Any:
        if OURS not in code.co_filename:
            return self._monitoring.DISABLE
        before = self._ways.setdefault((code, offset), way)
        if before == way:
            return None
        self._fresh = True
        self.places += 1
        return self._monitoring.DISABLE
