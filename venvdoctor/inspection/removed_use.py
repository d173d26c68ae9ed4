"""What a source takes from the standard library that a later version no longer has, and how packages put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.stdlib_names import REMOVED_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.source_imports import Wanted


def puts(module: str) -> tuple[bytes, ...]:
    """Return how a package would put a substitute of a removed module in its place."""
    first = module.partition(".")[0].encode("utf-8", "replace")
    return (
        b"sys.modules['" + first,
        b'sys.modules["' + first,
        b"setdefault('" + first,
        b'setdefault("' + first,
        b"meta_path",
    )


def removed_names(imports: Iterable[Wanted], version: tuple[int, int]) -> set[str]:
    """Return the names, with their module, that these imports take and this version does not have."""
    return {
        f"{wanted.module}.{name}"
        for wanted in imports
        if not wanted.level and wanted.module in REMOVED_NAMES
        for name in wanted.names
        if (since := REMOVED_NAMES[wanted.module].get(name)) and version >= since
    }
