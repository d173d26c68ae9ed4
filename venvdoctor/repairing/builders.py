"""The words for other people's builders (venv, virtualenv, uv, pip): how to make an environment like the old one."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.fix import BringBack, Refusal, Run, SetAside, Verify
from venvdoctor.model.distribution import SEEDS
from venvdoctor.model.fact import replace
from venvdoctor.model.repair import Supply
from venvdoctor.repairing.match import relative
from venvdoctor.repairing.salvaging import Sorted, lib_dir, successor
from venvdoctor.repairing.script_text import local_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Salvage, Workshop

# what builders write into `bin`: Lib/venv/scripts, virtualenv/activation, uv-virtualenv/activator, as of 2026
ACTIVATION = (
    *("activate", "activate.bat", "activate.csh", "activate.fish", "activate.nu", "activate.ps1", "activate.xsh"),
    *("activate_this.py", "Activate.ps1", "deactivate.bat", "deactivate.nu", "pydoc.bat"),
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")  # PEP 508
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+_-]*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|/")
# written beside: of the environment where it has a directory of its own, a user's where that is the project's
BESIDE = (".gitignore", "CACHEDIR.TAG", ".lock")
DEBIAN = frozenset({"debian", "ubuntu", "deadsnakes", "linuxmint", "pop", "raspbian"})  # theirs have no ensurepip
ROOT_FILES = ("pyvenv.cfg", *BESIDE)
OUT_OF_REACH = {  # state of a supply → why nothing can be installed from it, and what helps
    "offline": ("only the network has", "run it without --offline"),
    "refused": ("uv or pip, as they are set up, refuse to install", "see their settings and variables (UV_…, PIP_…)"),
    "unreachable": ("the package index does not answer, and no local cache has", "run it when it does"),
}


def set_aside(env: Environment, workshop: Workshop, new_lib: str) -> Iterator[str]:
    """Yield what is the old environment's own, relative to its root; a user's files are not among it."""
    for chain in env.executables:
        yield posixpath.relpath(chain.start, env.path)
    yield from (f"bin/{name}" for name in ACTIVATION if f"bin/{name}" in workshop.texts)
    for item in workshop.salvage:
        yield from sorted(path for path in (_outside(item, row) for row in item.files) if path)
        yield from (f"bin/{name}" for name in item.scripts if "/" not in name)
    folders = {posixpath.relpath(posixpath.dirname(lib.path), env.path) for lib in env.lib_dirs}
    yield from sorted(folders | {new_lib})
    if "lib64" in workshop.names:
        yield "lib64"
    yield from ("pyvenv.cfg", *(name for name in BESIDE if name in workshop.names))


def as_before(env: Environment, workshop: Workshop) -> Iterator[Step]:
    """Yield the steps that let what a builder has written beside the environment proper be as it was before.

    Those are its notes to other programs (a project that is its own environment has its own `.gitignore`, or none), and
    activate files, which people edit: they serve whatever Python they lead to, if they name this place.
    """
    for name in BESIDE:
        yield SetAside(path=name)
        if name in workshop.names:
            yield BringBack(source=name, path=name)
    activates = [item for item in (env.scripts.activates if env.scripts else ()) if item.same or item.relocatable]
    right = {relative(env, item.path) for item in activates}
    for path in [f"bin/{name}" for name in ACTIVATION if name != "activate_this.py"] if right else []:
        if path in right and path in workshop.texts:
            yield SetAside(path=path)
            yield BringBack(source=path, path=path)
        elif path not in workshop.texts:  # another builder's
            yield SetAside(path=path)


def proof(env: Environment, workshop: Workshop, series: str | None = None) -> Verify:
    """Return the step that runs the environment and tries its own packages, whether or not Python sees them now."""
    library = env.library
    dists = [*library.distributions, *library.stranded] if library else []
    own = [dist for dist in dists if not dist.from_base]
    names = {name for dist in own for name in (*dist.top_level, *(item.name for item in dist.imports))}
    for path, text in workshop.texts.items():
        if path.endswith(".dist-info/RECORD"):
            names.update(_recorded(text))
    points = {f"{script.module}:" for script in (env.scripts.scripts if env.scripts else ()) if script.module}
    folder = posixpath.relpath(env.bin_dir, env.path) if env.bin_dir else "bin"
    python = posixpath.relpath(env.python.start, env.path) if env.python else f"{folder}/python"
    return Verify(python=python, version=series, imports=tuple(sorted(names)), entry_points=tuple(sorted(points)))


def _recorded(record: bytes) -> Iterator[str]:
    """Yield the packages and modules that a RECORD shows at the top."""
    for line in record.split(b"\n"):
        head, _, rest = line.partition(b",")[0].decode("utf-8", "replace").partition("/")
        name = head if rest == "__init__.py" else head[:-3] if not rest and head.endswith(".py") else ""
        if name.isidentifier():
            yield name


def kept_keys(env: Environment) -> tuple[tuple[str, str], ...]:
    """Return what the old pyvenv.cfg says of its maker's settings, for a builder that does not write it itself."""
    known = ("uv", "relocatable", "prompt", "extends-environment")
    return tuple((key, value) for key in known if env.cfg and (value := env.cfg.get(key)))


def creation(env: Environment, workshop: Workshop, choice: Choice) -> Run:
    """Return the step that makes an empty environment like the old one, by the same builder where it is there."""
    creates = [
        *(name for name in ROOT_FILES),
        *(f"bin/{name}" for name in ACTIVATION),
        "lib64",
        "lib",
        "include",
        "bin",
        "share",
    ]
    version = choice.interpreter.version
    series = version.series if version else "3"
    lib = lib_dir(choice)
    creates += [
        "bin/python",
        "bin/python3",
        f"bin/python{series}",
        "bin/𝜋thon",
        f"lib/{lib}",
        f"lib/pypy{series}",
        f"include/{lib}",
    ]
    return Run(
        argv=tuple(_words(env, workshop, choice)),
        purpose=f"making an empty environment with {choice.path}",
        creates=tuple(creates),
        fills=("bin",),
    )


class Sources(NamedTuple):
    """Labels of distributions to be installed, by where they come from."""

    cached: tuple[str, ...]
    downloads: tuple[str, ...]
    unavailable: tuple[str, ...]


def sources(items: Sequence[Salvage], workshop: Workshop, choice: Choice) -> Sources:
    """Sort what is to be installed by where it is to be had; before anybody asked, all is to be downloaded."""
    states = {
        successor(item, choice) or item.label: workshop.supplies.get(item.key, Supply(state="download"))
        for item in items
    }
    missing = [
        f"{label} (the newest with one is {supply.newest})" if supply.newest else label
        for label, supply in states.items()
        if supply.state == "none"
    ]
    return Sources(
        cached=tuple(label for label, supply in states.items() if supply.state == "cached"),
        downloads=tuple(label for label, supply in states.items() if supply.state not in ("cached", "none")),
        unavailable=tuple(missing),
    )


def asks(items: Sequence[Salvage], workshop: Workshop, choice: Choice) -> tuple[tuple[str, str], ...]:
    """Return what nobody asked for yet; what comes from a URL is looked for there alone, and only on this machine."""
    return tuple(
        (item.key, requirement(item, choice))
        for item in items
        if (not item.url or _local(item)) and item.key not in workshop.supplies
    )


def lacking(env: Environment, items: Sequence[Salvage], workshop: Workshop, choice: Choice) -> Refusal | None:
    """Return the reason why something that is to be installed cannot be had, in one sentence; None: all of it can."""
    odd = [item.label for item in items if not _is_plain(item)]
    if odd:
        message = f"{env.path}: {odd[0]!r} is no name and version of a package"
        return Refusal(root=env.real, message=message, hint="correct its METADATA, or remove it")
    version = choice.interpreter.version.text if choice.interpreter.version else "?"
    by_state: dict[str, list[str]] = {}
    for item in items:
        supply = workshop.supplies.get(item.key)
        if supply and supply.state == "gone":
            message = f"{env.path}: {item.label} was installed from {supply.name}, which is gone"
            return Refusal(root=env.real, message=message, hint="put it back there, or make the environment without it")
        newest = f" (the newest with one is {supply.newest})" if supply and supply.newest else ""
        by_state.setdefault(_state(item, workshop), []).append((successor(item, choice) or item.label) + newest)
    if "none" in by_state:
        message = f"no build exists for Python {version} of {', '.join(by_state['none'])}"
        hint = "--upgrade-missing takes the newest that has one, --python another interpreter"
        return Refusal(root=env.real, message=f"{env.path}: {message}", hint=hint)
    for state, (why, hint) in OUT_OF_REACH.items():
        if state in by_state:
            return Refusal(root=env.real, message=f"{env.path}: {why} {', '.join(by_state[state])}", hint=hint)
    return no_installer(env, [item.label for item in items], workshop, choice)


def _state(item: Salvage, workshop: Workshop) -> str:
    """Return where something is to be had, as `Supply.state`; a newer one, where the user takes that, is downloaded."""
    supply = workshop.supplies.get(item.key)
    if item.url and not _local(item) and workshop.offline:
        return "offline"
    if supply is None or (supply.state == "none" and workshop.upgrade and supply.newest):
        return "download"
    return supply.state


def spare(parts: Sorted, workshop: Workshop) -> Sorted:
    """Return the parts without the seeds that are not to be had, where nothing else that is installed asks for them."""
    asked = {key for item in workshop.salvage for key in item.requires}
    spared = [
        item
        for item in parts.fetched
        if item.key in SEEDS - asked and _state(item, workshop) not in ("cached", "download")
    ]
    return Sorted(parts.carried, [item for item in parts.fetched if item not in spared], spared)


def no_installer(env: Environment, labels: Sequence[str], workshop: Workshop, choice: Choice) -> Refusal | None:
    """Return the reason why nothing can be installed at all: there is neither uv nor any pip (`pip_words`)."""
    installed = env.library.distributions if env.library and env.startup.starts else ()
    carried = [item for item in workshop.salvage if not item.missing and not successor(item, choice)]
    own = "pip" in {*(item.key for item in carried), *(dist.key for dist in installed)}
    version = choice.interpreter.version
    if not labels or own or version is None or {"uv", "pip"} & workshop.tools.keys():
        return None
    debian = choice.interpreter.provider in DEBIAN
    hint = f"apt-get install python{version.series}-venv" if debian else "install uv, or a pip for that Python"
    message = f"{env.path}: neither uv nor a pip for Python {version.text} is here to install {', '.join(labels)}"
    return Refusal(root=env.real, message=message, hint=hint)


def _local(item: Salvage) -> bool:
    return item.url.startswith(("file:", "/"))


def _is_plain(item: Salvage) -> bool:
    """Whether what the disk says is a name, a version and a URL: a builder would read anything else as an option."""
    named = _NAME.fullmatch(item.name) and (_VERSION.fullmatch(item.version) or item.url)
    return bool(named and (not item.url or _URL.match(item.url)))


def installations(items: Sequence[Salvage], workshop: Workshop, choice: Choice) -> Iterator[Run]:
    """Yield the steps that install distributions at their versions into the new environment, without dependencies."""
    plain = [item for item in items if not item.url]
    if plain:
        wanted = [_available(item, workshop, choice) for item in plain]
        yield _installation(wanted, f"installing {', '.join(wanted)}", workshop, plain)
    for item in items:
        if item.url:
            words = ["-e", local_path(item.url)] if item.editable else [requirement(item, choice)]
            yield _installation(words, f"installing {item.label}", workshop, [item])


def _available(item: Salvage, workshop: Workshop, choice: Choice) -> str:
    """Return what is asked for; where that has no build, the newest that has one (the user said so)."""
    supply = workshop.supplies.get(item.key)
    if supply and supply.state == "none" and supply.newest:
        return f"{item.name}=={supply.newest}"
    return requirement(item, choice)


def requirement(item: Salvage, choice: Choice) -> str:
    """Return what is asked for: the same version, the same URL, or a seed that the new interpreter can run."""
    return successor(item, choice) or (f"{item.name} @ {item.url}" if item.url else item.label)


def completion(wanted: Mapping[str, str], pins: str, workshop: Workshop) -> Run:
    """Return the step that installs requirements and what they need, nothing else changing its version."""
    found = [workshop.supplies[key] for key in wanted if key in workshop.supplies]
    run = _installer(found, len(wanted), workshop, deps=True)
    argv = (*run.argv, "--constraint", "{stage}/wheels/pins.txt", *wanted.values())
    return replace(run, argv=argv, purpose=f"installing {', '.join(wanted.values())}", papers=(("pins.txt", pins),))


def _installation(wanted: list[str], purpose: str, workshop: Workshop, items: Sequence[Salvage]) -> Run:
    building = wanted[0] == "-e" or " @ " in wanted[0]  # what has no wheel anywhere is built from its URL
    found = [supply for item in items if (supply := workshop.supplies.get(item.key)) is not None]
    run = _installer(found, len(items), workshop, building=building)
    return replace(run, argv=(*run.argv, *wanted), purpose=purpose)


def _installer(
    found: Sequence[Supply],
    count: int,
    workshop: Workshop,
    *,
    deps: bool = False,
    building: bool = False,
) -> Run:
    """Return the start of an installation: uv where it is there, else pip; what the caches hold laid ready."""
    supplies = tuple((supply.name, supply.wheel) for supply in found if supply.wheel)
    quiet = ["install", "--quiet", *([] if deps else ["--no-deps"])]
    if "uv" in workshop.tools:
        words = [workshop.tools["uv"], "pip", *quiet, "--python", "{root}/bin/python"]
        words += ["--offline"] if workshop.offline else []
    else:
        words = [*pip_words(workshop), *quiet, "--disable-pip-version-check", "--no-input"]
        words += ["--no-index"] if workshop.offline else []
    words += [] if building else ["--only-binary", ":all:"]
    words += ["--find-links", "{stage}/wheels"] if supplies else []
    local = len(found) == count > 0 and all(supply.state == "cached" for supply in found) and not deps
    return Run(
        argv=tuple(words),
        purpose="",
        fills=("bin",),
        network=not workshop.offline and not local,
        environ={**workshop.environ, "UV_PYTHON_DOWNLOADS": "never"},
        supplies=supplies,
    )


def site_of(env: Environment) -> str | None:
    """Return the site-packages that the interpreter reads, relative to the root; None where it reads none of it."""
    inside = [path for path in env.startup.site_dirs if path.startswith(env.path + "/")]
    return relative(env, inside[0]) if inside and env.startup.starts and env.layout == "posix" else None


def on_copies(env: Environment, folders: Iterable[str], without: Iterable[str]) -> Iterator[Step]:
    """Yield the steps after which folders and `bin` are copies to work on, but for what is to be installed anew."""
    left_out = tuple(without)
    for folder in dict.fromkeys([*folders, relative(env, env.bin_dir)]):
        yield SetAside(path=folder)
        yield BringBack(source=folder, path=folder, without=tuple(x for x in left_out if x.startswith(folder + "/")))


def recorded_rows(metadata: str, workshop: Workshop) -> Iterator[str]:
    """Yield the files that a distribution's RECORD names, relative to the root."""
    folder = posixpath.dirname(metadata)
    for line in workshop.texts.get(f"{metadata}/RECORD", b"").decode("utf-8", "surrogateescape").splitlines():
        row = line.rpartition(",")[0].rpartition(",")[0].strip('"').replace('""', '"')
        path = posixpath.normpath(posixpath.join(folder, row)) if row else ""
        if path and not path.startswith(("../", "/")):
            yield path


def pip_words(workshop: Workshop) -> list[str]:
    """Return the words that start a pip acting on the environment: one from outside (`pip --python`), else its own.

    Where no Python brings a pip along (Debian without python3-venv), the one that was in the environment serves: by
    then it has been carried over.
    """
    if "pip" not in workshop.tools:
        return ["{root}/bin/python", "-m", "pip"]
    return [workshop.tools["pip-python"], workshop.tools["pip"], "--python", "{root}/bin/python"]


def _words(env: Environment, workshop: Workshop, choice: Choice) -> Iterator[str]:
    get = env.cfg.get if env.cfg else lambda _key: None
    prompt = (get("prompt") or "").strip("'\"")
    system = env.cfg.system_site if env.cfg and env.cfg.get("include-system-site-packages") is not None else False
    copied = env.python is not None and not env.python.is_link and env.python.end == "file"
    if env.kind == "uv" and "uv" in workshop.tools:
        yield from (
            workshop.tools["uv"],
            "venv",
            "--quiet",
            "--allow-existing",
            "--no-project",
            "--no-config",
            "--python",
            choice.path,
        )
        yield from ["--relocatable"] if (get("relocatable") or "") == "true" else []
    elif env.kind == "virtualenv" and "virtualenv" in workshop.tools:
        yield from (
            workshop.tools["virtualenv"],
            "--quiet",
            "--no-download",
            "--no-seed",
            "--no-periodic-update",
            "--app-data",
            "{stage}/wheels",
            "-p",
            choice.path,
        )
        yield from ["--copies"] if copied else []
    else:
        yield from (choice.path, "-m", "venv", "--without-pip")
        yield from ["--copies"] if copied else []
    yield from ["--system-site-packages"] if system else []
    yield from [f"--prompt={prompt}"] if prompt else []  # one word: a prompt may begin with a dash
    yield "{root}"


def _outside(item: Salvage, row: str) -> str | None:
    """Return where a RECORD row outside site-packages lies, relative to the root; None for one inside or astray."""
    if not row.startswith("../"):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(item.metadata), row))
    return None if path.startswith("..") else path
