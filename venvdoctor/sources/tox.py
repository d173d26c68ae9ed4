"""tox's environments: below `.tox` or `$TOX_WORK_DIR`, with `.tox-info.json` in each since tox 4.

Source: tox/tox_env/info.py, tox/config/main.py (`work_dir`).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="tox", summary="`.tox` in projects, `$TOX_WORK_DIR`, `.tox-info.json`")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield what stands in the one directory that a variable can name; projects are the walk's."""
    for name in ("TOX_WORK_DIR", "TOXWORKDIR"):
        folder = variable(host, home, name)
        if folder:
            yield from children(view, folder, "tox")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its place or by what tox writes into it."""
    parent = posixpath.dirname(path)
    if posixpath.basename(parent) == ".tox":
        return Candidate(path=path, manager="tox", project=posixpath.dirname(parent))
    return Candidate(path=path, manager="tox") if there(view, f"{path}/.tox-info.json") else None
