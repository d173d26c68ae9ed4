"""What there is to repair one environment with: interpreters, tools, its packages, the small files to be rewritten."""

from __future__ import annotations

import os
import posixpath
import re
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.pip_cache import bundles
from venvdoctor.inspection.pip_settings import variables
from venvdoctor.inspection.requirements import marker_environment
from venvdoctor.inspection.salvage import read_lost, read_salvage
from venvdoctor.model.repair import Choice, Workshop
from venvdoctor.repairing.match import wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment, LibDir
    from venvdoctor.model.repair import Lost, Salvage

SCRIPT_LIMIT = 8 << 20  # bytes; a longer file in `bin` is a program and no text to be rewritten
TOOLS = ("uv", "virtualenv")
_PIP = re.compile(r"pip-(\d{1,4})\.(\d{1,4})[^/]*\.(?:whl|dist-info)\Z")


def read_workshop(
    env: Environment,
    shared: Shared,
    choices: Iterable[Choice],
    *,
    chosen: Choice | None = None,
    offline: bool = False,
    whole: bool = False,
) -> Workshop:
    """Return everything that fixers may use for one environment.

    Args:
        env: the facts.
        shared: the scan's context.
        choices: installed interpreters, the best first.
        chosen: the one that the user asked for.
        offline: nothing may be downloaded.
        whole: read every package too, for a rebuild.
    """
    libs, texts, choices = _libs(env) if whole else [], dict(_texts(env, shared)), tuple(choices)
    return Workshop(
        interpreters=choices,
        chosen=chosen,
        offline=offline,
        tools={**dict(_tools(env, shared)), **dict(_pip(shared, (chosen, *choices) if chosen else choices))},
        environ=variables(env.path, os.environ, of_uv=env.kind == "uv"),
        texts=texts,
        modes={path: stat.S_IMODE(shared.view.stat(f"{env.path}/{path}").st_mode) for path in texts},
        sources=tuple(_sources(env, shared)),
        names=tuple(_names(env.path, shared)),
        surveyed=whole,
        **_packages(env, libs, shared)._asdict(),
        markers=marker_environment(env, shared) or {},
        uid=os.geteuid(),
        free=_free(env),
        frozen=_frozen(env),
        borders=tuple(_borders(env)),
        running=tuple(_running(env)),
        own=os.path.realpath(sys.prefix) == env.real,
    )


def _libs(env: Environment) -> list[LibDir]:
    """Return the version directories, that of the Python the packages belong to first; one read twice counts once."""
    want = wanted(env)
    order = sorted(env.lib_dirs, key=lambda lib: (want is None or lib.name != want.lib_dir, lib.path))
    return list({os.path.realpath(lib.path): lib for lib in reversed(order)}.values())[::-1]


class _Packages(NamedTuple):
    """What the version directories hold: see `Workshop`."""

    salvage: tuple[Salvage, ...]
    twins: tuple[Salvage, ...]
    unrecorded: tuple[tuple[str, str], ...]
    lost: tuple[Lost, ...]
    size: int


def _packages(env: Environment, libs: Sequence[LibDir], shared: Shared) -> _Packages:
    """Return each project once, from the first directory that has it, and what no project accounts for.

    A project that is recorded twice in one directory is taken as the one whose files are there, else the newest.
    """
    found: dict[str, Salvage] = {}
    twins: list[Salvage] = []
    unrecorded: dict[str, str] = {}
    lost: list[Lost] = []
    for lib in libs:
        items, own = read_salvage(env, lib, shared.view)
        for item in sorted(items, key=_soundness):
            first = found.setdefault(item.key, item)
            if first is not item and posixpath.dirname(first.metadata) == posixpath.dirname(item.metadata):
                twins.append(item)
        for path, place in own:
            unrecorded.setdefault(place, path)
        lost += read_lost(env, lib, shared.view)
    places = tuple((path, place) for place, path in sorted(unrecorded.items()))
    size = sum(_size(lib.path, shared) for lib in libs)
    return _Packages(tuple(found.values()), tuple(twins), places, tuple(lost), size)


def _soundness(item: Salvage) -> tuple[bool, int, list[int]]:
    numbers = [-int(part) for part in re.findall(r"[0-9]{1,9}", item.version)]
    return not item.files, len(item.missing) + len(item.altered), numbers


def _texts(env: Environment, shared: Shared) -> Iterator[tuple[str, bytes]]:
    """Yield pyvenv.cfg and every text file of `bin`, by path relative to the environment."""
    folder = posixpath.relpath(env.bin_dir, env.path) if env.bin_dir else "bin"
    try:
        entries = shared.view.scandir(env.bin_dir) if env.bin_dir else []
    except OSError:
        entries = []
    names = [f"{folder}/{entry.name}" for entry in entries if entry.is_file(follow_symlinks=False)]
    names += _records(env, shared)
    for name in sorted(["pyvenv.cfg", *names]):
        try:
            content = shared.view.read(posixpath.join(env.path, name), SCRIPT_LIMIT)
        except OSError:
            continue
        if b"\0" not in content[:1024]:
            yield name, content


def _records(env: Environment, shared: Shared) -> Iterator[str]:
    """Yield what names places in site-packages: RECORD (a rewritten script has another hash), editable installs."""
    for lib in env.lib_dirs:
        try:
            names = shared.view.listdir(lib.path)
        except OSError:
            continue
        folder = posixpath.relpath(lib.path, env.path)
        for name in names:
            if name.endswith(".dist-info"):
                yield from (f"{folder}/{name}/RECORD", f"{folder}/{name}/direct_url.json")
            elif name.endswith(".pth") or (name.startswith("__editable__") and name.endswith("_finder.py")):
                yield f"{folder}/{name}"


def _sources(env: Environment, shared: Shared) -> Iterator[tuple[str, str]]:
    """Yield the directory that held a project and its environment, and is gone, and where both are now."""
    lost = [dist.editable for dist in env.library.distributions if dist.editable_exists is False] if env.library else []
    former = env.scripts.former if env.scripts else None
    here = posixpath.dirname(env.path)
    for source in dict.fromkeys(filter(None, lost)):
        parts = source.split("/")
        heads = [posixpath.dirname(former.path.rstrip("/"))] if former else []
        heads += ["/".join(parts[: n + 1]) for n, part in enumerate(parts) if part and part == posixpath.basename(here)]
        for head in heads:
            inside = source == head or source.startswith(head + "/")
            moved = head.strip("/") and inside and shared.view.kind(head) == "missing"
            if moved and shared.view.kind(here + source[len(head) :]) == "dir":
                yield head, here
                break


def _tools(env: Environment, shared: Shared) -> Iterator[tuple[str, str]]:
    """Yield the builders on PATH that do not lie in the sick environment itself."""
    for name in TOOLS:
        for folder in shared.host.environ.get("PATH", "").split(":"):
            path = posixpath.join(folder, name)
            inside = path.startswith((env.path + "/", env.real + "/"))
            if folder.startswith("/") and not inside and shared.view.kind(path) == "file" and os.access(path, os.X_OK):
                yield name, path
                break


def _names(folder: str, shared: Shared) -> list[str]:
    try:
        return shared.view.listdir(folder)
    except OSError:
        return []


def _size(path: str, shared: Shared) -> int:
    """Return the bytes that the regular files below a directory take, links not followed; holes take none."""
    total, left = 0, [path]
    while left:
        folder = left.pop()
        try:
            entries = shared.view.scandir(folder)
        except OSError:
            continue
        for entry in entries:
            name = posixpath.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                left.append(name)
            elif entry.is_file(follow_symlinks=False):
                status = shared.view.lstat(name)
                total += min(status.st_size, status.st_blocks * 512 or status.st_size)
    return total


def _pip(shared: Shared, choices: Sequence[Choice]) -> Iterator[tuple[str, str]]:
    """Yield a pip that can be started without the sick environment, and the Python that starts it.

    First a wheel that some Python carries for ensurepip, then one that is installed there; both must know `--python`.
    """
    for places in (lambda choice, _: bundles(choice.interpreter), _sites):
        for choice in choices:
            for folder in places(choice, shared):
                names = [match for name in _names(folder, shared) if (match := _PIP.match(name))]
                found = [match for match in names if (int(match[1]), int(match[2])) >= (22, 3)]
                if found and choice.interpreter.version and choice.interpreter.version >= (3, 7):
                    inside = found[-1].string if found[-1].string.endswith(".whl") else ""
                    yield "pip", posixpath.join(folder, inside, "pip")
                    yield "pip-python", choice.path
                    return


def _sites(choice: Choice, shared: Shared) -> Iterator[str]:
    """Yield where an interpreter finds a pip of its own: site-packages, Debian's directories, the user's."""
    name = posixpath.basename(choice.interpreter.stdlib or "")
    yield posixpath.join(choice.interpreter.stdlib or "", "site-packages")
    if choice.path.startswith("/usr/"):
        yield from ("/usr/lib/python3/dist-packages", f"/usr/local/lib/{name}/dist-packages")
    yield posixpath.join(shared.host.environ.get("HOME", ""), ".local/lib", name, "site-packages")


def _free(env: Environment) -> int | None:
    try:
        status = os.statvfs(env.real)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize


def _frozen(env: Environment) -> str:
    """Return why nothing can be written there: also root leaves alone what its owner made read-only."""
    try:
        if os.statvfs(env.real).f_flag & getattr(os, "ST_RDONLY", 1):
            return "its file system is read-only"
        mode = os.stat(env.real).st_mode
    except OSError as error:
        return str(error.strerror)
    if not mode & stat.S_IWUSR or not os.access(env.real, os.W_OK | os.X_OK):
        return f"its directory is read-only (mode {stat.S_IMODE(mode):o})"
    return ""


def _borders(env: Environment) -> Iterator[tuple[str, str]]:
    """Yield the directories that a repair works in and that are links, or lie on another device."""
    places = {env.bin_dir} if env.bin_dir else set()
    for lib in env.lib_dirs:
        places |= {lib.path, posixpath.dirname(lib.path), posixpath.dirname(posixpath.dirname(lib.path))}
    for place in sorted(places):
        inner, real = posixpath.relpath(place, env.path), os.path.realpath(place)
        if real != posixpath.join(env.real, inner):
            yield inner, f"is reached through a link, at {real}"
        elif os.path.isdir(real) and os.stat(real).st_dev != env.identity[0]:
            yield inner, "is a file system of its own"


def _running(env: Environment) -> Iterator[str]:
    """Yield the programs that run from the environment and that this user may see; Linux shows them in /proc."""
    starts = tuple(f"{path}/bin/".encode("utf-8", "surrogateescape") for path in {env.path, env.real})
    for number in [name for name in _entries("/proc") if name.isdecimal() and int(name) != os.getpid()]:
        try:
            with open(f"/proc/{number}/cmdline", "rb") as stream:
                words = stream.read(1 << 12).split(b"\0")
        except OSError:
            continue
        if any(word.startswith(starts) for word in words[:2]):
            name = next((word for word in words[1:2] if word), words[0])
            yield f"{number} ({posixpath.basename(name.decode('utf-8', 'replace'))})"


def _entries(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []
