"""Tells what a directory is: which kind of environment, whose layout, or no environment at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.model.fact import field, record

if TYPE_CHECKING:
    from venvdoctor.model.cfg import PyvenvCfg
    from venvdoctor.model.environment import Kind, Layout
    from venvdoctor.view import View

BIN_DIRS = ("bin", "Scripts", "local/bin", "usr/local/bin")  # the last two: patched schemes (virtualenv#2340, #2319)
LIB_DIRS = ("lib", "lib64", "local/lib", "usr/local/lib")
PYTHON_NAME = re.compile(r"(?:python|pythonw|pypy|pypyw|graalpy|𝜋thon)(?:\d+(?:\.\d+)*)?[td]*(?:\.exe)?\Z")
VERSION_DIR = re.compile(r"(?:python|pypy|graalpy)\d+\.\d+t?\Z")
ACTIVATES = (
    "activate",
    "activate.csh",
    "activate.fish",
    "activate.bat",
    "activate.ps1",
    "Activate.ps1",
    "activate_this.py",
)
ROOT_MARKERS = (
    "conda-meta",
    "CACHEDIR.TAG",
    ".lock",
    ".gitignore",
    "pyvenv.cfg",
    ".project",
    "pipx_metadata.json",
    "uv-receipt.toml",
)


@record
class Place:
    """A directory as the identification sees it: the names in it, read once."""

    path: str
    view: View
    names: frozenset[str]
    listings: dict[str, frozenset[str]] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)

    def list(self, relative: str) -> frozenset[str]:
        """Return the names in a directory below; empty when it is not there or cannot be read."""
        if relative == ".":
            return self.names
        known = self.listings.get(relative)
        if known is None:
            known = self.listings[relative] = self._list(relative)
        return known

    def join(self, relative: str) -> str:
        """Return the path of something below."""
        return self.path if relative == "." else self.path.rstrip("/") + "/" + relative

    def _list(self, relative: str) -> frozenset[str]:
        if relative.partition("/")[0] not in self.names:
            return frozenset()
        try:
            return frozenset(self.view.listdir(self.join(relative)))
        except (PermissionError, OSError) as error:
            if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
                self.denied[self.join(relative)] = error.strerror or str(error)
            return frozenset()


def root_of(path: str, view: View) -> str:
    """Return the environment's root for a `bin` that holds the pyvenv.cfg itself, the path itself for anything else."""
    parent, _, name = path.rstrip("/").rpartition("/")
    if name not in ("bin", "Scripts") or not parent or view.kind(f"{path}/pyvenv.cfg") != "file":
        return path
    library = "lib" if name == "bin" else "Lib"
    return parent if view.kind(f"{parent}/{library}") == "dir" else path


def open_place(path: str, view: View) -> Place:
    """List a directory.

    Raises:
        OSError: as `scandir`.
    """
    return Place(path=path, view=view, names=frozenset(view.listdir(path)))


def bin_dir_of(place: Place) -> str:
    """Return the directory of the executables, relative: the first with a python, else the first that is there."""
    there = [name for name in BIN_DIRS if place.list(name)]
    for name in there:
        if python_names(place.list(name)):
            return name
    if "pyvenv.cfg" in place.names and python_names(place.names):
        return "."  # PEP 405 allows the file beside the executable: embedded and portable layouts
    if there:
        return there[0]
    return "Scripts" if "Scripts" in place.names or ("Lib" in place.names and "lib" not in place.names) else "bin"


def python_names(names: frozenset[str]) -> list[str]:
    """Return the names of interpreters: `python`, then `python3`, then the rest by name."""
    found = [name for name in names if PYTHON_NAME.match(name)]
    first = {"python": 0, "python.exe": 0, "python3": 1, "python3.exe": 1}
    return sorted(found, key=lambda name: (first.get(name, 2), name))


def version_dirs(place: Place) -> list[tuple[str, str]]:
    """Return (name, relative path) of each site-packages: `lib/python3.11/site-packages`, `Lib/site-packages`."""
    found: list[tuple[str, str]] = []
    for lib in LIB_DIRS:
        for name in sorted(filter(VERSION_DIR.match, place.list(lib))):
            names = place.list(f"{lib}/{name}")
            found += [(name, f"{lib}/{name}/{site}") for site in ("site-packages", "dist-packages") if site in names]
    if "site-packages" in place.list("Lib"):
        found.append(("", "Lib/site-packages"))
    if "site-packages" in place.names:  # PyPy up to 3.7 keeps it in the root
        found.append(("", "site-packages"))
    return found


def layout_of(place: Place, bin_dir: str) -> Layout:
    """Return whose layout it is; a Windows environment may well lie on another system's disk."""
    if bin_dir == "Scripts" and "bin" not in place.names:
        return "windows"
    return "windows" if any(name.endswith(".exe") for name in python_names(place.list(bin_dir))) else "posix"


def kind_of(place: Place, cfg: PyvenvCfg | None, bin_dir: str) -> Kind | None:
    """Return the kind of environment, None for a directory that is none."""
    if cfg is not None and (cfg.problem != "not-a-file" or _was_environment(place, bin_dir)):
        return _maker_kind(cfg)
    if "conda-meta" in place.names and ("history" in place.list("conda-meta") or _has_json(place)):
        return "conda"
    if _is_old_virtualenv(place):
        return "virtualenv"
    return "markerless" if _was_environment(place, bin_dir) else None


def created_by(place: Place, cfg: PyvenvCfg | None, kind: Kind) -> str:
    """Return the tool that made it, with its version where it left one."""
    if kind == "conda":
        return "conda"
    if cfg is not None:
        for key in ("uv", "virtualenv"):
            version = cfg.get(key)
            if version is not None:
                return f"{key} {version}".strip()
        return "venv" if cfg.entries else ""
    return "virtualenv" if kind == "virtualenv" or "activate_this.py" in place.list("bin") else ""


def markers_of(place: Place, bin_dir: str) -> frozenset[str]:
    """Return the names that say what made it."""
    found = {name for name in ROOT_MARKERS if name in place.names}
    found.update(name for name in ACTIVATES if name in place.list(bin_dir))
    return frozenset(found)


def _maker_kind(cfg: PyvenvCfg) -> Kind:
    if cfg.get("uv") is not None:
        return "uv"
    return "virtualenv" if cfg.get("virtualenv") is not None else "venv"


def _has_json(place: Place) -> bool:
    return any(name.endswith(".json") for name in place.list("conda-meta"))


def _is_old_virtualenv(place: Place) -> bool:
    """Virtualenv before 20 wrote no pyvenv.cfg and left its mark in the standard library."""
    return any("orig-prefix.txt" in place.list(f"lib/{name}") for name in place.list("lib") if VERSION_DIR.match(name))


def _was_environment(place: Place, bin_dir: str) -> bool:
    """Whether it has activate scripts beside a python, and site-packages without a standard library around them."""
    names = place.list(bin_dir)
    if not any(name in names for name in ACTIVATES) or not python_names(names):
        return False
    found = version_dirs(place)
    return bool(found) and not any(_has_stdlib(place, relative) for _, relative in found)


def _has_stdlib(place: Place, site: str) -> bool:
    around = place.list(site.rpartition("/")[0]) if "/" in site else place.names
    return bool({"os.py", "os.pyc", "lib-python"} & around)
