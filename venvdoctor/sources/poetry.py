"""poetry's environments: `virtualenvs` in its cache or where its settings say, and `.venv` beside a `poetry.lock`.

Source: poetry/locations.py, poetry/config/config.py (`virtualenvs.path`, `cache-dir`, their variables),
poetry/utils/env/env_manager.py (names: project, hash, `py3.11`).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import cache_dirs, children, config_dirs, data_dirs, expand, there, variable
from venvdoctor.sources._settings import read_text, read_toml, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="poetry",
    summary="`$POETRY_VIRTUALENVS_PATH`, `$POETRY_CACHE_DIR`, config.toml, `$POETRY_HOME`, `.venv` by `poetry.lock`",
)
NAMED = re.compile(r".+-[A-Za-z0-9_-]{8}-py\d+(?:\.\d+)?")
MADE_BY_UV = re.compile(r"(?m)^uv\s*=")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the environments of projects, and poetry's own."""
    for folder in dict.fromkeys(_folders(view, host, home)):
        yield from children(view, folder, "poetry")
    for place in (variable(host, home, "POETRY_HOME"), *(f"{data}/pypoetry" for data in data_dirs(host, home))):
        if place:
            yield Candidate(path=f"{place}/venv", manager="poetry", name="poetry itself")


def _folders(view: View, host: Host, home: Home) -> Iterator[str]:
    """Yield the directories that hold environments, `{cache-dir}` replaced."""
    configs = [variable(host, home, "POETRY_CONFIG_DIR"), *(f"{item}/pypoetry" for item in config_dirs(host, home))]
    settings = [read_toml(view, f"{config}/config.toml") for config in configs if config]
    texts = [variable(host, home, "POETRY_CACHE_DIR"), *(value_at(item, "cache-dir") for item in settings)]
    found = [expand(text, host, home) for text in texts if text]
    caches = [*(item for item in found if item), *(f"{cache}/pypoetry" for cache in cache_dirs(host, home))]
    own = [value_at(item, "virtualenvs", "path") for item in settings]
    for text in (host.environ.get("POETRY_VIRTUALENVS_PATH"), *own, "{cache-dir}/virtualenvs"):
        for cache in caches:
            path = expand(text.replace("{cache-dir}", cache), host, home) if text else None
            if path:
                yield path


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by poetry's way of naming, or as `.venv` beside a `poetry.lock`."""
    parent, name = posixpath.split(path)
    if name == ".venv":
        mine = there(view, f"{parent}/poetry.lock") and not MADE_BY_UV.search(read_text(view, f"{path}/pyvenv.cfg"))
        return Candidate(path=path, manager="poetry", project=parent) if mine else None
    mine = bool(NAMED.fullmatch(name)) and (parent.endswith("/virtualenvs") or there(view, f"{parent}/envs.toml"))
    return Candidate(path=path, manager="poetry") if mine else None
