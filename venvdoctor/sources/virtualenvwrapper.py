"""virtualenvwrapper's home: `$WORKON_HOME`, else `~/.virtualenvs`.

Source: virtualenvwrapper.sh (`virtualenvwrapper_derive_workon_home`); its hooks `bin/postactivate`, `.project`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, line_of, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="virtualenvwrapper", summary="`$WORKON_HOME`, `~/.virtualenvs`")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield what `workon` lists."""
    for folder in dict.fromkeys((variable(host, home, "WORKON_HOME"), f"{home.path}/.virtualenvs")):
        for item in children(view, folder, "virtualenvwrapper") if folder else ():
            pipenv = isinstance(item, Candidate) and _is_pipenv(view, item.path)
            if not pipenv:
                yield _with_project(view, item) if isinstance(item, Candidate) else item


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by the hooks that mkvirtualenv puts beside its interpreter."""
    if not there(view, f"{path}/bin/postactivate") or not there(view, f"{path}/bin/predeactivate"):
        return None
    return _with_project(view, Candidate(path=path, manager="virtualenvwrapper"))


def _is_pipenv(view: View, path: str) -> bool:
    """Return whether pipenv (which uses `$WORKON_HOME` too) made it: it writes `.project` and no hooks."""
    return there(view, f"{path}/.project") and not there(view, f"{path}/bin/postactivate")


def _with_project(view: View, item: Candidate) -> Candidate:
    project = line_of(view, f"{item.path}/.project")
    return Candidate(path=item.path, manager=item.manager, project=project) if project else item
