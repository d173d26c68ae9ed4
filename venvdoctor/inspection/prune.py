"""What the walk leaves out, and how closely it looks.

Left out entirely is only what a program fills by itself, in a form that has no room for an environment:

* an environment's own directories (`bin`, `include`, `lib/pythonX.Y` …; a conda environment's whole installation),
* `__pycache__`, `lost+found`, mypy's, ruff's and pytest's caches,
* the fan-out directories (one or two hexadecimal digits) of git's objects and of pip's, npm's and Go's caches,
* what uv's cache and conda's package cache unpack (the roots of uv's archives are looked at: some are environments),
* the storage of container engines (each layer is a piece of another system; `--sysroot` is for those).

Asked by name only: packages in `node_modules`. One is entered when it has a `node_modules` of its own, something by an
environment's usual names, or is an environment (`ASKED`); in it, only those and other usual names are entered, or
everything when it looks like a Python project too. An environment by any other name in any other package is not seen
unless its path is given.
"""

from __future__ import annotations

import enum
import re

DOT_VENV = ".venv"
HEX = frozenset("0123456789abcdef")
NEVER = frozenset({"__pycache__", "lost+found", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
OWN = NEVER | {"bin", "Scripts", "include", "Include", "lib64", "conda-meta"}
CONDA_OWN = OWN | {
    "lib",
    "lib32",
    "libexec",
    "sbin",
    "share",
    "etc",
    "ssl",
    "man",
    "var",
    "Library",
    "DLLs",
    "Lib",
    "libs",
}
USUAL = frozenset(
    {".venv", "venv", ".env", "env", ".virtualenv", "virtualenv", ".tox", ".nox", ".direnv", ".pixi", ".cache"}
)
PYTHON_PROJECT = frozenset({"pyproject.toml", "requirements.txt", "setup.py", "Pipfile"})
NOTABLE = PYTHON_PROJECT | {"pyvenv.cfg", "bin", "lib", "HEAD", DOT_VENV, "urls.txt", "urls", "CACHEDIR.TAG"}
ASKED = ("node_modules", ".venv", "venv", "env", "pyvenv.cfg")
STORES = {"content-v2": "_cacache", "index-v5": "_cacache", "http": "pip", "http-v2": "pip", "go-build": ".cache"}
CONTAINERS = {  # directory → how its parent's path ends
    "storage": ("/share/containers", "/var/lib/containers"),
    "docker": ("/var/lib", "/.local/share"),
    "containerd": ("/var/lib",),
}
UV_PRIVATE = re.compile(r"(?:wheels|simple|interpreter|flat-index|binaries)-v\d+$")
UV_ARCHIVE = re.compile(r"archive-v\d+$")


class Look(enum.Enum):
    """How a directory is looked at."""

    PLAIN = enum.auto()
    ENVIRONMENT = enum.auto()  # an environment's root
    LIBRARY = enum.auto()  # its lib
    GIT = enum.auto()  # a repository: HEAD, objects, refs
    STORE = enum.auto()  # files by their hash
    PACKAGES = enum.auto()  # node_modules, or a scope in it
    PACKAGE = enum.auto()  # a package in it
    UV_CACHE = enum.auto()
    UV_ARCHIVES = enum.auto()  # archive-v0: unpacked wheels and environments, by hash
    UV_ARCHIVE = enum.auto()  # one of them


def child_look(look: Look, prefix: str, name: str) -> Look:
    """Return how to look at `name` in `prefix` (which ends with a slash), a directory looked at as `look`."""
    if look in _FIXED:
        return _FIXED[look]
    if look is Look.ENVIRONMENT and name in ("lib", "Lib"):
        return Look.LIBRARY
    if look is Look.PACKAGES and name not in USUAL:
        return Look.PACKAGES if name.startswith("@") or name in (".pnpm", "node_modules") else Look.PACKAGE
    if name == "node_modules":
        return Look.PACKAGES
    if (look is Look.GIT and name == "objects") or (name in STORES and prefix.endswith(f"/{STORES[name]}/")):
        return Look.STORE
    if look is Look.UV_CACHE and UV_ARCHIVE.match(name):
        return Look.UV_ARCHIVES
    return Look.PLAIN


_FIXED = {Look.LIBRARY: Look.PLAIN, Look.STORE: Look.STORE, Look.UV_ARCHIVES: Look.UV_ARCHIVE}


def children_of(look: Look, path: str, names: list[str], notable: set[str]) -> list[str]:
    """Return the directories to go into, in the given order."""
    if look is Look.PLAIN:
        return _plain(path, names, notable)
    if look is Look.ENVIRONMENT:
        own = CONDA_OWN if "conda-meta" in names else OWN
        return [name for name in names if name not in own]
    if look is Look.LIBRARY:
        return [name for name in names if not name.startswith(("python", "pypy")) and name != "site-packages"]
    if look is Look.STORE:
        return [name for name in names if len(name) > 2 or not HEX.issuperset(name)]
    if look is Look.PACKAGE and not (notable.intersection(ASKED) or any(name in ASKED for name in names)):
        return []
    if look is Look.PACKAGE and PYTHON_PROJECT.isdisjoint(notable):
        return [name for name in names if name in USUAL or name == "node_modules"]
    if look is Look.UV_CACHE:
        return [name for name in names if not UV_PRIVATE.match(name)]
    return [] if look is Look.UV_ARCHIVE else names


def refined(look: Look, names: list[str], notable: set[str]) -> Look:
    """Return how to look at a plain directory now that its names are known."""
    if look is not Look.PLAIN:
        return look
    if "HEAD" in notable and "objects" in names and "refs" in names:
        return Look.GIT
    if "CACHEDIR.TAG" in notable and any(UV_ARCHIVE.match(name) for name in names):
        return Look.UV_CACHE
    return look


def _plain(path: str, names: list[str], notable: set[str]) -> list[str]:
    """Return the directories of an ordinary directory that are gone into."""
    if path.endswith("/pkgs") and not notable.isdisjoint(("urls.txt", "urls")):
        return []  # conda's package cache
    return [
        name for name in names if name not in NEVER and not (name in CONTAINERS and path.endswith(CONTAINERS[name]))
    ]
