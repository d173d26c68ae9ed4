"""nox's environments: below `.nox`.

Source: nox/_options.py (`--envdir`, default `.nox`); a session's directory is its name.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate
from venvdoctor.source import Source

if TYPE_CHECKING:
    from venvdoctor.model.host import Host
    from venvdoctor.view import View

source = Source(name="nox", summary="`.nox` in projects")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its place."""
    parent = posixpath.dirname(path)
    if posixpath.basename(parent) != ".nox":
        return None
    return Candidate(path=path, manager="nox", project=posixpath.dirname(parent))
