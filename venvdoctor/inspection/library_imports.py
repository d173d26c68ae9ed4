"""What importing each top-level name of each distribution would show, from the path, the hooks and the files."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.constant_text import Known
from venvdoctor.inspection.editable import Editable, read_loader
from venvdoctor.inspection.importer import Importer, StandardLibrary
from venvdoctor.inspection.record_faults import foreign_build
from venvdoctor.inspection.sites import legacy_base
from venvdoctor.model.distribution import ImportName
from venvdoctor.model.fact import field, record, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from venvdoctor.inspection.import_evidence import Evidence
    from venvdoctor.inspection.import_spread import Trouble
    from venvdoctor.inspection.listings import Listings
    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.inspection.site_path import SitePath
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Fault, PythonVersion
    from venvdoctor.view import View

LOADER_LIMIT = 4 << 20


@record
class Hooks:
    """The finders of editable installs and what other start-up lines provide.

    Attributes:
        by_file: name of the loader's module → what it maps.
        preset: packages of `-nspkg.pth` files.
        unknown: some hook may find anything.
    """

    by_file: dict[str, Editable] = field(default_factory=dict)
    preset: dict[str, list[str]] = field(default_factory=dict)
    unknown: bool = False
    shim: bool = False


class Judged(NamedTuple):
    """The answers by metadata path, and the module files met that are no whole program."""

    names: dict[str, tuple[ImportName, ...]]
    damaged: frozenset[str]


def read_hooks(site: SitePath, listings: Listings) -> Hooks:
    """Interpret the import lines of `.pth` files that change how modules are found; total."""
    hooks = Hooks(unknown=site.unknown)
    for site_dir, effect in site.effects:
        if effect.kind in ("finder", "module"):
            for name in effect.modules:
                loader = _read_loader(name, site_dir, listings)
                hooks.by_file[name] = loader
                hooks.unknown = hooks.unknown or loader.kind == "unknown"
        elif effect.kind == "namespace" and effect.names:
            hooks.preset.setdefault(effect.names[0], []).append(f"{site_dir}/{effect.names[0]}")
        elif effect.kind == "distutils":
            hooks.shim = True
    return hooks


def _read_loader(name: str, site_dir: str, listings: Listings) -> Editable:
    place = f"{site_dir}/{name.replace('.', '/')}.py"
    if listings.presence(place) != "there":
        return Editable("none", {}, {})  # the line fails: nothing is installed
    try:
        return read_loader(listings.view.read_head(place, LOADER_LIMIT))
    except (OSError, ValueError):
        return Editable("unknown", {}, {})


def make_importer(env: Environment, site: SitePath, hooks: Hooks, listings: Listings) -> Importer:
    """Return the importer of the environment's interpreter."""
    interpreter = env.interpreter
    version = interpreter.version if interpreter else None
    stdlib = env.startup.stdlib or (interpreter.stdlib if interpreter else None)
    if stdlib and (base := legacy_base(stdlib, listings.view)):
        stdlib = f"{base}/lib/{posixpath.basename(stdlib)}"  # the environment's own holds what a start needs, no more
    library = StandardLibrary(
        [stdlib, interpreter.dynload if interpreter else None, f"{stdlib}/lib-dynload" if stdlib else None],
        version[:2] if version else (3, 99),
        listings,
        pypy=interpreter is not None and interpreter.implementation == "pypy",
    )
    return Importer(
        [entry.path for entry in site.entries],
        listings,
        library,
        suffixes_of(env),
        loaders=tuple(hooks.by_file.values()),
        preset=hooks.preset,
        provided=_provided(site, listings),
    )


def suffixes_of(env: Environment) -> tuple[str, ...]:
    """Return the extension suffixes that the interpreter imports, in its order.

    A free-threaded one lists `.abi3.so` too, and dies of what it loads from there: its objects are laid out otherwise.
    """
    interpreter = env.interpreter
    if interpreter is None:
        return (".so",)
    if interpreter.suffixes:
        threads = "t" in interpreter.abi_flags
        return tuple(suffix for suffix in interpreter.suffixes if not (threads and suffix == ".abi3.so"))
    tagged = (f".{interpreter.soabi}.so",) if interpreter.soabi else ()
    return (*tagged, ".abi3.so", ".so") if env.layout == "posix" else (*tagged, ".pyd")


def _provided(site: SitePath, listings: Listings) -> frozenset[str]:
    """Return the modules that setuptools' shim answers for: distutils, from its own copy."""
    for entry in site.entries:
        if "_distutils_hack" in listings.get(entry.path).names:
            try:
                hack = listings.view.read_head(f"{entry.path}/_distutils_hack/__init__.py", 1 << 16)
            except (OSError, ValueError):
                continue
            # Below setuptools 60 the shim is there, and does nothing unless a variable asks for it.
            copy = "_distutils" in listings.get(f"{entry.path}/setuptools").names
            return frozenset({"distutils"}) if copy and b"'SETUPTOOLS_USE_DISTUTILS', 'local'" in hack else frozenset()
    return frozenset()


def judge(
    names: Mapping[str, Sequence[str]],
    importer: Importer,
    evidence: Evidence,
    env: Environment,
    *,
    unknown_hooks: bool,
) -> Judged:
    """Return the import names of each distribution (by metadata path) with what importing them shows; total."""
    from venvdoctor.inspection.import_graph import Graph  # noqa: PLC0415 - only where imports are followed

    version = env.interpreter.version if env.interpreter else None
    if importer.stdlib.gone:
        evidence = evidence._replace(lost={**importer.stdlib.gone, **evidence.lost})
    graph = Graph(importer, evidence, _known(env, version), open_end=unknown_hooks)
    troubles, doubts = graph.explore(name for group in names.values() for name in group)
    decided = env.interpreter is not None and version is not None and importer.stdlib.known
    judged = {
        place: tuple(
            _doubted(
                _judge_one(name, importer, troubles, decided=decided, unknown_hooks=unknown_hooks), doubts.get(name)
            )
            for name in group
        )
        for place, group in names.items()
    }
    result = Judged(judged, graph.damaged)
    vars(graph).clear()  # its parts know it: the sources they keep would stay until garbage is looked for
    return result


def _known(env: Environment, version: PythonVersion | None) -> Known:
    """Return what an interpreter's modules find when they begin to run."""
    interpreter = env.interpreter
    if interpreter is None:
        return Known()
    unix = "darwin" if "darwin" in (interpreter.soabi or "") else "linux" if interpreter.libc else ""
    return Known(
        version=(version.major, version.minor) if version else None,
        platform="win32" if env.layout == "windows" else unix,
        implementation=interpreter.implementation or "",
    )


def _judge_one(
    name: str, importer: Importer, troubles: Mapping[str, Trouble], *, decided: bool, unknown_hooks: bool
) -> ImportName:
    trouble = troubles.get(name)
    if trouble and not ("." in name and trouble.reason == "no-module" and f"{name}.".startswith(f"{trouble.detail}.")):
        return ImportName(
            name=name,
            state="fails",
            reason=trouble.reason,
            path=trouble.path or _file(importer, name),
            detail=trouble.detail,
            faults=trouble.faults,
            through=trouble.through,
        )
    spec = importer.find(name)
    if not decided:
        return ImportName(name=name, state="unknown", reason="interpreter-unknown", path=spec.file if spec else "")
    if spec is None:
        reason = "unknown-hook" if unknown_hooks else "not-found"
        return ImportName(name=name, state="unknown", reason=reason)
    if spec.kind == "hook":
        return ImportName(name=name, state="unknown", reason="editable-loader")
    return ImportName(name=name, state="imports", reason="stdlib" if spec.kind == "stdlib" else "", path=spec.file)


def _doubted(name: ImportName, doubt: Trouble | None) -> ImportName:
    """Return the answer about a name that may fail with what is damaged, or was made for newer Pythons."""
    if doubt is None or name.state != "imports":
        return name
    return replace(
        name, state="unknown", reason=doubt.reason, path=doubt.path, detail=doubt.detail, through=doubt.through
    )


def _file(importer: Importer, name: str) -> str:
    spec = importer.find(name)
    return spec.file if spec else ""


def native_checker(env: Environment, shared: Shared) -> Callable[[str], tuple[Fault, ...]]:
    """Return the question "why can this extension module not be loaded"; answers are kept."""
    interpreter = env.interpreter
    if interpreter is None or not shared.needs & {"native", "imports"}:
        return lambda _: ()
    from venvdoctor.inspection.native import judge_extension  # noqa: PLC0415 - only with native code to judge

    kept: dict[str, tuple[Fault, ...]] = {}

    def faults_of(path: str) -> tuple[Fault, ...]:
        known = kept.get(path)
        if known is None:
            verdict = judge_extension(path, interpreter.executable, shared)
            known = kept[path] = verdict.faults if verdict.initialises is not False else ()
        return known

    return faults_of


def native_names(
    found: Found, faults_of: Callable[[str], tuple[Fault, ...]], suffixes: Sequence[str], listings: Listings
) -> tuple[ImportName, ...]:
    """Return the extension modules of a distribution that are gone, or that this interpreter cannot load or see."""
    from venvdoctor.inspection.extension_names import foreign_builds, split_extension  # noqa: PLC0415

    troubled: list[ImportName] = []
    loadable = 0
    files = [row.path for row in found.record.rows if row.path.endswith((".so", ".pyd"))]
    for path in [file for file in files if not file.startswith("../")]:
        head, _, file = path.rpartition("/")
        part = split_extension(file)
        folder = f"{found.dist.site_dir}/{head}" if head else found.dist.site_dir
        names = listings.get(folder).names
        if file not in names and part is not None:
            renamed = foreign_build(path, names)
            nothing = not {part.stem, f"{part.stem}.py", f"{part.stem}.pyc"} & names
            if not renamed and part.suffix in suffixes and nothing:
                troubled.append(_unusable(_name_of(head, part.stem), "missing", f"{folder}/{file}"))
            file = renamed or file
            part = split_extension(file) if renamed else None
        if part is None or listings.presence(f"{folder}/{file}") != "there":
            continue
        name = _name_of(head, part.stem)
        place = f"{folder}/{file}"
        if part.suffix not in suffixes:
            if foreign_builds(names, part.stem, suffixes):
                troubled.append(_unusable(name, "wrong-tag", place, detail=part.suffix))
            continue
        faults = faults_of(place)
        if faults:
            troubled.append(_unusable(name, "unloadable", place, faults=faults))
        else:
            loadable += not part.stem.startswith("lib")  # those are libraries beside the modules
    if not troubled:
        return ()
    judged = with_use(troubled, found, listings.view, alone=not loadable)
    return tuple(item for item in judged if not _is_data(item, found.dist.site_dir, suffixes, listings))


def _unusable(name: str, reason: str, path: str, *, detail: str = "", faults: tuple[Fault, ...] = ()) -> ImportName:
    return ImportName(name=name, state="fails", reason=reason, path=path, detail=detail, faults=faults)


def _name_of(folder: str, stem: str) -> str:
    return ".".join([*folder.split("/"), stem] if folder else [stem]).removesuffix(".__init__")


def _is_data(item: ImportName, site_dir: str, suffixes: Sequence[str], listings: Listings) -> bool:
    """Whether nobody imports a file from here: it is for another system, or lies in a directory that is no package.

    debugpy brings modules for Windows everywhere, freezers bring those of the standard library.
    """
    if item.use != "unknown":
        return False
    if item.path.endswith(".pyd") and ".pyd" not in suffixes:
        return True
    folders = item.path[len(site_dir) + 1 :].split("/")[:-1]
    places = ["/".join([site_dir, *folders[: depth + 1]]) for depth in range(len(folders))]
    packages = [any(name.startswith("__init__.") for name in listings.get(place).names) for place in places]
    return packages[:1] == [True] and False in packages


def with_use(troubled: Sequence[ImportName], found: Found, view: View, *, alone: bool) -> tuple[ImportName, ...]:
    """Return extension modules that do not load with what the distribution's own sources do without them."""
    from venvdoctor.inspection.extension_use import Sources, guards_against  # noqa: PLC0415 - only where something does not load

    files = [
        row.path for row in found.record.rows if row.path.endswith(".py") and not row.path.startswith(("../", "/"))
    ]
    sources = Sources(files, found.dist.site_dir, view)
    uses = [sources.use_of(item.name, guards_against(item)) for item in troubled]
    return tuple(
        replace(item, use=use.kind, importers=use.importers[:10], perhaps=use.perhaps, alone=alone)
        for item, use in zip(troubled, uses, strict=True)
    )


def base_of(site: SitePath) -> Callable[[str], bool]:
    """Return whether a path belongs to the environment rather than to the base's own directories."""
    foreign = tuple(f"{entry.path}/" for entry in site.entries if entry.from_base)
    return lambda path: not path.startswith(foreign) if foreign else True


def guessed_names(key: str, importer: Importer) -> tuple[str, ...]:
    """Return the name that a project without RECORD or top_level.txt most likely has, when that is found."""
    name = posixpath.basename(key).replace("-", "_")
    return (name,) if name.isidentifier() and importer.find(name) else ()
