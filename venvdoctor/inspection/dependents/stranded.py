"""Commands of `pip install --user` and `sudo pip install` that an upgrade cut off from their packages.

Their first line names `python3`, which is another version now; their packages stay in the directory of the old one.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.chain import walk
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.owners import reaches
from venvdoctor.inspection.scripts import entry_module
from venvdoctor.inspection.shebang import HEAD
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.interpreter import Interpreter

_SITES = ("site-packages", "dist-packages")


def with_packages(places: Places, script: Dependent) -> Dependent:
    """Say so when the interpreter that a script starts does not see the package it was written for.

    Only where that package plainly lies in another version's directory, and nothing brings it from elsewhere.
    """
    if script.state != "ok" or script.environment is not None:
        return script
    try:
        module = entry_module(places.shared.view.read_head(script.path, HEAD)).partition(".")[0]
    except (OSError, ValueError):
        return script
    left = _left_behind(places, script.path, module) if module else {}
    interpreter = _interpreter(places, script.target) if left else None
    if interpreter is None or interpreter.version is None:
        return script
    prefix = "pypy" if interpreter.implementation == "pypy" else "python"
    name = f"{prefix}{interpreter.version.series}{'t' if 't' in interpreter.abi_flags else ''}"
    if name in left or _may_see(places, interpreter, name, module):
        return script
    kind = "PyPy" if prefix == "pypy" else "Python"
    return replace(
        script,
        state="module-stranded",
        detail=module,
        environment=left[max(left)],
        fallback=f"{kind} {interpreter.version.text}",
    )


def _left_behind(places: Places, path: str, module: str) -> dict[str, str]:
    """Return the version directories beside a `bin` whose packages hold a module, by name."""
    library = posixpath.join(posixpath.dirname(posixpath.dirname(path)), "lib")
    return {
        version: f"{library}/{version}"
        for version in places.names(library)
        if version.startswith(("python", "pypy")) and any(character.isdigit() for character in version)
        if any(_holds(module, places.names(f"{library}/{version}/{site}")) for site in _SITES)
    }


def _interpreter(places: Places, path: str) -> Interpreter | None:
    chain = walk(places.shared.view, path)
    return read_interpreter(chain.real, places.shared) if chain.end == "file" and chain.real is not None else None


def _may_see(places: Places, interpreter: Interpreter, name: str, module: str) -> bool:
    """Whether the module is in any directory that the interpreter reads, or something brings modules from elsewhere."""
    if interpreter.stdlib is None or not interpreter.site_packages:
        return True  # nobody can tell
    places_read = [*_read_by(places, interpreter, name)]
    if _holds(module, places.names(interpreter.stdlib)):
        return True
    listed = [places.names(place) for place in places_read]
    return any(_holds(module, names) or any(reaches(item) for item in names) for names in listed)


def _read_by(places: Places, interpreter: Interpreter, name: str) -> Iterator[str]:
    yield from interpreter.site_packages
    for home in places.homes:
        yield f"{home.rstrip('/')}/.local/lib/{name}/site-packages"


def _holds(module: str, names: list[str]) -> bool:
    return any(item == module or item.startswith(f"{module}.") for item in names)
