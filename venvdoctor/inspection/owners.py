"""Which distribution owns a script, and whether the module that a script imports is anywhere on its path.

Asked only about scripts that something is wrong with: reading every RECORD costs more than all of `bin`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.script import Script

RECORD_LIMIT = 16 << 20
_IN_BIN = re.compile(rb'^"?(?:\.\.[/\\])+(?:bin|Scripts)[/\\]([^",/\\\n]+)', re.MULTILINE)
_IN_CONDA = re.compile(rb'"(?:bin|Scripts)/([^"\\/]+)"')
_HARMLESS = ("distutils-precedence.pth", "_virtualenv.pth", "pipx_shared.pth", "a1_coverage.pth")


def module_found(env: Environment, name: str, shared: Shared) -> bool:
    """Return False only when a top-level module is plainly on none of the interpreter's directories.

    An interpreter that does not start, a drift, or a `.pth` file that runs code (editable finders) leaves it True:
    then nobody can tell, or another finding says it.
    """
    if not env.startup.starts or not env.startup.site_dirs:
        return True
    places = [
        env.bin_dir,  # sys.path[0]
        *env.startup.site_dirs,
        *env.startup.global_site_dirs,
        *((env.startup.stdlib,) if env.startup.stdlib else ()),
    ]
    read = False
    for place in places:
        names = _listing(shared, place)
        read = read or (names is not None and place in env.startup.site_dirs)
        if names and (name in names or name in _stems(shared, place, names)):
            return True
    return not read


def reaches(name: str) -> bool:
    """Return whether a file may bring modules from elsewhere."""
    return (name.endswith(".pth") and name not in _HARMLESS) or name.endswith((".egg-link", ".egg"))


def _stems(shared: Shared, place: str, names: Iterable[str]) -> Container[str]:
    """Return the names of modules that a directory has beside its packages: any name at all where a file reaches on."""
    store = shared.store("owners")
    found: Container[str] | None = store.get(("stems", place))
    if found is None:
        stems = (name.split(".", 1)[0] for name in names if "." in name and "-" not in name)
        found = store["stems", place] = _Any() if any(map(reaches, names)) else frozenset(stems)
    return found


class _Any:
    """Holds whatever it is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


def _listing(shared: Shared, place: str) -> frozenset[str] | None:
    store = shared.store("owners")
    if place not in store:
        try:
            store[place] = frozenset(shared.view.listdir(place))
        except (OSError, ValueError):
            store[place] = None
    found: frozenset[str] | None = store[place]
    return found


def owners_of(env: Environment, scripts: Sequence[Script], shared: Shared) -> list[Script]:
    """Return the scripts, with the owner of those that something is wrong with."""
    wanted = {posixpath.basename(item.path) for item in scripts if _sick(item)}
    if not wanted:
        return list(scripts)
    owners: dict[str, str] = {}
    for lib in env.lib_dirs:
        _read_records(lib.path, wanted, owners, shared)
    if env.kind == "conda":
        _read_conda(f"{env.path.rstrip('/')}/conda-meta", wanted, owners, shared)
    return [
        replace(item, distribution=owners.get(posixpath.basename(item.path))) if _sick(item) else item
        for item in scripts
    ]


def _read_conda(meta: str, wanted: set[str], owners: dict[str, str], shared: Shared) -> None:
    """Conda writes the commands of a package into its record, not into RECORD."""
    for name in sorted(_listing(shared, meta) or ()):
        if name.endswith(".json"):
            _note(f"{meta}/{name}", _IN_CONDA, name.rsplit("-", 2)[0], wanted, owners, shared)


def _sick(script: Script) -> bool:
    if (script.kind == "data" and script.problem != "zeros") or script.problem == "undecided":
        return False  # a file that is not meant to be run, or that nobody can tell anything about
    return bool(script.problem) or script.module_missing or script.place_state == "environment"


def _read_records(site: str, wanted: set[str], owners: dict[str, str], shared: Shared) -> None:
    for name in sorted(_listing(shared, site) or ()):
        if name.endswith(".dist-info") and not name.startswith("~"):
            _note(f"{site}/{name}/RECORD", _IN_BIN, name.split("-", 1)[0], wanted, owners, shared)


def _note(  # noqa: PLR0917 - one place reads both kinds of record
    path: str, pattern: re.Pattern[bytes], owner: str, wanted: set[str], owners: dict[str, str], shared: Shared
) -> None:
    """Note the scripts that a record names, for those that somebody asks for."""
    try:
        data = shared.view.read(path, RECORD_LIMIT)
    except (OSError, ValueError):
        return
    for raw in pattern.findall(data):
        script = raw.decode("utf-8", "surrogateescape")
        if script in wanted:
            owners.setdefault(script, owner)
