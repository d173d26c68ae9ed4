"""Every interpreter that is installed on the machine, whoever installed it, each under its most lasting name."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.model.repair import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.host import Home
    from venvdoctor.model.interpreter import Interpreter

NAME = re.compile(r"(?:python(?:3(?:\.\d{1,2}[td]{0,2})?)?|pypy(?:3(?:\.\d{1,2})?)?|graalpy(?:\d[\d.]*)?)(?:\.exe)?\Z")
SYSTEM_BINS = (
    "/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin", "/opt/local/bin",
    "/run/current-system/sw/bin", "/run/current-system/profile/bin", "/snap/bin",
)  # fmt: skip
# Directories that hold one installation per entry, `*/bin/python3` below each; `~` is a home.
COLLECTIONS = (
    "/opt", "/opt/python", "/usr/local/python", "/opt/hostedtoolcache/Python/*", "/opt/hostedtoolcache/PyPy/*",
    "/Library/Frameworks/Python.framework/Versions", "/Library/Frameworks/PythonT.framework/Versions",
    "/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt",
    "/usr/local/pyenv/versions", "/opt/pyenv/versions", "/opt/rh/*/root",
    "~/.pyenv/versions", "~/.local/share/uv/python", "~/.rye/py", "~/.asdf/installs/python",
    "~/.local/share/mise/installs/python", "~/.local/share/hatch/pythons", "~/.local/share/pdm/python",
    "~/.local/share/pypoetry/python", "~/.local/share/pipx/py", "~/.local/pipx/py", "~/.proto/tools/python", "~/opt",
    "~/Library/Application Support/hatch/pythons", "~/Library/Application Support/uv/python",
)  # fmt: skip
HOME_BINS = ("~/.local/bin", "~/bin", "~/.nix-profile/bin", "~/.guix-profile/bin", "~/.local/python/bin")
CONDA_ROOTS = ("miniconda3", "miniconda", "anaconda3", "anaconda", "miniforge3", "mambaforge", "micromamba", ".conda")
# Variables that move a collection: (variable, what stands below it).
MOVED = (
    ("UV_PYTHON_INSTALL_DIR", ""), ("PYENV_ROOT", "/versions"), ("ASDF_DATA_DIR", "/installs/python"),
    ("MISE_DATA_DIR", "/installs/python"), ("RYE_HOME", "/py"), ("PROTO_HOME", "/tools/python"), ("PIPX_HOME", "/py"),
    ("HATCH_DATA_DIR", "/pythons"), ("XDG_DATA_HOME", "/uv/python"), ("XDG_DATA_HOME", "/mise/installs/python"),
    ("XDG_DATA_HOME", "/hatch/pythons"), ("XDG_DATA_HOME", "/pdm/python"), ("XDG_DATA_HOME", "/pypoetry/python"),
    ("HOMEBREW_PREFIX", "/opt"), ("RUNNER_TOOL_CACHE", "/Python/*"), ("AGENT_TOOLSDIRECTORY", "/Python/*"),
)  # fmt: skip
MAX_ENTRIES = 2000  # of one directory


def find_installations(shared: Shared) -> tuple[Choice, ...]:
    """Return every installed interpreter that is known to be a Python, the newest first, once per real file.

    Looked through: PATH, the system's directories, and every place where a manager keeps interpreters, moved by its
    variables. Shims, wrapper scripts and the interpreters of environments are none.
    """
    names: dict[str, list[str]] = {}
    for place in dict.fromkeys(_bins(shared)):
        for path in _pythons(place, shared):
            real = _real(path, shared)
            if real is not None:  # an activated environment leads to an installation, and is no name that lasts
                names.setdefault(real, []).extend([] if _in_environment(path, shared) else [path])
    found = [_choice(real, paths, shared) for real, paths in names.items() if not _in_environment(real, shared)]
    able = [choice for choice in found if choice.interpreter.implementation and choice.interpreter.version]
    return tuple(_one_per_directory(sorted(able, key=_order)))


def _one_per_directory(choices: Iterable[Choice]) -> Iterator[Choice]:
    """Yield each build once: some archives hold `python`, `python3` and `python3.12` as files of their own."""
    seen: dict[tuple[object, ...], Choice] = {}
    for choice in choices:
        file = choice.interpreter
        key = (posixpath.dirname(file.executable), file.version, file.implementation, file.abi_flags, bool(file.faults))
        known = seen.get(key)
        if known is None or len(posixpath.basename(choice.path)) > len(posixpath.basename(known.path)):
            seen[key] = choice
    yield from seen.values()


def _order(choice: Choice) -> tuple[bool, bool, tuple[int, ...], str]:
    version = choice.interpreter.version
    numbers = tuple(-part for part in (version.major, version.minor, version.micro or 0)) if version else ()
    return bool(choice.interpreter.faults), choice.interpreter.implementation != "cpython", numbers, choice.path


def _bins(shared: Shared) -> Iterator[str]:
    """Yield the directories that may hold interpreters."""
    host = shared.host
    yield from SYSTEM_BINS
    for collection in COLLECTIONS:
        for place in _spread(collection, shared):
            yield from _members(place, shared)
    for variable, below in MOVED:
        value = host.environ.get(variable, "").rstrip("/")
        if value.startswith("/"):
            for place in _expand(value + below, shared):
                yield from _members(place, shared)
    for home in host.homes:
        yield from (home.path.rstrip("/") + pattern[1:] for pattern in HOME_BINS)
        yield from (f"{home.path.rstrip('/')}/{name}/bin" for name in CONDA_ROOTS)
    yield from (f"/opt/{name}/bin" for name in CONDA_ROOTS)
    roots = [host.environ.get(name, "") for name in ("CONDA_ROOT", "MAMBA_ROOT_PREFIX")]
    yield from (root.rstrip("/") + "/bin" for root in roots if root.startswith("/"))
    yield from (part.rstrip("/") for part in host.environ.get("PATH", "").split(":") if part.startswith("/"))


def _spread(pattern: str, shared: Shared) -> Iterator[str]:
    """Yield the directories that a pattern means for every home."""
    homes: tuple[Home, ...] = shared.host.homes
    for path in [home.path.rstrip("/") + pattern[1:] for home in homes] if pattern.startswith("~") else [pattern]:
        yield from _expand(path, shared)


def _expand(pattern: str, shared: Shared) -> Iterator[str]:
    """Yield the directories of a pattern; `*` is one level."""
    head, star, tail = pattern.partition("/*")
    if not star:
        yield pattern
        return
    for name in _list(head, shared):
        yield from _expand(f"{head}/{name}{tail}", shared)


def _members(collection: str, shared: Shared) -> Iterator[str]:
    """Yield `bin` of every installation in a collection; hatch and software collections keep theirs further down."""
    for name in _list(collection, shared):
        yield f"{collection}/{name}/bin"
        yield f"{collection}/{name}/python/bin"
        yield f"{collection}/{name}/usr/bin"


def _pythons(place: str, shared: Shared) -> Iterator[str]:
    for name in _list(place, shared):
        if NAME.match(name):
            yield f"{place}/{name}"


def _list(path: str, shared: Shared) -> list[str]:
    try:
        return shared.view.listdir(path)[:MAX_ENTRIES]
    except (OSError, ValueError):
        return []


def _real(path: str, shared: Shared) -> str | None:
    """Return the canonical path of an executable file, None for anything else."""
    try:
        real = shared.view.realpath(path)
        mode = shared.view.stat(real).st_mode
    except (OSError, ValueError):
        return None
    return real if mode & 0o111 and mode & 0o170000 == 0o100000 else None


def _in_environment(path: str, shared: Shared) -> bool:
    """Whether a file (a copy) or a link lies in an environment; PATH often names an activated one."""
    directory = posixpath.dirname(path)
    return any(shared.view.kind(f"{place}/pyvenv.cfg") == "file" for place in (directory, posixpath.dirname(directory)))


def _choice(real: str, paths: Sequence[str], shared: Shared) -> Choice:
    interpreter = read_interpreter(real, shared)
    able = [path for path in paths if _is_a_home(posixpath.dirname(path), interpreter, shared)]
    return Choice(path=_most_lasting(real, able), interpreter=interpreter)


def _is_a_home(folder: str, interpreter: Interpreter, shared: Shared) -> bool:
    """Whether an environment that names this `bin` finds the standard library: above it, or where PREFIX says.

    Many put a link to a relocatable build into a `bin` of their own (CPython: Modules/getpath.py).
    """
    prefix, stdlib = interpreter.compiled_prefix, interpreter.stdlib
    if prefix is None or stdlib is None or interpreter.implementation != "cpython":
        return True
    inner = "/".join(stdlib.split("/")[-2:])  # lib/python3.12, or lib64
    places = [f"{place}/{inner}" for place in (posixpath.dirname(folder), prefix)]
    return _canonical(stdlib, shared) in [_canonical(place, shared) for place in places]


def _canonical(path: str, shared: Shared) -> str | None:
    try:
        return shared.view.realpath(path)
    except (OSError, ValueError):
        return None


def _most_lasting(real: str, paths: list[str]) -> str:
    """Return the name to link to: it says X.Y, lies in no directory of one patch level, and in nobody's own `bin`."""

    def rank(path: str) -> tuple[bool, bool, bool, bool, int]:
        patch_level = bool(re.search(r"\d+\.\d+\.\d+", posixpath.dirname(path)))
        says_series = bool(re.search(r"\d\.\d", posixpath.basename(path)))
        return patch_level, not says_series, "/.local/bin/" in path, path != real, len(path)

    return min(dict.fromkeys([*paths, real]), key=rank)
