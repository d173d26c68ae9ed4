"""Reads `entry_points.txt` for the modules that a distribution's commands import when they start.

Source: the entry points specification (packaging.python.org), groups `console_scripts` and `gui_scripts`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.view import View

LIMIT = 1 << 18  # bytes of one file
MOST = 30  # modules of one distribution
_SECTION = re.compile(r"\[\s*([\w.-]+)\s*\]")
_POINT = re.compile(r"[^=#;]+=\s*([A-Za-z_][\w.]*)")
_GROUPS = ("console_scripts", "gui_scripts")


def command_modules(path: str, own: Sequence[str], view: View) -> tuple[str, ...]:
    """Return the modules below a distribution's own packages that its commands import; total.

    Args:
        path: the `entry_points.txt`.
        own: the names that the distribution is imported by; what they tell already is left out.
        view: the disk.
    """
    first = {name.partition(".")[0] for name in own}
    found = (name for name in _modules(path, view) if name.partition(".")[0] in first and name not in own)
    return tuple(dict.fromkeys(found))[:MOST]


def command_names(path: str, view: View) -> tuple[str, ...]:
    """Return the top-level names that a distribution's commands import without any extra; total."""
    return tuple(dict.fromkeys(name.partition(".")[0] for name in _modules(path, view, extras=False)))[:MOST]


def _modules(path: str, view: View, *, extras: bool = True) -> Iterator[str]:
    try:
        text = view.read(path, LIMIT).decode("utf-8", "replace")
    except (OSError, ValueError):
        return
    group = ""
    for line in text.split("\n"):
        if section := _SECTION.match(line.strip()):
            group = section.group(1)
        elif group in _GROUPS and (extras or "[" not in line) and (point := _POINT.match(line.strip()[:1000])):
            yield point.group(1).rstrip(".")
