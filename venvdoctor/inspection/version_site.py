"""A version directory outside environments (user site, `/usr/local`): its packages, and who would import them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.installations import find_installations
from venvdoctor.model.environment import Environment, LibDir, Startup, Unreadable

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Candidate
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.model.repair import Choice

NAME = re.compile(r"(?P<implementation>python|pypy|)(?P<series>\d+\.\d+)(?P<thread>t?)")
PACKAGE = re.compile(r"(?P<name>[^~].*?)(?:-[^-]*)?\.(?:dist-info|egg-info|egg-link)")
INNER = ("site-packages", "dist-packages", "lib/python/site-packages")


def read_version_site(candidate: Candidate, shared: Shared) -> Environment | None:
    """Return the facts of a version directory, None when it is none; total."""
    path = candidate.path.rstrip("/")
    match = NAME.fullmatch(posixpath.basename(path))
    if match is None or candidate.kind not in ("user-site", "global-site"):
        return None
    listed, unreadable = _listings(path, shared)
    packages = sorted(
        {found["name"] for names in listed.values() for name in names if (found := PACKAGE.fullmatch(name))}
    )
    interpreter = _reader(path, match, candidate, shared)
    try:
        real, status = shared.view.realpath(path), shared.view.stat(path)
    except OSError:
        return None
    return Environment(
        path=path,
        real=real,
        identity=(status.st_dev, status.st_ino),
        owner=status.st_uid,
        kind=candidate.kind,
        name=candidate.name or posixpath.basename(path),
        interpreter=interpreter,
        startup=_startup(interpreter, unreadable),
        recorded_version=match["series"],
        lib_dirs=tuple(_lib_dir(path, inner, names) for inner, names in listed.items()),
        unreadable=unreadable,
        extra={
            "packages": "\n".join(packages),
            "implementation": "pypy" if match["implementation"] == "pypy" else "cpython",
        },
    )


def _startup(interpreter: Interpreter | None, unreadable: tuple[Unreadable, ...]) -> Startup:
    if unreadable:
        return Startup(starts=None, reason=f"{unreadable[0].path} cannot be listed")
    return Startup(starts=interpreter is not None, reason="" if interpreter else "no interpreter of this version")


def _listings(path: str, shared: Shared) -> tuple[dict[str, list[str]], tuple[Unreadable, ...]]:
    """Return the names in each directory of packages that is there, and those that cannot be listed."""
    listed: dict[str, list[str]] = {}
    unreadable: list[Unreadable] = []
    for inner in INNER:
        place = f"{path}/{inner}"
        kind = shared.view.kind(place)
        if kind == "missing":
            continue
        try:
            listed[inner] = shared.view.listdir(place)
        except OSError as error:
            unreadable.append(Unreadable(path=place, reason=error.strerror or str(error)))
    return listed, tuple(unreadable)


def _lib_dir(path: str, inner: str, names: list[str]) -> LibDir:
    held = sum(1 for name in names if PACKAGE.fullmatch(name))
    return LibDir(name=posixpath.basename(path), path=f"{path}/{inner}", distributions=held, entries=len(names))


def _reader(path: str, match: re.Match[str], candidate: Candidate, shared: Shared) -> Interpreter | None:
    """Return an installed interpreter that adds the directory to its path, None when there is none.

    A user's site belongs to every interpreter of the implementation and series; `/usr/local/lib/pythonX.Y` only to
    those whose site.py names it (Debian's and Fedora's system Python, and one installed below `/usr/local`).
    """
    store = shared.store(__name__)
    if "installed" not in store:
        store["installed"] = find_installations(shared)
    installed: tuple[Choice, ...] = store["installed"]
    for choice in installed:
        file = choice.interpreter
        same = file.version is not None and file.version.series == match["series"]
        implementation = "pypy" if match["implementation"] == "pypy" else "cpython"
        if not same or file.implementation != implementation or ("t" in file.abi_flags) != bool(match["thread"]):
            continue
        if candidate.kind == "user-site" or _names(file, path):
            return file
    return None


def _names(file: Interpreter, path: str) -> bool:
    """Return whether the interpreter's own site directories are in the version directory, or it lives in its prefix."""
    inside = any(place.startswith(path + "/") for place in file.site_packages)
    system = file.prefix in ("/usr", "/usr/local")  # the distributions' patches add `/usr/local` in cases of their own
    return inside or (system and path.startswith("/usr/local/"))
