"""pre-commit's and prek's caches: `repo*/py_env-*` and `hooks/python-*`.

Source: pre_commit/store.py (`$PRE_COMMIT_HOME`, `$XDG_CACHE_HOME`), pre_commit/languages/python.py (`ENVIRONMENT_DIR`);
prek's documentation of `$PREK_HOME`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import cache_dirs, children, matching, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="pre-commit", summary="`$PRE_COMMIT_HOME`, `$XDG_CACHE_HOME/pre-commit`, `$PREK_HOME`")

INSIDE = re.compile(r"/repo[^/]*/(py_env-[^/]*)(?:/|\Z)")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the environments of Python hooks."""
    homes = [variable(host, home, "PRE_COMMIT_HOME"), *(f"{cache}/pre-commit" for cache in cache_dirs(host, home))]
    for place in dict.fromkeys(item for item in homes if item):
        for repository in matching(view, place, r"repo.+"):
            yield from children(view, repository, "pre-commit", match=r"(?:py_|conda)?env-|conda-")
            yield from _of_path(view, f"{repository}/py_env-")
    homes = [variable(host, home, "PREK_HOME"), *(f"{cache}/prek" for cache in cache_dirs(host, home))]
    for place in dict.fromkeys(item for item in homes if item):
        yield from children(view, f"{place}/hooks", "prek", match=r"python-")


def _of_path(view: View, place: str) -> Iterator[Candidate]:
    """Where `language_version` is a path, the environment lies as deep below `py_env-` as that path is long."""
    for _ in range(16):
        names = matching(view, place, r".+")
        if f"{place}/pyvenv.cfg" in names or len(names) != 1:
            yield Candidate(path=place, manager="pre-commit")
            return
        place = names[0]


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise one by its name in a repository's clone."""
    parent, name = posixpath.split(path)
    inside = INSIDE.search(path)
    if inside:
        return Candidate(path=path, manager="pre-commit", name=path[inside.start(1) :])
    mine = name.startswith("python-") and parent.endswith("/prek/hooks")
    return Candidate(path=path, manager="prek") if mine else None
