"""Environments in what mise, asdf and rye install: a tool's own, and rye's tools.

Source: mise's and asdf's documentation (`$MISE_DATA_DIR`, `$ASDF_DATA_DIR`: `installs/TOOL/VERSION`; pipx backends
have `venvs/NAME` there, others `venv`), rye's (`$RYE_HOME`: `tools/NAME`, `self/venv`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, data_dirs, matching, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="installers", summary="`installs` of mise (`$MISE_DATA_DIR`) and asdf (`$ASDF_DATA_DIR`), `$RYE_HOME`"
)
PLACES = (
    (re.compile(r"/(?:mise|rtx)/installs/[^/]+/[^/]+(?:/venv|/venvs/[^/]+)?$"), "mise"),
    (re.compile(r"/\.?asdf/installs/[^/]+/[^/]+(?:/venv|/venvs/[^/]+)?$"), "asdf"),
    (re.compile(r"/\.rye/(?:tools/[^/]+|self/venv)$"), "rye"),
)


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield what the installers keep."""
    mise = [variable(host, home, "MISE_DATA_DIR"), *(f"{data}/mise" for data in data_dirs(host, home))]
    asdf = [variable(host, home, "ASDF_DATA_DIR"), f"{home.path}/.asdf"]
    for manager, places in (("mise", mise), ("asdf", asdf)):
        for place in dict.fromkeys(item for item in places if item):
            for tool in matching(view, f"{place}/installs", r".+"):
                yield from _of_tool(view, tool, manager)
    for rye in dict.fromkeys(item for item in (variable(host, home, "RYE_HOME"), f"{home.path}/.rye") if item):
        yield from children(view, f"{rye}/tools", "rye")
        yield Candidate(path=f"{rye}/self/venv", manager="rye", name="rye itself")


def _of_tool(view: View, tool: str, manager: str) -> Iterator[Candidate | Unreadable]:
    for version in matching(view, tool, r".+"):
        yield Candidate(path=version, manager=manager)
        yield Candidate(path=f"{version}/venv", manager=manager)
        yield from children(view, f"{version}/venvs", manager)


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its place."""
    for pattern, manager in PLACES:
        if pattern.search(path):
            return Candidate(path=path, manager=manager)
    return None
