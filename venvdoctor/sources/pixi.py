"""pixi's environments: `.pixi/envs/NAME` in projects, global ones below `$PIXI_HOME`, detached ones in its cache.

Source: pixi's documentation of `$PIXI_HOME`, `$PIXI_CACHE_DIR`, `detached-environments` in config.toml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import cache_dirs, children, config_dirs, expand, there, variable
from venvdoctor.sources._settings import read_toml, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="pixi", summary="`.pixi/envs` in projects, `$PIXI_HOME/envs`, detached environments")
PLACE = re.compile(r"^(.*)/\.pixi/envs/[^/]+$")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield global and detached environments; projects are the walk's."""
    homes = [item for item in (variable(host, home, "PIXI_HOME"), f"{home.path}/.pixi") if item]
    for place in homes:
        yield from children(view, f"{place}/envs", "pixi")
    configs = [*homes, *(f"{config}/pixi" for config in config_dirs(host, home)), "/etc/pixi"]
    folders: list[str | None] = []
    for config in configs:
        setting = value_at(read_toml(view, f"{config}/config.toml"), "detached-environments")
        folders.append(expand(setting, host, home) if setting else None)
    caches = [variable(host, home, name) for name in ("PIXI_CACHE_DIR", "RATTLER_CACHE_DIR")]
    caches += [f"{cache}/{name}" for cache in cache_dirs(host, home) for name in ("pixi", "rattler/cache")]
    folders += [f"{cache}/envs" for cache in caches if cache]
    for folder in dict.fromkeys(item for item in folders if item):
        yield from children(view, folder, "pixi", depth=3, match=r"[^.]")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:
    """Recognise one by its place, or by the file pixi puts beside conda's records."""
    match = PLACE.match(path)
    if match:
        globally = any(match[1] == home.path for home in host.homes)
        return Candidate(path=path, manager="pixi", project=None if globally else match[1])
    return Candidate(path=path, manager="pixi") if there(view, f"{path}/conda-meta/pixi") else None
