"""pdm's environments: `venv.location`, else `venvs` in its data directory, and the one that `.pdm-python` names.

Source: pdm/project/config.py (`venv.location`, `$PDM_CONFIG_FILE`), pdm/cli/commands/venv (names: project, hash, name).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, config_dirs, data_dirs, expand, line_of, there, variable
from venvdoctor.sources._settings import read_toml, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="pdm", summary="`venv.location` in config.toml, `$XDG_DATA_HOME/pdm/venvs`, `.pdm-python`, `pdm.lock`"
)
NAMED = re.compile(r".+-[A-Za-z0-9_-]{8}-.+")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the environments that `pdm venv list` knows outside projects."""
    configs = [
        variable(host, home, "PDM_CONFIG_FILE"),
        *(f"{item}/pdm/config.toml" for item in config_dirs(host, home)),
    ]
    places: list[str | None] = []
    for config in configs:
        tables = read_toml(view, config) if config else {}
        setting = value_at(tables, "venv", "location") or value_at(tables, "venv.location")
        places.append(expand(setting, host, home) if setting else None)
    places += [f"{data}/pdm/venvs" for data in data_dirs(host, home)]
    for place in dict.fromkeys(item for item in places if item):
        yield from children(view, place, "pdm")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by the project's `.pdm-python`, its lock, or its place."""
    parent, name = posixpath.split(path)
    if NAMED.fullmatch(name) and parent.endswith("/pdm/venvs"):
        return Candidate(path=path, manager="pdm")
    if name in (".venv", "venv", "env") and there(view, f"{parent}/.pdm-python", f"{parent}/pdm.lock"):
        python = line_of(view, f"{parent}/.pdm-python")
        mine = python is None or python.startswith(path + "/")
        return Candidate(path=path, manager="pdm", project=parent) if mine else None
    return None
