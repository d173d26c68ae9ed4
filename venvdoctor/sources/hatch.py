"""hatch's environments: `env/virtual/PROJECT/HASH/NAME` in its data directory, or where its settings say.

Source: hatch/env/virtual.py, hatch/config/model.py (`dirs.data`, `dirs.env`), `$HATCH_DATA_DIR`, `$HATCH_CONFIG`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, config_dirs, data_dirs, expand, variable
from venvdoctor.sources._settings import read_toml, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="hatch", summary="`$HATCH_DATA_DIR`, `dirs.data` and `dirs.env.virtual` in config.toml")
STANDARD = re.compile(r"/env/(?:virtual|\.internal)(?:/[^/]+)+$")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield projects' environments and hatch's internal ones."""
    configs = [variable(host, home, "HATCH_CONFIG"), *(f"{item}/hatch/config.toml" for item in config_dirs(host, home))]
    settings = [read_toml(view, config) for config in configs if config]
    texts = [value_at(item, "dirs", "data") for item in settings]
    places = [variable(host, home, "HATCH_DATA_DIR"), *(expand(text, host, home) for text in texts if text)]
    places += [f"{data}/hatch" for data in data_dirs(host, home)]
    folders = [f"{place}/env/{kind}" for place in places if place for kind in ("virtual", "virtual/.internal")]
    moved = [value_at(item, "dirs", "env", "virtual") for item in settings]
    folders += [path for text in moved if text and (path := expand(text, host, home))]
    for folder in dict.fromkeys(folders):
        yield from children(view, folder, "hatch", depth=3)
        yield from children(view, folder, "hatch", depth=1)


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its place in hatch's data directory."""
    return Candidate(path=path, manager="hatch") if "/hatch/env/" in path and STANDARD.search(path) else None
