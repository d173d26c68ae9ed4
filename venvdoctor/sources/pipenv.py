"""pipenv's environments: `$WORKON_HOME`, else `$XDG_DATA_HOME/virtualenvs`; each names its project in `.project`.

Source: pipenv/utils/shell.py (`get_workon_home`), pipenv/utils/virtualenv.py (`do_create_virtualenv`).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, data_dirs, line_of, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="pipenv", summary="`$WORKON_HOME`, `$XDG_DATA_HOME/virtualenvs`, `.venv` beside a `Pipfile`")
HASHED = re.compile(r".+-[A-Za-z0-9_-]{8}(?:-.+)?")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield what pipenv keeps outside projects."""
    workon = variable(host, home, "WORKON_HOME")
    for folder in [f"{data}/virtualenvs" for data in data_dirs(host, home)]:
        for item in children(view, folder, "pipenv"):
            yield _with_project(view, item) if isinstance(item, Candidate) else item
    for place in (workon, f"{home.path}/.virtualenvs"):
        for item in children(view, place, "pipenv") if place else ():
            if isinstance(item, Candidate) and recognise(view, host, item.path):
                yield _with_project(view, item)


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its `.project` and hashed name, or as `.venv` beside a `Pipfile`."""
    parent, name = posixpath.split(path)
    if name == ".venv":
        return Candidate(path=path, manager="pipenv", project=parent) if there(view, f"{parent}/Pipfile") else None
    if not HASHED.fullmatch(name) or there(view, f"{path}/bin/postactivate") or not there(view, f"{path}/.project"):
        return None
    return _with_project(view, Candidate(path=path, manager="pipenv"))


def _with_project(view: View, item: Candidate) -> Candidate:
    project = line_of(view, f"{item.path}/.project")
    return Candidate(path=item.path, manager=item.manager, project=project) if project else item
