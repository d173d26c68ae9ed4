"""Git hooks: the interpreter that pre-commit wrote into them, and hooks that are Python scripts themselves.

Sources: pre-commit's hook-tmpl (INSTALL_PYTHON, then `pre-commit` on PATH), githooks(5), gitrepository-layout(5).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.place import Spot, dependent, with_module
from venvdoctor.inspection.launch import DEFAULT_PATH, is_python, launch, user_path, which
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

_INSTALLED = re.compile(r"^INSTALL_PYTHON[ \t]*=([^\n]*)", re.MULTILINE)
_PARENTS = 3  # an environment may lie a few directories below the repository's root


def read(places: Places) -> Iterator[Dependent]:
    """Yield the interpreters of the hooks of every repository beside an environment."""
    seen: set[str] = set()
    for project in places.projects:
        folder = _hooks(places, project)
        if folder is None or folder in seen:
            continue
        seen.add(folder)
        for name in places.names(folder):
            if not name.endswith(".sample"):
                yield from _hook(places, f"{folder}/{name}", name)


def _hooks(places: Places, project: str) -> str | None:
    """Return the hooks directory of the repository that holds `project`; worktrees share their main one's."""
    for _ in range(_PARENTS):
        git = f"{project}/.git"
        kind = _kind(places, git) if project not in places.projects or places.marked(project, ".git") else "missing"
        if kind == "dir":
            return f"{git}/hooks"
        if kind == "file":
            return _worktree(places, project, places.text(git, 1 << 14) or "")
        project = posixpath.dirname(project)
    return None


def _kind(places: Places, git: str) -> str:
    """Return what is there; many projects share the directories above them."""
    store = places.shared.store("git")
    if git not in store:
        store[git] = places.shared.view.kind(git)
    return str(store[git])


def _worktree(places: Places, project: str, text: str) -> str | None:
    match = re.match(r"gitdir:\s*(.+)", text)
    if match is None:
        return None
    git = posixpath.join(project, match.group(1).strip())
    common = (places.text(f"{git}/commondir", 1 << 14) or ".").strip()
    return posixpath.normpath(posixpath.join(git, common, "hooks"))


def _hook(places: Places, path: str, name: str) -> Iterator[Dependent]:
    started = launch(places.shared, path)
    if started.problem == "not-executable":
        return  # git ignores it
    if started.wanted.startswith("/") and is_python(started.wanted):
        found = dependent(places, Spot("git-hook", path, name), started.wanted)
        if found is not None:
            yield found
    text = places.text(path, 1 << 16) or ""
    match = _INSTALLED.search(text)
    if match is None:
        return
    line = text.count("\n", 0, match.start()) + 1
    found = dependent(places, Spot("git-hook", path, name, line), match.group(1).strip().strip("'\""))
    if found is not None:
        other = which(places.shared, "pre-commit", (*user_path(places.shared), *DEFAULT_PATH))
        found = with_module(places, found, "pre_commit")
        yield replace(found, fallback=other or "", certain=other is None and bool(user_path(places.shared)))
