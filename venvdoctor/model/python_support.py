"""Until when each series of CPython gets security fixes from python.org; plain data, looked up on `CHECKED`.

Source: https://devguide.python.org/versions/ and the release PEPs; where only a month is announced, its last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.model.interpreter import PythonVersion

CHECKED = "2026-11-01"  # the day the dates below were compared with their source

END_OF_LIFE: dict[tuple[int, int], str] = {
    (2, 6): "2013-10-29",
    (2, 7): "2020-01-01",
    (3, 0): "2009-06-27",
    (3, 1): "2012-04-09",
    (3, 2): "2016-02-20",
    (3, 3): "2017-09-29",
    (3, 4): "2019-03-18",
    (3, 5): "2020-09-30",
    (3, 6): "2021-12-23",
    (3, 7): "2023-06-27",
    (3, 8): "2024-10-07",
    (3, 9): "2025-10-31",
    (3, 10): "2026-10-31",
    (3, 11): "2027-10-31",
    (3, 12): "2028-10-31",
    (3, 13): "2029-10-31",
    (3, 14): "2030-10-31",
    (3, 15): "2031-10-31",
}


def ended(version: PythonVersion, today: str) -> str | None:
    """Return the day on which the support of a version's series ended, None while it lasts or when it is not known.

    Args:
        version: its first two numbers count.
        today: ISO date.
    """
    day = END_OF_LIFE.get(version[:2])
    return day if day is not None and day < today else None


def era(today: str) -> str:
    """Return the day up to which `ended` says of every version what it says today, "" where nothing ends any more."""
    return min((day for day in END_OF_LIFE.values() if day >= today), default="")
