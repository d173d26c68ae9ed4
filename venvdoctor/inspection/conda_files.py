"""Compares the files that a conda record lists with what is there, one listing per directory."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.conda import CondaPackage
    from venvdoctor.model.environment import Environment

SHOWN = 50
HASH_LIMIT = 1 << 30  # bytes of one file
CODE = (".py", ".so", ".dylib", ".pyd", ".dll")
_LIBRARY = ".so."


class Files:
    """The files below one prefix."""

    def __init__(self, env: Environment, shared: Shared) -> None:
        self.env = env
        self.root = env.path.rstrip("/")
        self.shared = shared
        self.sampled = 0
        self._listings: dict[str, frozenset[str] | None] = {}
        self._foreign: dict[str, bool] = {}

    def names(self, directory: str) -> frozenset[str] | None:
        """Return the names in a directory below the prefix, empty when it is not there, None when nobody can tell."""
        if directory not in self._listings:
            try:
                found: frozenset[str] | None = frozenset(e.name for e in self.shared.view.scandir(self.full(directory)))
            except (FileNotFoundError, NotADirectoryError):
                found = frozenset()
            except (OSError, ValueError):
                found = None
            self._listings[directory] = found
        return self._listings[directory]

    def full(self, relative: str) -> str:
        """Return the absolute path of a recorded one."""
        return f"{self.root}/{relative}" if relative else self.root

    def present(self, relative: str) -> bool:
        """Return whether the name is there (itself, also as a dead link); True when nobody can tell."""
        directory, name = posixpath.split(relative)
        names = self.names(directory)
        return names is None or name in names

    def head(self, relative: str) -> bytes:
        """Return the start of a file, empty when it cannot be read."""
        try:
            return self.shared.view.read_head(self.full(relative), 1024)
        except (OSError, ValueError):
            return b""

    def by_pip(self, project: str, site: str) -> bool:
        """Return whether a project lies in site-packages without being conda's."""
        wanted = _key(project)
        infos = [name for name in self.names(site) or () if name.endswith(".dist-info") and _key(name) == wanted]
        return any(self.head(f"{site}/{name}/INSTALLER").strip() != b"conda" for name in infos)

    def is_foreign(self, prefix: str) -> bool:
        """Return whether a written prefix is another place than this one, gone or not."""
        known = self._foreign.get(prefix)
        if known is None:
            known = self._foreign[prefix] = self._is_foreign(prefix)
        return known

    def _is_foreign(self, prefix: str) -> bool:
        if posixpath.normpath(prefix) in (self.root, self.env.real) or prefix in ("/usr", "/usr/local", "/"):
            return False
        view = self.shared.view
        try:
            status = view.stat(prefix)
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False
        if (status.st_dev, status.st_ino) == self.env.identity:
            return False
        return view.kind(f"{prefix}/conda-meta") == "dir" or view.kind(f"{prefix}/bin") == "missing"


def compare(package: CondaPackage, paths: Iterable[dict[str, Any]], files: Files) -> CondaPackage:
    """Add which recorded files are not there; asked only when a selected rule wants files."""
    if "files" not in files.shared.needs:
        return package
    missing: list[str] = []
    dangling: list[str] = []
    for row in paths:
        path = posixpath.normpath(row["_path"])
        if path.endswith((".pyc", ".pyo")) or path.startswith(("../", "/")):
            continue  # byte code comes and goes
        if not files.present(path):
            missing.append(path)
        elif package.link_type == "softlink" and files.shared.view.kind(files.full(path)) == "missing":
            dangling.append(path)
    deep = "hashes" in files.shared.needs and package.link_type == "hardlink"
    return replace(
        package,
        altered=tuple(row["_path"] for row in paths if deep and _altered(row, files))[:SHOWN],
        missing=tuple(missing[:SHOWN]),
        missing_count=len(missing),
        behind=_behind(missing, files) if missing else "",
        missing_code=any(_is_code(path) for path in missing),
        dangling=tuple(dangling[:SHOWN]),
    )


_METADATA = re.compile(r"(.*/site-packages)/([^/]+)\.(?:dist-info|egg-info)(?:/|$)")


def _behind(missing: Iterable[str], files: Files) -> str:
    """Return what pip did to a package behind conda's back, as far as its metadata directory shows."""
    for path in missing:
        match = _METADATA.match(path)
        if match is None:
            continue
        site, label = match.groups()
        there = files.names(site) or frozenset()
        if any(name.startswith(f"{label}.") for name in there):
            return ""  # only a file of it is gone
        wanted = _key(label)
        return "replaced" if any(_key(n) == wanted for n in there if n.endswith(".dist-info")) else "removed"
    return ""


def _key(label: str) -> str:
    """Return the normalised project name of `Name-1.0…`."""
    return re.sub(r"[-_.]+", "-", label.split("-", 1)[0]).lower()


def _altered(row: dict[str, Any], files: Files) -> bool:
    """Return whether a file that others share by hard link differs from its recorded hash."""
    expected = row.get("sha256_in_prefix") or row.get("sha256")
    path = files.full(posixpath.normpath(row["_path"]))
    if not isinstance(expected, str) or row.get("path_type", "hardlink") != "hardlink":
        return False
    from hashlib import sha256  # noqa: PLC0415 - only with --deep

    try:
        with files.shared.view.open(path) as blob:
            if blob.status.st_nlink < 2 or blob.size > HASH_LIMIT:
                return False
            digest = sha256()
            for offset in range(0, blob.size, 1 << 20):
                digest.update(blob.read_at(offset, 1 << 20))
    except (OSError, ValueError):
        return False
    return digest.hexdigest() != expected.lower()


def _is_code(path: str) -> bool:
    if path.startswith("bin/"):
        return True
    name = posixpath.basename(path)
    return name.endswith(CODE) or _LIBRARY in name
