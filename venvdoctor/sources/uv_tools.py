"""uv's tools: one environment for each, with `uv-receipt.toml` in it.

Source: uv's documentation of storage and `$UV_TOOL_DIR`; crates/uv-tool (`InstalledTools`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, data_dirs, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="uv-tool", summary="`$UV_TOOL_DIR`, `$XDG_DATA_HOME/uv/tools`")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield what `uv tool list` lists."""
    places = [variable(host, home, "UV_TOOL_DIR"), *(f"{data}/uv/tools" for data in data_dirs(host, home))]
    for place in dict.fromkeys(item for item in places if item):
        yield from children(view, place, "uv-tool")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise a tool by its receipt or its place."""
    mine = path.rpartition("/")[0].endswith("/uv/tools") or there(view, f"{path}/uv-receipt.toml")
    return Candidate(path=path, manager="uv-tool") if mine else None
