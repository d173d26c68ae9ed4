"""uv's keeping: cached environments of scripts, tools, builds and projects, and projects' `.venv`.

Source: uv's documentation of `$UV_CACHE_DIR`, `cache-dir`, `$UV_PROJECT_ENVIRONMENT`; crates/uv-cache (`CacheBucket`):
`environments-v*` (scripts, projects), `archive-v*` (environments of `uvx` among unpacked wheels), `builds-v*`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import cache_dirs, children, config_dirs, expand, matching, there, variable
from venvdoctor.sources._settings import read_text, read_toml, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="uv", summary="`$UV_CACHE_DIR`, `cache-dir` in uv.toml, `$UV_PROJECT_ENVIRONMENT`, `.venv` beside `uv.lock`"
)
BUCKET = re.compile(r"/(?:environments|builds|archive)-v\d+/[^/]+(?:/\.venv)?$")
MADE_BY_UV = re.compile(r"(?m)^uv\s*=")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the environments in uv's caches, and the one that the variable names."""
    project = variable(host, home, "UV_PROJECT_ENVIRONMENT")
    if project:
        yield Candidate(path=project, manager="uv")
    caches = [variable(host, home, "UV_CACHE_DIR")]
    for config in [*config_dirs(host, home), "/etc"]:
        setting = value_at(read_toml(view, f"{config}/uv/uv.toml"), "cache-dir")
        caches.append(expand(setting, host, home) if setting else None)
    caches += [f"{cache}/uv" for cache in cache_dirs(host, home)]
    for cache in dict.fromkeys(item for item in caches if item):
        for bucket in matching(view, cache, r"(?:environments|builds|archive)-v\d+"):
            yield from children(view, bucket, "uv")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its bucket, or as the environment that uv made for a project that uv locks."""
    parent, name = posixpath.split(path)
    if BUCKET.search(path):
        return Candidate(path=path, manager="uv")
    if (
        name == ".venv"
        and there(view, f"{parent}/uv.lock")
        and MADE_BY_UV.search(read_text(view, f"{path}/pyvenv.cfg"))
    ):
        return Candidate(path=path, manager="uv", project=parent)
    return None
