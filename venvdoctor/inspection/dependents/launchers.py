"""Commands on PATH that lead into an environment: links and scripts of pipx, uv tool, poetry, `pip install --user`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.dependents.grammar import unguarded
from venvdoctor.inspection.dependents.place import ACTIVATES, Spot, dependent, judge, named_by_shell
from venvdoctor.inspection.dependents.stranded import with_packages
from venvdoctor.inspection.launch import is_python, launch
from venvdoctor.inspection.shebang import HEAD
from venvdoctor.model.dependent import Dependent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places

SYSTEM = ("/usr/local/bin",)
_EXEC = re.compile(r"\s*(?:exec|source|\.)\s")
_SHELL = re.compile(rb"#!\s*/\S*\b(?:env\s+)?(?:ba|da|z|k)?sh\b")
VARIABLES = ("PIPX_BIN_DIR", "UV_TOOL_BIN_DIR", "XDG_BIN_HOME", "PIPX_GLOBAL_BIN_DIR")


def read(places: Places) -> Iterator[Dependent]:
    """Yield the commands that lead into an environment or start a Python by path."""
    directories = [path for _, path in places.below_homes(".local/bin", "bin", ".cargo/bin")]
    directories += [places.variable(name) for name in VARIABLES if places.variable(name).startswith("/")]
    for directory in dict.fromkeys([*directories, *SYSTEM]):
        if directory.rsplit("/", 1)[0] in places.environments:
            continue  # a virtualenv of /usr/local itself: its own scripts are read as such
        for name in places.names(directory):
            yield from _launcher(places, posixpath.join(directory, name))


def _launcher(places: Places, path: str) -> Iterator[Dependent]:
    view = places.shared.view
    try:
        target = posixpath.join(posixpath.dirname(path), view.readlink(path))
    except (OSError, ValueError):
        yield from _file(places, path)
        return
    found = dependent(places, Spot("launcher", path, posixpath.basename(path)), target)
    if found is not None and (found.state != "not-executable" or posixpath.basename(target) not in ACTIVATES):
        yield found  # a link to what is sourced needs no permission to be run


def _file(places: Places, path: str) -> Iterator[Dependent]:
    script = _script(places, path)
    if script is not None:
        yield script
        return
    for number, line in unguarded(_shell_text(places, path)):
        if _EXEC.match(line):
            spot = Spot("launcher", path, posixpath.basename(path), number, places.homes[0] if places.homes else "")
            yield from named_by_shell(places, spot, line)


def _shell_text(places: Places, path: str) -> str:
    """Return the text of a short shell script, as people write them around a program of an environment."""
    try:
        head = places.shared.view.read_head(path, HEAD)
    except (OSError, ValueError):
        return ""
    short = len(head) < HEAD and _SHELL.match(head) is not None
    return head.decode("utf-8", "surrogateescape") if short else ""


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
    script = Dependent(
        kind="launcher", path=path, name=reference.name, target=found.wanted, state=state, detail=detail,
        environment=reference.environment,
    )  # fmt: skip
    return with_packages(places, script)
