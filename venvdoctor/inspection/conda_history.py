"""Reads `conda-meta/history`: which packages conda remembers having put into an environment.

Source: conda/history.py (a block per transaction; lines with `+` and `-` are changes, lines without are a whole state);
mamba writes the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared

LIMIT = 8 << 20  # bytes; years of daily changes
LONGEST = 1000  # characters of the name of a package with its channel
_HEAD = re.compile(r"==>.*<==")
_DIST = re.compile(r"(?:.*(?:::|/))?([A-Za-z0-9_][\w.-]*)-[^-\s/:]+-[^-\s/:]+$")


def remembered(prefix: str, shared: Shared) -> frozenset[str]:
    """Return the names of the packages of the last state; empty when there is none to be read."""
    try:
        text = shared.view.read(f"{prefix}/conda-meta/history", LIMIT).decode("utf-8", "replace")
    except (OSError, ValueError):
        return frozenset()
    state: set[str] = set()
    block: list[str] = []
    for raw in [*text.split("\n"), "==> <=="]:
        line = raw.strip()
        if _HEAD.match(line):
            _apply(block, state)
            block = []
        elif line and not line.startswith("#"):
            block.append(line)
    return frozenset(name for name in map(_name, state) if name)


def _apply(block: Iterable[str], state: set[str]) -> None:
    """Change the state, in place: a history of a hundred thousand blocks must not copy it as often."""
    lines = list(block)
    gone = {line[1:] for line in lines if line.startswith("-")}
    new = {line[1:] for line in lines if line.startswith("+")}
    if lines and not gone and not new:
        state.clear()
        new.update(lines)
    state -= gone
    state |= new


def _name(dist: str) -> str:
    """Return the name in `channel/subdir::name-version-build`, `""` for anything else."""
    match = _DIST.match(dist.removesuffix(".tar.bz2").removesuffix(".conda")) if len(dist) <= LONGEST else None
    return match.group(1).lower() if match else ""
