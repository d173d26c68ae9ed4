"""Where an environment was made, by the votes of its scripts and activate files, when that is not where it stands."""

from __future__ import annotations

import errno
import posixpath
from collections import Counter
from typing import TYPE_CHECKING

from venvdoctor.model.script import Former

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.script import ActivateFile, PlaceState, Script


def place_of(env: Environment, command: str, shared: Shared) -> tuple[str, PlaceState]:
    """Return the directory above the `bin` of a command, and what stands there now.

    `own` is decided by identity, so a link, a bind mount or another spelling of this environment is its own.
    """
    directory = posixpath.dirname(command)
    place = posixpath.normpath(posixpath.dirname(directory))
    store = shared.store("former")
    own = store.get(("bin", env.path))
    if own is None:
        own = store["bin", env.path] = _identity(shared, env.bin_dir)
    state: PlaceState | None = store.get(directory)
    if state is None:
        state = store[directory] = _state(shared, directory, place)
    if directory == env.bin_dir or (own is not None and store.get(("id", directory)) == own):
        return place, "own"
    return place, state


def _identity(shared: Shared, path: str) -> tuple[int, int] | None:
    try:
        status = shared.view.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _state(shared: Shared, directory: str, place: str) -> PlaceState:
    try:
        status = shared.view.stat(directory)
    except (OSError, ValueError) as error:
        absent = isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.ENOTDIR)
        return "gone" if absent else "undecided"
    shared.store("former")["id", directory] = (status.st_dev, status.st_ino)
    marked = any(shared.view.kind(f"{place}/{name}") in ("file", "dir") for name in ("pyvenv.cfg", "conda-meta"))
    return "environment" if marked else "installation"


def find_former(
    env: Environment, scripts: Sequence[Script], activates: Sequence[ActivateFile], made_at: str | None
) -> Former | None:
    """Return the place where most of the environment's files say that it stands, when it does not stand there.

    A single script that starts something else is no move: the activate files, `command`, or all of the scripts that
    installers wrote must agree. `command` alone decides nothing: it is history, and nothing reads it.
    """
    home = posixpath.dirname((env.cfg.first("home") if env.cfg else None) or "")
    votes: Counter[str] = Counter()
    for script in scripts:
        if (
            script.python
            and not script.outside
            and script.place_state in ("gone", "environment")
            and script.place != home
        ):
            votes[script.place] += 1
    for file in activates:
        if (
            file.names
            and not file.same
            and not file.relocatable
            and file.decided
            and (file.environment or not file.exists)
        ):
            votes[posixpath.normpath(file.names)] += 2
    if not votes:
        return None
    path = min(votes, key=lambda place: (-votes[place], place))
    stale = tuple(item.path for item in scripts if item.place == path and item.python and not item.outside)
    files = tuple(item.path for item in activates if item.names and posixpath.normpath(item.names) == path)
    command = made_at is not None and posixpath.normpath(made_at) == path
    settled = any(item.own and item.generated and not item.relative for item in scripts)
    if not files and not command and settled:
        return None
    other = any(item.place == path and item.place_state == "environment" for item in scripts)
    other = other or any(item.path in files and item.environment for item in activates)
    return Former(path=path, environment=other, scripts=stale, activates=files, command=command)
