"""Reads what stands outside the environments and names one: launchers, kernels, units, hooks, editor settings."""

from __future__ import annotations

import posixpath
from importlib import import_module
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.place import Places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.dependent import Dependent

READERS = (
    "launchers",
    "kernels",
    "units",
    "crontabs",
    "desktops",
    "supervisors",
    "editors",
    "hooks",
    "shells",
    "managers",
)


def find_dependents(shared: Shared, environments: Iterable[str] = ()) -> list[Dependent]:
    """Return every reference from outside, in a stable order.

    Args:
        shared: the context of the scan; its host names the homes.
        environments: directories of the environments that were found; project files beside them are read too.
    """
    known = tuple(sorted(set(environments)))
    projects = {posixpath.dirname(path.rstrip("/")) for path in known}
    homes = tuple(home.path for home in shared.host.homes)
    places = Places(shared, homes, known, tuple(sorted(projects - set(homes) - {"", "/"})))
    found: dict[tuple[str, int, str], Dependent] = {}
    for name in READERS:
        for item in import_module(f"{__name__}.{name}").read(places):
            found.setdefault((item.path, item.line, item.target), item)
    return sorted(found.values(), key=lambda item: (item.kind, item.path, item.line, item.target))
