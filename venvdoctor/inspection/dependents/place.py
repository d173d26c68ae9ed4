"""What the readers of dependents share: homes, bounded reading, and what starting a named program would meet."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.chain import walk
from venvdoctor.inspection.launch import is_python, launch, which
from venvdoctor.model.dependent import Dependent
from venvdoctor.model.fact import fact, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.dependent import DependentKind, TargetState

MARKS = frozenset(
    {".git", ".vscode", ".pdm-python", ".envrc", ".python-version", ".project", ".tox-info.json", "share"}
)
WORKSPACE = ".code-workspace"
TEXT = 1 << 20  # bytes of a settings file; longer ones are no settings
PATH_LIMIT = 4096  # Linux: PATH_MAX; a longer one leads nowhere
NAMES = 5000  # entries of one directory that are looked at
SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish", "env")
ACTIVATES = ("activate", "activate.fish", "activate.csh")
_BIN = ("bin", "Scripts")
_ISOLATED = re.compile(r"(?im)^[^\S\n]*include-system-site-packages[^\S\n]*=[^\S\n]*false[^\S\n]*$")
_ENVISH = re.compile(
    r"/(?:\.?venv[\w.-]*|\.?env[\w.]*|\.?virtualenvs?|envs|pipx/venvs|uv/tools|pypoetry/venv|\.tox|\.nox|\.direnv/[^/]+)(?:/|$)",
    re.IGNORECASE,
)


@fact
class Places:
    """Where to look: homes, environments that were found, and the directories beside them."""

    shared: Shared
    homes: tuple[str, ...]
    environments: tuple[str, ...]
    projects: tuple[str, ...]

    def names(self, path: str) -> list[str]:
        """Return the names in a directory, sorted; none when it cannot be listed."""
        try:
            return self.shared.view.listdir(path)[:NAMES]
        except (OSError, ValueError):
            return []

    def marks(self, path: str) -> frozenset[str] | None:
        """Return which names that are looked for stand in a project or an environment, None: it cannot be listed.

        It is listed once for all that read there: on a slow disk each look counts.
        """
        store = self.shared.store("marks")
        if path not in store:
            try:
                names = self.shared.view.listdir(path)
            except (OSError, ValueError):
                store[path] = None
            else:
                store[path] = frozenset(name for name in names if name in MARKS or name.endswith(WORKSPACE))
        found: frozenset[str] | None = store[path]
        return found

    def marked(self, path: str, name: str) -> bool:
        """Return whether a project or an environment may hold a file of this name."""
        marks = self.marks(path)
        return marks is None or name in marks

    def text(self, path: str, limit: int = TEXT) -> str | None:
        """Return a small text file, None when there is none or it cannot be read."""
        try:
            return self.shared.view.read(path, limit).decode("utf-8", "surrogateescape")
        except (OSError, ValueError):
            return None

    def variable(self, name: str) -> str:
        """Return an environment variable of the person who scans."""
        return self.shared.host.environ.get(name, "")

    def below_homes(self, *relative: str) -> Iterator[tuple[str, str]]:
        """Yield (home, path) for each home and each relative path."""
        for home in self.homes:
            for name in relative:
                yield home, f"{home.rstrip('/')}/{name}"

    def exists(self, path: str) -> bool:
        """Return whether something is there, as far as anybody can tell."""
        return self.shared.view.kind(path) not in ("missing", "loop")


def environment_of(places: Places, path: str) -> str | None:
    """Return the environment that a program lies in, existing or not; None for any other place."""
    directory = posixpath.dirname(path)
    if posixpath.basename(directory) not in _BIN:
        return None
    place = posixpath.normpath(posixpath.dirname(directory))
    store = places.shared.store("dependents")
    if posixpath.basename(path) in ACTIVATES and places.shared.view.kind(place) == "missing":
        store[place] = True  # nothing else has such files
    if place not in store:
        view = places.shared.view
        marked = view.kind(f"{place}/pyvenv.cfg") == "file" or view.kind(f"{place}/conda-meta") == "dir"
        store[place] = marked or (bool(_ENVISH.search(place)) and _was_one(places, place))
    return place if store[place] or place in places.environments else None


def _was_one(places: Places, place: str) -> bool:
    """Return whether a directory with the name of an environment is gone, or emptied, or lost its marker."""
    view = places.shared.view
    if view.kind(place) != "dir":
        return view.kind(place) == "missing"
    return view.kind(f"{place}/bin") == "missing" or any(
        name.startswith("python") for name in places.names(f"{place}/bin")
    )


def with_module(places: Places, found: Dependent, module: str) -> Dependent:
    """Say so when the environment plainly does not hold the module that its interpreter is told to run."""
    if found.state != "ok" or found.environment is None or not module or not is_python(found.target):
        return found
    if _holds(places, found.environment, module):
        return found
    return replace(found, state="module-missing", detail=module)


def _holds(places: Places, environment: str, module: str) -> bool:
    """Return False only when the module is in no site-packages and nothing brings modules from elsewhere."""
    from venvdoctor.inspection.owners import reaches  # noqa: PLC0415 - only for kernels and hooks

    cfg = places.text(f"{environment}/pyvenv.cfg") or ""
    if not _ISOLATED.search(cfg):
        return True
    read = False
    for lib in ("lib", "lib64"):
        for version in places.names(f"{environment}/{lib}"):
            names = places.names(f"{environment}/{lib}/{version}/site-packages")
            read = read or bool(names)
            if any(name == module or name.startswith(f"{module}.") or reaches(name) for name in names):
                return True
    return not read


class Spot(NamedTuple):
    """Where a reference stands: as `Dependent`, and the home that `~` means there."""

    kind: DependentKind
    path: str
    name: str
    line: int = 0
    home: str = ""


def dependent(places: Places, spot: Spot, target: str, *, certain: bool = True) -> Dependent | None:
    """Return the reference with what starting its target would meet; None when the target concerns no Python."""
    target = posixpath.normpath(target)
    environment = environment_of(places, target)
    if not target.startswith("/") or "\0" in target or (environment is None and not is_python(target)):
        return None
    state, detail = judge(places, target)
    return Dependent(
        kind=spot.kind, path=spot.path, name=spot.name, target=target, state=state, line=spot.line, detail=detail,
        environment=environment, certain=certain,
    )  # fmt: skip


def started_by(places: Places, spot: Spot, argv: list[str], *, certain: bool = True) -> Iterator[Dependent]:
    """Yield what a command line starts: its program, or what the text names that it hands to a shell."""
    if not argv:
        return
    if posixpath.basename(argv[0]) in SHELLS:
        yield from named_by_shell(places, spot, " ".join(argv[1:]))
        return
    found = dependent(places, spot, argv[0], certain=certain) if argv[0].startswith("/") else None
    if found is not None:
        yield found


def named_by_shell(places: Places, spot: Spot, text: str) -> Iterator[Dependent]:
    """Yield what a line of shell text names; a shell decides whether it is started, so none of it is certain."""
    from venvdoctor.inspection.dependents.grammar import paths_after_cd, shell_paths  # noqa: PLC0415 - rare

    for word in dict.fromkeys([*shell_paths(text, spot.home), *paths_after_cd(text, spot.home)]):
        if not is_python(word) and environment_of(places, word) is None:
            continue
        activates = posixpath.basename(word).startswith("activate")
        target = f"{posixpath.dirname(word)}/python" if activates else word
        found = dependent(places, spot, target, certain=False)
        if found is not None:
            yield found


def on_path(places: Places, spot: Spot, value: str) -> Iterator[Dependent]:
    """Yield the environments of a PATH that something is given, of which nothing is left: another Python answers."""
    directories = value.split(":")
    for index, directory in enumerate(directories):
        target = f"{directory.rstrip('/')}/python"
        if not directory.startswith("/") or environment_of(places, target) is None:
            continue
        found = dependent(places, spot, target, certain=False)
        if found is not None and found.state not in ("ok", "undecided"):
            rest = [part for part in directories[index + 1 :] if part.startswith("/")]
            yield replace(found, fallback=which(places.shared, "python3", rest) or "")


_ITSELF: dict[str, TargetState] = {
    "missing": "missing",
    "dangling": "dangling",
    "loop": "dangling",
    "not-executable": "not-executable",
    "not-a-file": "not-executable",
    "undecided": "undecided",
}


def judge(places: Places, path: str) -> tuple[TargetState, str]:
    """Return what starting `path` would meet, and the first path that is not there."""
    store = places.shared.store("dependents")
    known: tuple[TargetState, str] | None = store.get(("judged", path))
    if known is None:
        known = store["judged", path] = _judge(places, path)
    return known


def _judge(places: Places, path: str) -> tuple[TargetState, str]:
    found = launch(places.shared, path, beside=posixpath.dirname(path))
    if not found.problem:
        return "ok", ""
    if not found.interpreter:
        state = _ITSELF.get(found.problem, "undecided")
        return state, _missing(places, path) or found.detail if state in ("missing", "dangling") else found.detail
    if found.problem in ("undecided", "not-on-path"):
        return "undecided", found.detail
    return "interpreter-missing", _missing(places, found.wanted) or found.wanted


def _missing(places: Places, path: str) -> str:
    """Return the first component on the way to `path` that is not there."""
    if not path.startswith("/") or "\0" in path or len(path) > PATH_LIMIT:
        return ""
    view = places.shared.view
    missing = walk(view, path).missing or ""
    while missing.strip("/") and view.kind(posixpath.dirname(missing)) == "missing":
        missing = posixpath.dirname(missing)
    return missing
