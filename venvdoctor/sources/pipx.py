"""pipx: `venvs/NAME`, the shared libraries, and the environments of `pipx run`, in the old and the new homes.

Source: pipx/paths.py (`$PIPX_HOME`, `$PIPX_SHARED_LIBS`, `$PIPX_GLOBAL_HOME`, `~/.local/pipx`, user_data_path).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import cache_dirs, children, data_dirs, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="pipx", summary="`$PIPX_HOME`, `~/.local/share/pipx`, `~/.local/pipx`, `/opt/pipx`, shared libraries"
)


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the applications, the shared libraries and what `pipx run` keeps."""
    homes = [variable(host, home, "PIPX_HOME"), *(f"{data}/pipx" for data in data_dirs(host, home))]
    homes += [f"{home.path}/.local/pipx", f"{home.path}/pipx"]
    homes += [variable(host, home, "PIPX_GLOBAL_HOME"), "/opt/pipx"]
    for place in dict.fromkeys(item for item in homes if item):
        yield from children(view, f"{place}/venvs", "pipx")
        yield Candidate(path=f"{place}/shared", manager="pipx", name="shared libraries")
        yield from children(view, f"{place}/.cache", "pipx")
    shared = variable(host, home, "PIPX_SHARED_LIBS")
    if shared:
        yield Candidate(path=shared, manager="pipx", name="shared libraries")
    for cache in cache_dirs(host, home):
        yield from children(view, f"{cache}/pipx", "pipx")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its metadata file, or by standing in a pipx home."""
    parent, name = posixpath.split(path)
    if there(view, f"{path}/pipx_metadata.json"):
        return Candidate(path=path, manager="pipx")
    if name == "shared" and there(view, f"{parent}/venvs") and posixpath.basename(parent) == "pipx":
        return Candidate(path=path, manager="pipx", name="shared libraries")
    return Candidate(path=path, manager="pipx") if parent.endswith(("/pipx/venvs", "/pipx/.cache")) else None
