"""direnv's layouts: `.direnv/python-3.11` and the like in projects.

Source: direnv's stdlib.sh (`layout_python`, `layout_virtualenv`, `$direnv_layout_dir`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate
from venvdoctor.source import Source

if TYPE_CHECKING:
    from venvdoctor.model.host import Host
    from venvdoctor.view import View

source = Source(name="direnv", summary="`.direnv/python-*` in projects")
PLACE = re.compile(r"^(.*)/\.direnv/[^/]+$")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its place."""
    match = PLACE.match(path)
    return Candidate(path=path, manager="direnv", project=match[1] or "/") if match else None
