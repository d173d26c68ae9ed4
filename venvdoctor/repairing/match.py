"""Which Python an environment's packages were installed for, and which installed interpreters take them as they are."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.model.environment import Environment, LibDir
    from venvdoctor.model.interpreter import Implementation, Interpreter, PythonVersion
    from venvdoctor.model.repair import Choice, Workshop

_NUMBER = re.compile(r"[0-9]{1,9}")  # `isdigit` takes more than `int` does
_LIB_DIR = re.compile(r"(python|pypy)(\d+)\.(\d+)(t?)\Z")


class Wanted(NamedTuple):
    """The Python that an environment's packages belong to: `lib/python3.13t` wants CPython 3.13, free-threaded."""

    implementation: Implementation
    series: tuple[int, int]
    free_threaded: bool = False

    @property
    def text(self) -> str:
        """How people say it."""
        kind = "PyPy" if self.implementation == "pypy" else "Python"
        return f"{kind} {self.series[0]}.{self.series[1]}{' free-threaded' if self.free_threaded else ''}"

    @property
    def lib_dir(self) -> str:
        """Name of the directory below `lib` that it reads."""
        stem = "pypy" if self.implementation == "pypy" else "python"
        return f"{stem}{self.series[0]}.{self.series[1]}{'t' if self.free_threaded else ''}"


def wanted(env: Environment) -> Wanted | None:
    """Return the Python that most of the packages belong to; without packages, the recorded one; None: nothing says."""
    recorded = _recorded(env)
    filled = [lib for lib in env.lib_dirs if lib.distributions and _LIB_DIR.match(lib.name)]
    if recorded and any(lib.name == recorded.lib_dir for lib in filled):
        return recorded
    if filled:
        return _of_lib_dir(max(filled, key=lambda lib: (lib.distributions, lib.name)))
    if recorded:
        return recorded
    named = [lib for lib in env.lib_dirs if _LIB_DIR.match(lib.name)]
    return _of_lib_dir(named[-1]) if len(named) == 1 else None


def fits(interpreter: Interpreter, want: Wanted) -> bool:
    """Whether an interpreter reads the packages as they are: same implementation, minor version and threading."""
    version = interpreter.version
    return (
        version is not None
        and not interpreter.faults
        and interpreter.prefix is not None
        and interpreter.implementation == want.implementation
        and (version.major, version.minor) == want.series
        and ("t" in interpreter.abi_flags) == want.free_threaded
    )


def choose(workshop: Workshop, want: Wanted, env: Environment) -> Choice | None:
    """Return the interpreter to use: the user's choice if it fits, else the one that is most like the former."""
    offered: Iterable[Choice] = (workshop.chosen,) if workshop.chosen else workshop.interpreters
    good = [choice for choice in offered if is_outside(choice, env) and fits(choice.interpreter, want)]
    return min(
        (choice for choice in good if "d" not in choice.interpreter.abi_flags),
        key=lambda choice: unlikeness(choice, env),
        default=None,
    )


def is_outside(choice: Choice, env: Environment) -> bool:
    """Whether an interpreter is none of the environment's own files."""
    return choice.path != env.real and not choice.path.startswith((env.real + "/", env.path + "/"))


def unlikeness(choice: Choice, env: Environment) -> tuple[bool, int]:
    """Rank interpreters that serve equally well: none that will be cleaned away, then whoever provided the former.

    Who provided it is told by the path alone, for the file is gone: what lies below the same directories
    (`~/.pyenv/versions`, `/usr/bin`) was put there by the same hand. The rest of the order is the workshop's.
    """
    passing = choice.path.startswith(("/tmp/", "/var/tmp/", "/dev/shm/", "/run/")) or "/.cache/" in choice.path  # noqa: S108
    home = env.cfg.first("home") if env.cfg else None
    former = [hop.target for hop in (env.python.hops if env.python else ()) if hop.target and hop.target[0] == "/"]
    places = [*former, *([home] if home and home[0] == "/" else [])]
    return passing, -max((_common(choice.path, place) for place in places), default=0)


def _common(one: str, other: str) -> int:
    """Return how many leading directories two paths share."""
    count = 0
    for left, right in zip(one.split("/")[1:-1], other.split("/")[1:], strict=False):
        if left != right:
            break
        count += 1
    return count


def relative(env: Environment, path: str) -> str:
    """Return a path of the environment relative to its root."""
    return posixpath.relpath(path, env.path)


def _recorded(env: Environment) -> Wanted | None:
    parts = (env.recorded_version or "").split(".")
    if len(parts) < 2 or not (_NUMBER.fullmatch(parts[0]) and _NUMBER.fullmatch(parts[1])):
        return None
    named = ((env.cfg.get("implementation") or "") if env.cfg else "").lower()
    series = int(parts[0]), int(parts[1])
    pypy = named == "pypy" or (not named and any(lib.name.startswith("pypy") for lib in env.lib_dirs))
    threads = any(lib.name == f"python{series[0]}.{series[1]}t" for lib in env.lib_dirs)
    return Wanted("pypy" if pypy else "cpython", series, threads)


def _of_lib_dir(lib: LibDir) -> Wanted | None:
    match = _LIB_DIR.match(lib.name)
    if match is None:
        return None
    implementation: Implementation = "pypy" if match[1] == "pypy" else "cpython"
    return Wanted(implementation, (int(match[2]), int(match[3])), match[4] == "t")


def allows(requires_python: str, version: PythonVersion) -> bool:
    """Whether a Requires-Python admits a version; one that nobody can parse admits all, as pip has it."""
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - only a repair compares versions

    if not requires_python:
        return True
    try:
        return SpecifierSet(requires_python).contains(version.text, prereleases=True)
    except ValueError:  # InvalidSpecifier, or a number too long to compare
        return True
