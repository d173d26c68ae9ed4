"""Which file `import name` would load: importlib's path finder and its hooks, on listings instead of the disk.

Source: Lib/importlib/_bootstrap_external.py, `FileFinder.find_spec` and `PathFinder._get_spec`: in each directory a
package before a module, extension suffixes before `.py` before `.pyc`, directories without `__init__` collected into a
namespace package that is only taken when no directory has a module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from venvdoctor.inspection.archives import archive_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.inspection.editable import Editable
    from venvdoctor.inspection.listings import Listing, Listings

SpecKind = Literal["source", "extension", "bytecode", "namespace", "stdlib", "archive", "hook"]


class Spec(NamedTuple):
    """What was found: the file (or first directory), the directories of a package (empty: no package)."""

    kind: SpecKind
    file: str
    dirs: tuple[str, ...] = ()

    @property
    def is_package(self) -> bool:
        """Whether submodules can be looked for in it."""
        return bool(self.dirs)


STDLIB = Spec("stdlib", "")
HOOK = Spec("hook", "")


class Importer:
    """Finds modules on a computed path.

    Args:
        path: sys.path behind the standard library.
        stdlib: whether a top-level name belongs to the standard library of the interpreter.
        suffixes: extension suffixes in the interpreter's order.
        loaders: the finders of editable installs.
        preset: packages that `-nspkg.pth` files put into sys.modules, with their directories.
        provided: modules that a start-up hook answers for.
    """

    def __init__(
        self,
        path: Sequence[str],
        listings: Listings,
        stdlib: StandardLibrary,
        suffixes: Sequence[str],
        *,
        loaders: Sequence[Editable] = (),
        preset: dict[str, list[str]] | None = None,
        provided: frozenset[str] = frozenset(),
    ) -> None:
        self.path = tuple(path)
        self.listings = listings
        self.stdlib = stdlib
        self.suffixes = (*suffixes, ".py", ".pyc")
        self._extension = tuple(suffixes)
        self._first = tuple(item for item in loaders if item.kind in ("meson", "scikit-build-core"))
        self._last = tuple(item for item in loaders if item.kind in ("setuptools", "editables"))
        self._preset = preset or {}
        self._provided = provided
        self._kept: dict[str, Spec | None] = {}

    def find(self, name: str) -> Spec | None:
        """Return what `import name` would load, parents assumed to be importable; None: not found."""
        if name in self._kept:
            return self._kept[name]
        parent, _, _ = name.rpartition(".")
        spec = self._find_below(parent, name) if parent else self._find_top(name)
        self._kept[name] = spec
        return spec

    def _find_top(self, name: str) -> Spec | None:
        for loader in self._first:
            spec = self._by_loader(loader, name)
            if spec:
                return spec
            if name in loader.mapping:
                return None  # the finder answers with a file that is not there
        if self.stdlib.has(name):
            return STDLIB
        if name in self._provided:
            return HOOK
        if name == "distutils" and self.stdlib.gone:
            return self.on_path(name, self.stdlib.places)
        preset = self._preset.get(name)
        if preset:
            return self._preset_spec(name, preset)
        spec = self.on_path(name, self.path)
        if spec and spec.kind != "namespace":
            return spec
        for loader in self._last:
            mapped = self._by_loader(loader, name)
            if mapped and (spec is None or mapped.kind != "namespace"):
                return spec or mapped  # a namespace on the path is taken before the loader is asked
        return spec

    def _preset_spec(self, name: str, preset: list[str]) -> Spec:
        """A package that a `-nspkg.pth` file made: its own directories, and an `__init__` where one was found."""
        found = self.on_path(name, self.path)
        dirs = dict.fromkeys([*(found.dirs if found else ()), *preset])
        return Spec(found.kind if found else "namespace", found.file if found else preset[0], tuple(dirs))

    def _find_below(self, parent: str, name: str) -> Spec | None:
        above = self.find(parent)
        if above is None or above.kind in ("hook", "archive"):
            return above
        if above.kind == "stdlib":
            return STDLIB
        tail = name.rpartition(".")[2]
        for loader in self._first:
            spec = self._by_loader(loader, name)
            if spec:
                return spec
            if name in loader.mapping:
                return None  # the finder answers with a file that is not there
        found = self.on_path(tail, above.dirs)
        if found is not None and found.kind != "namespace":
            return found
        for loader in self._last:
            mapped = self._by_loader(loader, name)
            if mapped:
                return mapped
        return found

    def _by_loader(self, loader: Editable, name: str) -> Spec | None:
        place = loader.mapping.get(name)
        if place is not None:
            spec = self._at(place)
            if spec:
                return spec
        if name in loader.namespaces:
            dirs = loader.namespaces[name] or ((place,) if place else ())
            return Spec("namespace", dirs[0] if dirs else "", dirs) if dirs else HOOK
        if name.partition(".")[0] in loader.names:
            return HOOK if self.listings.kind(loader.root) == "dir" or not loader.root else None
        return None

    def _at(self, place: str) -> Spec | None:
        """Return what stands at a mapped place: a package's directory, or a module's file."""
        kind = self.listings.kind(place)
        if kind == "dir":
            for suffix in self.suffixes:
                init = f"{place}/__init__{suffix}"
                if self.listings.presence(init) == "there":
                    return Spec(self._kind(suffix), init, (place,))
        if kind == "file":
            suffix = next((item for item in self.suffixes if place.endswith(item)), ".py")
            return Spec(self._kind(suffix), place)
        for suffix in self.suffixes:
            if self.listings.presence(place + suffix) == "there":
                return Spec(self._kind(suffix), place + suffix)
        return None

    def on_path(self, tail: str, path: Sequence[str]) -> Spec | None:
        """Return what the path finder finds for the last part of a name."""
        portions: list[str] = []
        for place in path:
            listing = self.listings.get(place)
            spec = self._in_archive(place, tail) if listing.problem else self._in_dir(listing, tail)
            if spec is None:
                continue
            if spec.kind != "namespace":
                return spec
            portions += spec.dirs
        return Spec("namespace", portions[0], tuple(portions)) if portions else None

    def _in_dir(self, listing: Listing, tail: str) -> Spec | None:
        """Do what `FileFinder.find_spec` does in one directory."""
        names = listing.names
        below = f"{listing.path}/{tail}"
        is_dir = tail in names and self.listings.is_dir(listing, tail)
        if is_dir:
            child = self.listings.get(below)
            for suffix in self.suffixes:
                if f"__init__{suffix}" in child.names and self.listings.is_file(child, f"__init__{suffix}"):
                    return Spec(self._kind(suffix), f"{below}/__init__{suffix}", (below,))
        for suffix in self.suffixes:
            if tail + suffix in names and self.listings.is_file(listing, tail + suffix):
                return Spec(self._kind(suffix), below + suffix)
        return Spec("namespace", below, (below,)) if is_dir else None

    def _in_archive(self, place: str, tail: str) -> Spec | None:
        """Look into an archive on the path (an `.egg`, a zip), or a directory inside one."""
        names = archive_names(place, self.listings)
        if names is None:
            return None
        if f"{tail}/__init__.py" in names or f"{tail}/__init__.pyc" in names:
            return Spec("archive", place, (place,))
        return Spec("archive", place) if f"{tail}.py" in names or f"{tail}.pyc" in names else None

    def _kind(self, suffix: str) -> SpecKind:
        return "source" if suffix == ".py" else "bytecode" if suffix == ".pyc" else "extension"


# What is in every distutils; some of it (core, util, cmd, log, …) is imported by whoever imports the rest.
DISTUTILS = (
    "archive_util", "ccompiler", "cmd", "command", "config", "core", "dep_util", "dir_util", "dist", "errors",
    "extension", "file_util", "filelist", "log", "spawn", "sysconfig", "text_file", "unixccompiler", "util",
)  # fmt: skip


class StandardLibrary:
    """Whether a top-level name is in an interpreter's standard library, by its own directory where there is one.

    Attributes:
        known: whether there is such a directory.
        places: its directories.
        gone: modules that a distribution removed from a package of it: path without suffix → (reason, path). Debian
            and Ubuntu keep `distutils` in a package of its own, and leave an `__init__.py` where they take it away.
    """

    def __init__(
        self,
        dirs: Sequence[str | None],
        version: tuple[int, int],
        listings: Listings,
        *,
        pypy: bool = False,
    ) -> None:
        from venvdoctor.inspection import stdlib_names  # noqa: PLC0415 - a table, wanted only where imports are read

        self._table = stdlib_names
        self._version = version
        self._dirs = [listings.get(path) for path in dirs if path]
        self._pypy = pypy
        self.known = any("os.py" in item.names or "os.pyc" in item.names for item in self._dirs)
        self.places = tuple(item.path for item in self._dirs)
        self.gone = self._gone(listings) if self.known and version < (3, 12) else {}
        self._kept: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        """Whether `import name` is answered by the standard library."""
        known = self._kept.get(name)
        if known is None:
            known = self._kept[name] = self._has(name)
        return known

    def removed_in(self, name: str) -> str | None:
        """Return the version that removed a module, when it is this interpreter's or an earlier one."""
        removed = self._table.REMOVED.get(name)
        return f"{removed[0]}.{removed[1]}" if removed and self._version >= removed else None

    def _gone(self, listings: Listings) -> dict[str, tuple[str, str]]:
        """Return the modules that distutils has lost; nothing where it is not there at all, or whole."""
        lost: dict[str, tuple[str, str]] = {}
        for place in (item.path for item in self._dirs if "distutils" in item.names):
            inside = listings.get(f"{place}/distutils")
            if inside.problem:
                continue
            for name in DISTUTILS:
                if not {name, f"{name}.py", f"{name}.pyc"} & set(inside.names):
                    lost[f"{inside.path}/{name}"] = ("stdlib-gone", f"{inside.path}/{name}.py")
        return lost

    def _has(self, name: str) -> bool:
        if name == "distutils" and self.gone:
            return False  # its modules are looked up one by one
        removed = self._table.REMOVED.get(name)
        if removed and self._version >= removed:
            return False
        if name in self._table.COMPILED or (self._pypy and name in self._table.PYPY):
            return True
        if not self.known:
            return self._table.in_table(name, self._version)
        for item in self._dirs:
            if name in item.dirs or name in item.links or f"{name}.py" in item.names or f"{name}.pyc" in item.names:
                return name not in ("site-packages", "dist-packages")
            if name in item.native:
                return True
        return False
