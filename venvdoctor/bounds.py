"""Texts from the disk, cut to what somebody reads: a name or a value may be as long as its file; a report is not.

This is the one place where findings are cut; what is left out is said, so that nobody takes a part for the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.finding import Evidence

TEXT = 8192  # characters: twice the longest path that Linux knows
ITEMS = 200  # entries of a list


def text(whole: str, most: int = TEXT) -> str:
    """Return a text as it is, or its beginning, and how many characters are left out."""
    if len(whole) <= most:
        return whole
    return f"{whole[:most]}… ({len(whole) - most} more characters)"


def evidence(value: Evidence) -> Evidence:
    """Return a value of a finding's evidence with texts and lists of a bounded length."""
    if isinstance(value, str):
        return text(value)
    if not isinstance(value, (list, tuple)):
        return value
    kept = [text(item) for item in value[:ITEMS]]
    return kept if len(value) <= ITEMS else [*kept, f"… ({len(value) - ITEMS} more)"]
