"""Commands on PATH that lead into an environment: links and scripts of pipx, uv tool, poetry, `pip install --user`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.place import Spot, dependent, judge
from venvdoctor.inspection.launch import is_python, launch
from venvdoctor.model.dependent import Dependent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places

SYSTEM = ("/usr/local/bin",)
VARIABLES = ("PIPX_BIN_DIR", "UV_TOOL_BIN_DIR", "XDG_BIN_HOME", "PIPX_GLOBAL_BIN_DIR")


def read(places: Places) -> Iterator[Dependent]:
    """Yield the commands that lead into an environment or start a Python by path."""
    directories = [path for _, path in places.below_homes(".local/bin", "bin", ".cargo/bin")]
    directories += [places.variable(name) for name in VARIABLES if places.variable(name).startswith("/")]
    for directory in dict.fromkeys([*directories, *SYSTEM]):
        if directory.rsplit("/", 1)[0] in places.environments:
            continue  # a virtualenv of /usr/local itself: its own scripts are read as such
        for name in places.names(directory):
            found = _launcher(places, posixpath.join(directory, name))
            if found is not None:
                yield found


def _launcher(places: Places, path: str) -> Dependent | None:
    view = places.shared.view
    try:
        target = posixpath.join(posixpath.dirname(path), view.readlink(path))
    except (OSError, ValueError):
        return _script(places, path)
    return dependent(places, Spot("launcher", path, posixpath.basename(path)), target)


def _script(places: Places, path: str) -> Dependent | None:
    """A regular file: the copy that pipx makes where links cannot be made, or a script of `pip install --user`."""
    found = launch(places.shared, path)
    if found.kind not in ("shebang", "trampoline") or not found.wanted.startswith("/") or " " in found.interpreter:
        return None
    if not is_python(found.wanted) or found.problem == "not-executable":
        return None
    reference = dependent(places, Spot("launcher", path, posixpath.basename(path)), found.wanted)
    state, detail = judge(places, path)
    if reference is None:
        return None
    return Dependent(
        kind="launcher", path=path, name=reference.name, target=found.wanted, state=state, detail=detail,
        environment=reference.environment,
    )  # fmt: skip
