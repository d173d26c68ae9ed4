"""From what the user asked for to candidates: the managers' places first, then the walk; each environment once."""

from __future__ import annotations

import errno
import fnmatch
import os
import posixpath
import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.directory import venv_file_target
from venvdoctor.inspection.mounts import barriers, mount_at, read_mounts, touches
from venvdoctor.inspection.walk import WalkOptions, walk
from venvdoctor.markers import is_environment
from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.model.fact import fact, field, record
from venvdoctor.registry import members
from venvdoctor.view import walk_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.source import Source
    from venvdoctor.view import View

SHARED_PLACES = ("/opt", "/srv", "/usr/local")
REFUSED = (os.strerror(errno.EACCES), os.strerror(errno.EPERM))
SYSTEM_PLACES = (
    "/bin/",
    "/boot/",
    "/etc/",
    "/gnu/",
    "/lib",
    "/nix/",
    "/proc/",
    "/run/",
    "/sbin/",
    "/sys/",
    "/usr/",
    "/dev/",
)


@fact
class Request:
    """What the user asked for.

    Attributes:
        paths: absolute paths to examine or to search; none: the homes, the managers' places and
            `/opt`, `/srv`, `/usr/local`.
        system: every local file system.
        exclude: globs; one without a slash is matched with a directory's name, others with its whole path.
        one_file_system: True: never leave the file system of a root; False: enter network file systems too;
            None: local file systems only.
        on_error: told of each place that could not be searched, with the reason, as it is met.
    """

    paths: tuple[str, ...] = ()
    system: bool = False
    exclude: tuple[str, ...] = ()
    one_file_system: bool | None = None
    on_error: Callable[[str, str], object] | None = None


class ScanError(NamedTuple):
    """A place that could not be searched, and why; the scan is incomplete then."""

    path: str
    message: str


@record
class Outcome:
    """What a discovery has to say besides its candidates; complete when the iterator is exhausted.

    Attributes:
        roots: what was searched.
        missing: explicit paths that do not exist.
        empty: explicit paths with no environment in them.
        errors: places that could not be searched.
        directories: directories listed so far, for progress.
    """

    roots: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    errors: list[ScanError] = field(default_factory=list)
    options: WalkOptions = field(default_factory=WalkOptions)

    @property
    def directories(self) -> int:
        """Directories listed so far."""
        return self.options.directories


def discover(view: View, host: Host, request: Request, outcome: Outcome | None = None) -> Iterator[Candidate]:
    """Yield every environment asked for, each once; `outcome` is filled while the iterator runs."""
    search = _Search(view, host, request, outcome or Outcome())
    if request.paths:
        for path in request.paths:
            yield from search.explicit(path)
    else:
        yield from search.everywhere()
    yield from search.left_over()


class _Search:
    """One run of discovery: what has been seen, and what waits for the end."""

    def __init__(self, view: View, host: Host, request: Request, outcome: Outcome) -> None:
        self.view, self.host, self.request, self.outcome = view, host, request, outcome
        self.sources: list[Source] = members("venvdoctor.sources", "source")
        self.mounts = read_mounts()
        self.met = 0
        self.seen: set[int] = set()
        self.waiting: list[Candidate] = []
        self.searched: set[str] = set()
        self.told: set[str] = set()
        self.prepared: dict[str, tuple[Candidate, os.stat_result]] = {}  # by threads, on a slow disk
        options = outcome.options
        options.excluded = _excluder(request.exclude)
        options.unreadable = self.unreadable
        options.ahead_of = self.prepare
        if any(mount.distant for mount in self.mounts) and request.one_file_system is not False:
            options.distant = lambda path: touches(self.mounts, path)

    def unreadable(self, path: str, error: OSError) -> None:
        """Note a place that could not be looked at."""
        self.incomplete(path, error.strerror or str(error))

    def incomplete(self, path: str, reason: str) -> None:
        """Note that a place was not searched; shared places nobody asked for are searched where they can be."""
        usual = not self.request.paths and not self.request.system
        if path in self.told or (usual and reason in REFUSED and path.startswith(SHARED_PLACES)):
            return
        self.told.add(path)
        self.outcome.errors.append(ScanError(path, reason))
        if self.request.on_error:
            self.request.on_error(path, reason)

    def explicit(self, path: str) -> Iterator[Candidate]:
        """Yield the environment that `path` is or leads to, and those below it."""
        path = path.rstrip("/") or "/"
        self.outcome.roots.append(path)
        kind = self.view.kind(path)
        if kind in ("missing", "loop"):
            self.outcome.missing.append(path)
            return
        before = self.met, len(self.outcome.errors)
        if kind in ("denied", "error"):
            self.incomplete(path, "it cannot be looked at")
        target = path if kind == "dir" else self.environment_of(path)
        if target is not None:
            yield from self.known_below(target)
            yield from self.below(target)
            if before[0] == self.met:
                yield from self.left_over()  # perhaps behind a link
        if before == (self.met, len(self.outcome.errors)):
            self.outcome.empty.append(path)

    def environment_of(self, path: str) -> str | None:
        """Return the environment that a file leads to: a `.venv` file, a `pyvenv.cfg`, an interpreter in its `bin`."""
        target = venv_file_target(self.view, path)
        if target is None:
            above = posixpath.dirname(path)
            above = posixpath.dirname(above) if posixpath.basename(above) in ("bin", "Scripts") else above
            target = above if self.asks(above) else None
        return target

    def everywhere(self) -> Iterator[Candidate]:
        """Yield what the sources know, then what the walk meets."""
        for home in self.host.homes:
            yield from self.known(home)
        roots = ("/",) if self.request.system else (*(home.path for home in self.host.homes), *SHARED_PLACES)
        for root in dict.fromkeys(roots):
            if self.is_searched(root):
                continue
            if self.view.kind(root) == "dir":
                self.outcome.roots.append(root)
                yield from self.below(root)
            elif root not in SHARED_PLACES and self.view.kind(root) in ("denied", "error"):
                self.incomplete(root, "it cannot be looked into")

    def is_searched(self, root: str) -> bool:
        """Return whether a root lies in one that has been searched (a home in another one's)."""
        try:
            return any(place in self.searched for place in walk_up(self.view.realpath(root)))
        except OSError:
            return False

    def known(self, home: Home) -> Iterator[Candidate]:
        """Yield the environments in the places that managers keep for one home."""
        for source in self.sources:
            for item in source.find(self.view, self.host, home) if source.find else ():
                if isinstance(item, Unreadable):
                    self.incomplete(item.path, item.reason)
                elif not self.is_excluded(item.path) and (item.kind is not None or self.asks(item.path)):
                    yield from self.once(item if item.manager or item.kind else self.recognised(item.path))

    def known_below(self, root: str) -> Iterator[Candidate]:
        """Yield what sources know of a place that is searched by name: version directories have no mark to walk by."""
        inside = root.rstrip("/") + "/"
        for home in self.host.homes:
            for source in self.sources:
                if source.name == "sites" and source.find:
                    for item in source.find(self.view, self.host, home):
                        if isinstance(item, Candidate) and (item.path + "/").startswith(inside):
                            yield from self.once(item)

    def is_excluded(self, path: str) -> bool:
        """Return whether the user left the path, or a directory above it, out."""
        excluded = self.outcome.options.excluded
        if excluded is None:
            return False
        homes = {home.path for home in self.host.homes}  # the user names what is below a home, not the way to it
        below = takewhile(lambda place: place not in homes, walk_up(path))
        return any(excluded(place, posixpath.basename(place)) for place in below)

    def asks(self, path: str) -> bool:
        """Return whether an environment is there; note a place where nobody can tell."""
        try:
            return is_environment(self.view, path)
        except OSError as error:
            self.unreadable(path, error)
            return False

    def below(self, root: str) -> Iterator[Candidate]:
        """Yield the environments of one tree; those met through links wait for a better spelling."""
        try:
            real = self.view.realpath(root)
            place = os.path.realpath(self.view.host_path(root))
        except OSError as error:
            self.unreadable(root, error)
            return
        self.searched.add(real)
        options = self.outcome.options
        options.barriers = barriers(self.mounts, place, root, self.request.one_file_system)
        options.slow = self.is_distant(place)
        options.mount_of = lambda path: self.spelled_mount(path, place, root)
        for met in walk(self.view, root, options):
            if met.how == "linked":
                self.met += 1
                self.waiting.append(self.recognised(met.path))
            else:
                yield from self.once(self.recognised(met.path))

    def is_distant(self, place: str) -> bool:
        """Return whether another machine answers for the root, or for something below it that is searched too."""
        mount = mount_at(self.mounts, place)
        below = self.request.one_file_system is False and any(
            item.distant and item.path.startswith(place.rstrip("/") + "/") for item in self.mounts
        )
        return below or (mount is not None and mount.distant)

    def spelled_mount(self, path: str, place: str, root: str) -> str:
        """Return the mount point of a path below a root as the walk spells it; the root where it is none of its own."""
        mount = mount_at(self.mounts, place + path[len(root) :] if root != "/" else path)
        inside = place.rstrip("/") + "/"
        if mount is None or not mount.path.startswith(inside):
            return root
        return os.path.join(root, mount.path[len(inside) :])

    def left_over(self) -> Iterator[Candidate]:
        """Yield the environments that only links lead to, then those behind links out of what was searched."""
        links = self.outcome.options.links
        while self.waiting or links:
            while self.waiting:
                yield from self.once(self.waiting.pop(0))
            if links and self.is_worth_following(link := links.pop(0)):
                yield from self.below(link)

    def is_worth_following(self, link: str) -> bool:
        """Return whether a directory link leads to a place of the same owner that no search has covered or will."""
        try:
            real = self.view.realpath(link)
            owners = self.view.stat(real).st_uid, self.view.lstat(link).st_uid
        except OSError:
            return False
        covered = any(place in self.searched for place in walk_up(real))
        above = any(place == real or place.startswith(real.rstrip("/") + "/") for place in self.searched)
        return owners[0] == owners[1] and not covered and not above and not f"{real}/".startswith(SYSTEM_PLACES)

    def once(self, candidate: Candidate) -> Iterator[Candidate]:
        """Yield the candidate unless its directory has been yielded under another spelling."""
        self.met += 1
        known = self.prepared.pop(candidate.path, None)
        try:
            status = known[1] if known else self.view.stat(candidate.path)
        except OSError as error:
            self.unreadable(candidate.path, error)
            return
        identity = status.st_dev << 64 | status.st_ino  # one number: of a hundred thousand each byte counts
        if identity not in self.seen:
            self.seen.add(identity)
            yield candidate

    def recognised(self, path: str) -> Candidate:
        """Return the candidate with its manager, when a source knows it for its own."""
        return self.prepared[path][0] if path in self.prepared else self.recognise(path)

    def prepare(self, path: str) -> None:
        """Ask ahead what will be asked of an environment."""
        try:
            self.prepared[path] = self.recognise(path), self.view.stat(path)
        except OSError:  # asked again when its turn comes
            return

    def recognise(self, path: str) -> Candidate:
        """Ask every source whether it knows an environment for its own."""
        for source in self.sources:
            candidate = source.recognise(self.view, self.host, path) if source.recognise else None
            if candidate is not None:
                return candidate
        return Candidate(path=path)


def candidate_at(view: View, host: Host, path: str) -> Candidate | None:
    """Return the environment at exactly `path` (or that its `.venv` file or link leads to), None when there is none."""
    target = path if view.kind(path) == "dir" else venv_file_target(view, path)
    if target is None:
        return None
    try:
        found = is_environment(view, target)
    except OSError:
        found = True  # nobody can tell: inspection says so
    return _Search(view, host, Request(), Outcome()).recognised(target) if found else None


def _excluder(globs: tuple[str, ...]) -> Callable[[str, str], bool] | None:
    """Return a test of a directory's path and name against the globs, None without globs.

    One without a slash is for names; one with a slash for whole paths, anywhere unless it begins with a slash.
    """
    if not globs:
        return None
    names = [glob.rstrip("/") for glob in globs if "/" not in glob.rstrip("/")]
    paths = [os.path.normpath(glob) for glob in globs if "/" in glob.rstrip("/")]
    paths = [glob if glob.startswith(("/", "*")) else f"*/{glob}" for glob in paths]
    name_matches, path_matches = _matcher(names), _matcher(paths)
    return lambda path, name: name_matches(name) or path_matches(path)


def _matcher(globs: list[str]) -> Callable[[str], bool]:
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs) or r"(?!)")
    return lambda text: pattern.match(text) is not None
