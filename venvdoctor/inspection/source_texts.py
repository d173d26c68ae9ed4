"""The sources of the modules that imports lead to, read again only where there was no room to keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.source_imports import SOURCE_LIMIT, certain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.inspection.importer import Spec
    from venvdoctor.inspection.source_imports import Certain
    from venvdoctor.view import View

ROOM = 16 << 20  # bytes of sources that are kept


class Texts:
    """The sources of modules by name, and what parsing them shows.

    Args:
        view: the door to the disk.
        specs: the modules found so far; grows while they are followed.
        origins: modules that were compiled from Python → their sources; grows too.
    """

    def __init__(self, view: View, specs: Mapping[str, Spec], origins: Mapping[str, str]) -> None:
        self._view = view
        self._specs = specs
        self._origins = origins
        self._kept: dict[str, bytes] = {}
        self._room = ROOM
        self._parsed: dict[str, Certain | None] = {}

    def keep(self, name: str, data: bytes) -> None:
        """Keep a source that was read, where there is room."""
        if len(data) <= self._room:
            self._room -= len(data)
            self._kept[name] = data

    def source(self, name: str) -> bytes | None:
        """Return the source of a module, empty for a namespace; None: it has none, or it cannot be read."""
        known = self._kept.get(name)
        if known is not None:
            return known
        spec = self._specs.get(name)
        origin = self._origins.get(name)
        if spec is None or (spec.kind != "source" and origin is None):
            return b"" if spec and spec.kind == "namespace" else None
        try:
            return self._view.read_head(origin or spec.file, SOURCE_LIMIT)
        except (OSError, ValueError):
            return None

    def facts(self, name: str) -> Certain | None:
        """Return what the module's source certainly imports, None when nobody can tell."""
        if name not in self._parsed:
            source = self.source(name)
            self._parsed[name] = None if source is None else certain(source)
        return self._parsed[name]
