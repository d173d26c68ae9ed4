"""pyenv-virtualenv's environments: `versions/X.Y.Z/envs/NAME`, which `versions/NAME` links to.

Source: pyenv-virtualenv's bin/pyenv-virtualenv; `$PYENV_ROOT`, else `~/.pyenv`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, matching, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="pyenv-virtualenv", summary="`$PYENV_ROOT/versions/*/envs`, `~/.pyenv/versions/*/envs`")
PLACE = re.compile(r"/versions/[^/]+/envs/[^/]+$")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the environments below each version, then those that stand among the versions."""
    roots = (variable(host, home, "PYENV_ROOT"), f"{home.path}/.pyenv")
    for root in dict.fromkeys(item for item in roots if item):
        versions = matching(view, f"{root}/versions", r".+")
        for version in versions:
            if not there(view, f"{version}/conda-meta"):
                yield from children(view, f"{version}/envs", "pyenv-virtualenv")
        for version in versions:
            if not there(view, f"{version}/conda-meta"):
                yield Candidate(path=version, manager="pyenv-virtualenv")


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its place below a version."""
    mine = PLACE.search(path) and not there(view, f"{path}/conda-meta")
    return Candidate(path=path, manager="pyenv-virtualenv") if mine else None
