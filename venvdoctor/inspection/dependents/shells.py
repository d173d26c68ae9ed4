"""Shell start-up files and direnv: directories put on PATH, aliases, activations; and the PATH of the scan itself.

Only lines that name an environment that plainly is none any more say anything; a line guarded by a test is left alone.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.grammar import shell_paths, unguarded
from venvdoctor.inspection.dependents.place import Spot, dependent, environment_of, judge
from venvdoctor.inspection.launch import user_path, which
from venvdoctor.model.dependent import Dependent
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places

FILES = (
    ".bashrc", ".bash_profile", ".bash_login", ".bash_aliases", ".profile", ".zshrc", ".zprofile", ".zshenv", ".zlogin",
    ".kshrc", ".cshrc", ".tcshrc", ".config/fish/config.fish", ".xonshrc", ".xsessionrc", ".xprofile",
)  # fmt: skip


def read(places: Places) -> Iterator[Dependent]:
    """Yield the environments that start-up files name, and those first on the scan's own PATH."""
    for home, path in places.below_homes(*FILES):
        yield from _file(places, "shell", path, home)
    for home, folder in places.below_homes(".config/fish/conf.d"):
        for name in places.names(folder):
            if name.endswith(".fish"):
                yield from _file(places, "shell", f"{folder}/{name}", home)
    home = places.homes[0] if places.homes else ""
    for project in places.projects:
        if places.marked(project, ".envrc"):
            yield from _file(places, "direnv", f"{project}/.envrc", home)
    yield from _path(places)


def _file(places: Places, kind: str, path: str, home: str) -> Iterator[Dependent]:
    for number, line in unguarded(places.text(path) or "", fish=path.endswith(".fish")):
        for word in shell_paths(line, home):
            found = _named(places, kind, path, word, number)
            if found is not None:
                yield found


def _named(places: Places, kind: str, path: str, word: str, line: int) -> Dependent | None:
    """A directory put on PATH stands for the `python` in it; a file stands for itself."""
    target = f"{word}/python" if posixpath.basename(word.rstrip("/")) == "bin" else word
    if environment_of(places, target) is None:
        return None
    if posixpath.basename(target).startswith("activate"):
        target = f"{posixpath.dirname(target)}/python"
    spot = Spot("direnv" if kind == "direnv" else "shell", path, word, line)
    made = dependent(places, spot, target, certain=False)
    if made is None or made.state in ("ok", "undecided"):
        return made
    return replace(made, fallback=_answers(places, made.target))


def _answers(places: Places, target: str) -> str:
    """Return which program answers in the place of one that is gone."""
    gone = posixpath.dirname(target)
    rest = [part for part in user_path(places.shared) if part != gone]
    return which(places.shared, posixpath.basename(target), rest) or ""


def _path(places: Places) -> Iterator[Dependent]:
    """The PATH of the person who scans: an environment on it that is gone lets the next Python answer."""
    for directory in user_path(places.shared):
        target = f"{directory.rstrip('/')}/python"
        environment = environment_of(places, target) if directory.startswith("/") else None
        if environment is None:
            continue
        state, detail = judge(places, target)
        if state == "missing" and places.exists(directory):
            continue  # a directory of commands without an interpreter
        yield Dependent(
            kind="path", path=directory, name="PATH", target=target, state=state, detail=detail,
            environment=environment, certain=False, fallback=_answers(places, target),
        )  # fmt: skip
