"""One directory as the walk sees it: what it is, what lies below it, what it leads to elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.caching.recorder import Recorder
from venvdoctor.inspection.prune import ASKED, DOT_VENV, NOTABLE, OWN, USUAL, Look, child_look, children_of, refined
from venvdoctor.markers import CFG, CONDA_META, is_environment, is_markerless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from venvdoctor.view import Entry, View


class Directory(NamedTuple):
    """What the walk needs of one directory.

    Attributes:
        look: how its children are to be looked at.
        below: the directories in it to go into, last first.
        environment: whether it is one.
        linked: links in it (and `.venv` files' own paths) that lead to environments.
        named: environments that a `.venv` file names.
        links: links in it that lead to other directories.
        foreign: it is another system's root.
    """

    look: Look
    below: list[str]
    environment: bool = False
    linked: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    foreign: bool = False


class Reader:
    """Reads directories through a view; safe to use from several threads.

    Args:
        view: the door to the disk.
        locate: where a directory really lies; None: where its path says.
        root: where the walk began: links to what lies below it lead nowhere new.
        distant: whether a link's target (its text, made absolute) must not be touched (a network file system).
    """

    __slots__ = ("_distant", "_inside", "_locate", "_noted", "_view", "patient")

    def __init__(
        self,
        view: View,
        locate: Callable[[str], str] | None,
        root: str,
        distant: Callable[[str], bool] | None = None,
    ) -> None:
        self._view, self._locate, self._distant = view, locate, distant
        self._inside = root.rstrip("/") + "/"
        self._noted = view.directory if isinstance(view, Recorder) else None  # small searches may be kept
        self.patient = False  # each look takes long: leave as many as possible to others

    def read(self, path: str, look: Look) -> Directory:
        """Read one directory.

        Raises:
            OSError: it cannot be listed.
        """
        entries = self._noted(path) if self._noted is not None else None
        if entries is None:
            directories, links, notable = _list(path if self._locate is None else self._locate(path), look)
        else:
            directories, links, notable = _sorted(entries, look)
        environment = bool(notable or directories) and _is_marked(self._view, path, look, directories, notable)
        look = Look.ENVIRONMENT if environment else refined(look, directories, notable)
        below = children_of(look, path, directories, notable) if directories else directories
        if look is Look.PACKAGES and not self.patient and entries is None:
            below = self._packages(path, below)
        if not links and DOT_VENV not in notable:
            if "etc" not in below:
                return Directory(look, below, environment)
            return Directory(look, below, environment, foreign=_is_foreign(self._view, path, below))
        linked, behind = self._follow(path, [name for name in links if not environment or name not in OWN])
        named = venv_file_target(self._view, f"{path}/{DOT_VENV}") if DOT_VENV in notable else None
        if named == f"{path}/{DOT_VENV}":
            linked, named = (*linked, named), None
        foreign = _is_foreign(self._view, path, below)
        return Directory(look, below, environment, linked, (named,) if named else (), behind, foreign)

    def _packages(self, path: str, names: list[str]) -> list[str]:
        """Return the packages that may hold an environment: most are asked and not listed."""
        place = os.open(path if self._locate is None else self._locate(path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            return [name for name in names if _is_worth_listing(name, place)]
        finally:
            os.close(place)

    def _follow(self, path: str, names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the links that lead to environments, and those that lead to other directories."""
        linked: list[str] = []
        behind: list[str] = []
        for name in sorted(names):
            link = f"{path.rstrip('/')}/{name}"
            if self._is_distant(link) or self._view.kind(link) != "dir":
                continue
            if asked(self._view, link):
                linked.append(link)
            elif not self._target(link).startswith(self._inside):
                behind.append(link)
        return tuple(linked), tuple(behind)

    def _is_distant(self, link: str) -> bool:
        return self._distant is not None and self._distant(self._target(link))

    def _target(self, link: str) -> str:
        """Return where a link points by its text, absolute; the link itself when it cannot be read."""
        try:
            text = self._view.readlink(link)
        except OSError:
            return link
        return os.path.normpath(os.path.join(os.path.dirname(link), text))


def venv_file_target(view: View, path: str) -> str | None:
    """Return the environment that a `.venv` file (or link) leads to, None when it leads to none.

    Source: PEP 832: one path, absolute or relative to the file's directory, white space around it ignored.
    """
    if asked(view, path):
        return path
    try:
        text = os.fsdecode(view.read(path, 1 << 14)).strip()
    except (OSError, ValueError):
        return None
    if not text or "\n" in text or "\0" in text:
        return None
    target = os.path.normpath(os.path.join(os.path.dirname(path), text))
    return target if asked(view, target) else None


def asked(view: View, path: str, question: Callable[[View, str], bool] = is_environment) -> bool:
    """Return the answer, and no where nobody can tell."""
    try:
        return question(view, path)
    except OSError:
        return False


def _list(place: str, look: Look) -> tuple[list[str], list[str], set[str]]:
    """Return directories (last first), links and notable names, streaming: of a million files nothing is kept."""
    with os.scandir(place) as entries:
        return _sorted(entries, look)


def _sorted(entries: Iterable[Entry], look: Look) -> tuple[list[str], list[str], set[str]]:
    directories: list[str] = []
    links: list[str] = []
    notable: set[str] = set()
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            directories.append(entry.name)
        elif (name := entry.name) in NOTABLE:
            notable.add(name)
        elif entry.is_symlink():
            links.append(name)
    if len(directories) > 1:
        directories.sort(reverse=True)
    return directories, links if look not in (Look.PACKAGES, Look.PACKAGE, Look.ENVIRONMENT) else [], notable


def _is_worth_listing(name: str, packages: int) -> bool:
    """Return whether a package (in an open directory of packages) has a name in it that an environment may be below."""
    if name in USUAL or child_look(Look.PACKAGES, "", name) is not Look.PACKAGE:
        return True
    for sign in ASKED:  # noqa: SIM110 - no generator: twenty thousand packages in one home are nothing unusual
        if os.access(f"{name}/{sign}", os.F_OK, dir_fd=packages):
            return True
    return False


def _is_marked(view: View, path: str, look: Look, directories: list[str], notable: set[str]) -> bool:
    """Return whether the listed directory is an environment."""
    if CFG in notable:
        return not (path.endswith(("/bin", "/Scripts")) and asked(view, os.path.dirname(path)))  # its parent is it
    if CFG in directories or CONDA_META in directories:
        return True
    if look is Look.PACKAGE:
        return False
    if "bin" in directories or "bin" in notable:
        return ("lib" in directories or "lib" in notable) and asked(view, path, is_markerless)
    return "Scripts" in directories and "Lib" in directories and asked(view, path, is_markerless)


def _is_foreign(view: View, path: str, below: list[str]) -> bool:
    """Return whether the directory is the root of another system: its links mean something else inside it."""
    if "etc" not in below or "usr" not in below or "var" not in below:
        return False
    return any(
        view.kind(f"{path}/{name}") != "missing" for name in ("etc/os-release", "usr/lib/os-release", "etc/passwd")
    )
