"""Where an editable install leads, by the three traces it leaves: direct_url.json, a loader, `.pth` lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.freeze import read_direct
from venvdoctor.inspection.metadata_dirs import editable_target
from venvdoctor.model.fact import replace
from venvdoctor.repairing.script_text import local_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from venvdoctor.inspection.editable import Editable
    from venvdoctor.inspection.library_imports import Hooks
    from venvdoctor.inspection.listings import Listings
    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.site_path import SitePath
    from venvdoctor.model.distribution import Distribution, PthFile


class Traces(NamedTuple):
    """What an editable install left: its loader's map and the lines of its `.pth` files."""

    names: tuple[str, ...]
    alive: tuple[str, ...]
    gone: tuple[str, ...]


def with_editable(found: Found, site: SitePath, hooks: Hooks, listings: Listings) -> tuple[Found, Traces]:
    """Add to a distribution whether it is an editable install and whether its target is there."""
    dist = found.dist
    if dist.kind in ("egg-link", "egg-info-file"):
        return found, Traces((), (), ())
    target = editable_target(dist.direct_url)
    if target is None and dist.direct_url and dist.installer != "conda":  # conda's packages name where they were built
        dist = replace(dist, source_gone=_source_gone(dist.direct_url, listings))
        found = replace(found, dist=dist)
    if target is None and (not found.record.may_hold(".pth") or len(found.record.rows) > 40):
        return found, Traces((), (), ())
    traces = _traces(found, {item.path: item for item in site.pth}, hooks, listings)
    if target is None and not (traces.alive or traces.gone):
        return found, traces
    dist = _decide(dist, target, traces, listings)
    return replace(found, dist=dist), traces


def _source_gone(direct_url: str, listings: Listings) -> str:
    direct = read_direct(direct_url)
    place = local_path(direct.url) if direct is not None and direct.kind in ("directory", "archive") else ""
    plain = place.startswith("/") and "\0" not in place
    return place if plain and listings.kind(place) == "missing" else ""


def _decide(dist: Distribution, target: str | None, traces: Traces, listings: Listings) -> Distribution:
    if traces.gone and not traces.alive:
        return replace(dist, editable=traces.gone[0], editable_exists=False)
    if target is None:
        return replace(dist, editable=(traces.alive or traces.gone)[0], editable_exists=not traces.gone)
    kind = listings.kind(target)
    exists = None if kind in ("denied", "error") else kind == "dir" or bool(traces.alive)
    return replace(dist, editable=target, editable_exists=exists)


def _traces(found: Found, pth: Mapping[str, PthFile], hooks: Hooks, listings: Listings) -> Traces:
    site_dir = found.dist.site_dir
    names: list[str] = []
    alive: list[str] = []
    gone: list[str] = []
    for row in found.record.rows:
        if row.path.endswith(".pth") and "/" not in row.path:
            file = pth.get(f"{site_dir}/{row.path}")
            if file is None:
                continue
            alive += file.added
            gone += file.dead
            for module in file.imports:
                loader = hooks.by_file.get(module)
                if loader:
                    names += _names(loader)
                    _sort(_places(loader), listings, alive, gone)
    return Traces(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(alive)), tuple(dict.fromkeys(gone)))


def _names(loader: Editable) -> list[str]:
    keys = (*loader.mapping, *loader.namespaces, *loader.names)
    return [key for key in keys if "." not in key] or list(dict.fromkeys(key for key in keys))


def _places(loader: Editable) -> list[str]:
    """Return what must be there: for a map of single modules (scikit-build-core) the packages are enough."""
    packages = [place for name, place in loader.mapping.items() if "." not in name]
    return [*(packages or loader.mapping.values()), *([loader.root] if loader.root else [])]


def _sort(places: Iterable[str], listings: Listings, alive: list[str], gone: list[str]) -> None:
    for place in places:
        kind = listings.kind(place)
        if kind == "missing" and listings.kind(f"{place}.py") == "missing":
            gone.append(place)
        else:
            alive.append(place)
