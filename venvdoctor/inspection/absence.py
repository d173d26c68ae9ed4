"""Why a module is in no directory: it got lost, is built for another interpreter, or was never there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.extension_names import foreign_builds, split_extension
from venvdoctor.inspection.import_spread import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.inspection.importer import Importer


class Absence:
    """Judges modules that no directory holds.

    Args:
        importer: finds modules.
        lost: recorded module files that are not there: path without suffix (a package: its directory) → (reason, path).
        version: of the interpreter.
        open_end: some hook may find what no directory holds.
    """

    def __init__(
        self,
        importer: Importer,
        lost: Mapping[str, tuple[str, str]],
        version: tuple[int, int] | None,
        *,
        open_end: bool,
    ) -> None:
        self._importer = importer
        self._lost = lost
        self._version = version
        self._open_end = open_end
        self._stems: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> Trouble | None:
        """Return why a module cannot be had; None where something dynamic may make it."""
        parent, _, tail = name.rpartition(".")
        if not parent:
            lost = self._lost_below(self._importer.path, name, name)
            return lost or self._renamed(self._importer.path, name, name) or self._never_there(name)
        above = self._importer.find(parent)
        if above is None:
            return self._lost_below(self._importer.path, name.replace(".", "/"), name)
        for place in above.dirs:
            lost = self._lost_below((place,), tail, name) or self._renamed((place,), tail, name)
            if lost:
                return lost
        sure = above.kind in ("namespace", "source") and not self._open_end
        return Trouble("no-module", "", name) if sure else None

    def mistagged_names(self, place: str) -> set[str]:
        """Return the extension modules of a directory that are there for other interpreters only."""
        return {stem for stem in self._stems_of(place) if self._mistagged(place, stem)}

    def _lost_below(self, places: tuple[str, ...], tail: str, name: str) -> Trouble | None:
        for place in places:
            lost = self._lost.get(f"{place}/{tail}")
            if lost:
                return Trouble(lost[0], lost[1], name)
        return None

    def _renamed(self, places: tuple[str, ...], tail: str, name: str) -> Trouble | None:
        found = next((file for place in places if (file := self._mistagged(place, tail))), None)
        return Trouble("wrong-tag", found, name) if found else None

    def _never_there(self, name: str) -> Trouble | None:
        if self._open_end or self._version is None:
            return None
        if self._importer.stdlib.removed_in(name):
            return Trouble("removed-stdlib", "", name)
        return Trouble("no-module", "", name) if self._importer.stdlib.known else None

    def _mistagged(self, place: str, tail: str) -> str | None:
        """Return the extension module of that name which is built for other interpreters only."""
        if tail not in self._stems_of(place):
            return None
        builds = foreign_builds(self._importer.listings.get(place).names, tail, self._importer.suffixes[:-2])
        return f"{place}/{builds[0]}" if builds else None

    def _stems_of(self, place: str) -> frozenset[str]:
        """Return the names of the extension modules of a directory, whatever interpreter they are for."""
        stems = self._stems.get(place)
        if stems is None:
            names = (name for name in self._importer.listings.get(place).names if name.endswith((".so", ".pyd")))
            parts = (split_extension(name) for name in names)
            stems = self._stems[place] = frozenset(part.stem for part in parts if part)
        return stems
