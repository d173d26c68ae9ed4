"""Reads what an environment's interpreter finds when it looks for packages, and whether that is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.inspection import library_imports, surroundings
from venvdoctor.inspection.access import check_access, readable_by
from venvdoctor.inspection.debundled import with_wheels_gone
from venvdoctor.inspection.editable_targets import Traces, with_editable
from venvdoctor.inspection.entry_points import command_modules, command_names
from venvdoctor.inspection.import_evidence import Evidence
from venvdoctor.inspection.import_names import names_of, names_of_top_level
from venvdoctor.inspection.import_suspicion import with_suspicion
from venvdoctor.inspection.listings import Listings
from venvdoctor.inspection.metadata_dirs import Found, read_directory
from venvdoctor.inspection.record_faults import altered, compare
from venvdoctor.inspection.requirements import Checker, Declared, Verdict, marker_environment, python_satisfies
from venvdoctor.inspection.site_path import SitePath, build_path
from venvdoctor.model.distribution import Customization, ImportName, Library, RecordFaults
from venvdoctor.model.fact import field, record, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from venvdoctor.inspection.importer import Importer
    from venvdoctor.inspection.library_imports import Hooks
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.distribution import Distribution, PthFile, Storage
    from venvdoctor.model.environment import Environment

DISTRIBUTION_LIMIT = 5000
_PIP_COMMAND = ("pip._internal.cli.main",)  # what the `pip` command imports; `import pip` alone loads next to nothing


@record
class _Work:
    """The state of one reading."""

    env: Environment
    shared: Shared
    listings: Listings
    site: SitePath
    hooks: Hooks
    lost: dict[str, tuple[str, str]]
    suspects: list[str] = field(default_factory=list)  # modules that may end the process, whoever imports them
    short: bool = False  # some source is shorter than recorded
    replaced: dict[str, str] = field(default_factory=dict)  # path of a source without suffix → the extension before it


def read_library(env: Environment, shared: Shared) -> Library:
    """Return the packages on the path that `env.startup` describes; total.

    Every file is read at most once. What is costly (files, imports, hashes) is read when `shared.needs` asks for it.
    """
    shared.listings = Listings(shared.view, env.owner if shared.host.uid != env.owner else 0)
    try:
        return _read_library(env, shared, shared.listings)
    finally:
        shared.listings = None


def _read_library(env: Environment, shared: Shared, listings: Listings) -> Library:
    site = build_path(env, listings)
    work = _Work(
        env=env,
        shared=shared,
        listings=listings,
        site=site,
        hooks=library_imports.read_hooks(site, listings),
        lost={},
    )
    own = [item for entry in site.entries if not entry.from_base for item in _read(entry.path, work)]
    base = [item for entry in site.entries if entry.from_base for item in _read_base(entry.path, work)]
    traces: dict[str, Traces] = {}
    own = [_complete(item, work, traces) for item in own]
    own = _with_requirements(own, base, work)
    importer = library_imports.make_importer(env, site, work.hooks, listings)
    customizations: tuple[Customization, ...] = ()
    if "imports" in shared.needs:
        own, customizations = _with_imports(own, traces, importer, work)
    storage = None
    if "storage" in shared.needs:
        own, storage = _with_storage(own, work)
    directories = [entry.path for entry in site.entries if not entry.from_base]
    shared.packages += len(own)
    return Library(
        path=tuple(entry.path for entry in site.entries),
        distributions=(*(item.dist for item in own), *(item.dist for item in base)),
        stranded=tuple(item.dist for item in _stranded(work)),
        pth=tuple(_check_pth(item, importer) for item in site.pth),
        leftovers=surroundings.leftovers(directories, listings),
        customizations=customizations,
        bundles=tuple(surroundings.bundles(own, shared)),
        lib64=surroundings.lib64_of(env, listings),
        externally_managed=surroundings.externally_managed(env, listings),
        storage=storage,
        undecided=tuple((path, "may not be listed") for path in directories if listings.get(path).problem == "denied"),
        unread=((listings.cut, "what packages record is more than is read"),) if listings.cut else (),
    )


def _read(path: str, work: _Work) -> list[Found]:
    return list(read_directory(path, work.listings, from_base=False, full=True))[:DISTRIBUTION_LIMIT]


def _read_base(path: str, work: _Work) -> list[Found]:
    """Read a directory of the base, once per scan."""
    store = work.shared.store(__name__)
    if path not in store:
        store[path] = list(read_directory(path, work.listings, from_base=True, full=False))[:DISTRIBUTION_LIMIT]
    return list(store[path])


def _stranded(work: _Work) -> list[Found]:
    """Return the distributions in version directories of the environment that this interpreter does not read."""
    read = {_identity(entry.path, work) for entry in work.site.entries}
    found: list[Found] = []
    for lib in work.env.lib_dirs:
        identity = _identity(lib.path, work)
        if identity is not None and identity not in read:
            read.add(identity)
            found += read_directory(lib.path, work.listings, from_base=False, full=True)
    return found[:DISTRIBUTION_LIMIT]


def _identity(path: str, work: _Work) -> tuple[int, int] | None:
    try:
        status = work.shared.view.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _complete(found: Found, work: _Work, traces: dict[str, Traces]) -> Found:
    """Add what the files say: editable target, losses, hashes, access."""
    found, traces[found.dist.metadata_path] = with_editable(found, work.site, work.hooks, work.listings)
    dist = found.dist
    needs = work.shared.needs
    changes: dict[str, Any] = {}
    if found.record.state == "ok" and needs & {"files", "imports", "hashes"}:
        suffixes = library_imports.suffixes_of(work.env)
        losses = compare(found, work.env.bin_dir, work.listings, work.env.path, suffixes)
        faults = losses.faults
        if faults and "hashes" in needs:
            faults = replace(faults, altered=altered(found.record.rows, dist.site_dir, work.listings))
        work.lost.update({stem: (reason, path) for stem, reason, path in losses.lost})
        work.suspects += losses.shortened
        work.replaced.update(losses.replaced)
        work.suspects += [stem[len(dist.site_dir) + 1 :].replace("/", ".") for stem, _ in losses.replaced]
        work.short = work.short or losses.short
        changes.update(faults=faults, linked=losses.linked)
    if work.env.owner != 0 and needs & {"files", "imports"}:
        changes["access"] = check_access(_places(found), work.env.owner, None, work.shared.view)
    version = work.env.interpreter.version if work.env.interpreter else None
    if dist.requires_python and version:
        text = version.text if version.micro is not None else f"{version.series}.99"
        changes["requires_python_ok"] = python_satisfies(dist.requires_python, text)
    return replace(found, dist=replace(dist, **changes)) if changes else found


def _places(found: Found) -> list[str]:
    """Return the metadata directory and the top-level files and directories of a distribution."""
    tops = dict.fromkeys(row.path.partition("/")[0] for row in found.record.rows)
    names = [name for name in tops if name not in ("..", "", "__pycache__") and name != found.folder]
    return [found.dist.metadata_path, *(f"{found.dist.site_dir}/{name}" for name in names)]


def _with_requirements(own: list[Found], base: list[Found], work: _Work) -> list[Found]:
    markers = marker_environment(work.env, work.shared)
    if markers is None:
        return own
    declared = [Declared(d.key, d.version, d.requires, d.from_base) for item in (*own, *base) for d in (item.dist,)]
    verdicts = Checker(declared, markers, work.shared).check()
    seen: set[str] = set()
    done: list[Found] = []
    for item in own:
        verdict = verdicts.get(item.dist.key, Verdict()) if item.dist.key not in seen else Verdict()
        seen.add(item.dist.key)
        bad = verdict.unsatisfied or verdict.odd
        dist = replace(item.dist, unsatisfied=verdict.unsatisfied, odd_requires=verdict.odd) if bad else item.dist
        done.append(replace(item, dist=dist) if bad else item)
    return done


def _with_imports(
    own: list[Found], traces: dict[str, Traces], importer: Importer, work: _Work
) -> tuple[list[Found], tuple[Customization, ...]]:
    names = {item.dist.metadata_path: _names(item, traces[item.dist.metadata_path], importer, work) for item in own}
    if _is_suspect(own, work):
        names = {item.dist.metadata_path: _with_commands(item, names[item.dist.metadata_path], work) for item in own}
    special = {"": [name for name in ("sitecustomize",) if _is_own(name, importer, work)]}
    evidence = _evidence(own, work)
    natives: dict[str, tuple[ImportName, ...]] = {}
    if "native" in work.shared.needs:
        suffixes = library_imports.suffixes_of(work.env)
        found = {
            item.dist.metadata_path: library_imports.native_names(item, evidence.native, suffixes, importer.listings)
            for item in own
        }
        natives = {place: native for place, native in found.items() if native}
    evidence = with_suspicion(evidence, own, names, natives, work.env)
    judged, damaged = library_imports.judge(
        {**names, **special, "suspects": work.suspects}, importer, evidence, work.env, unknown_hooks=work.hooks.unknown
    )
    vain = frozenset(item.path for item in judged["suspects"] if item.state == "fails" and item.reason == "missing")
    done = [
        replace(item, dist=_with_names(item.dist, names[item.dist.metadata_path], judged[item.dist.metadata_path]))
        for item in (_with_damage(item, damaged, vain) for item in own)
    ]
    done = [_with_native(item, natives.get(item.dist.metadata_path, ())) for item in done]
    done = [_with_wheels_gone(item, importer, work) for item in done]
    return done, tuple(surroundings.customization(item, work.shared) for item in judged[""])


def _with_wheels_gone(item: Found, importer: Importer, work: _Work) -> Found:
    dist = with_wheels_gone(item.dist, work.env, importer)
    return item if dist is item.dist else replace(item, dist=dist)


def _is_suspect(own: Sequence[Found], work: _Work) -> bool:
    """Whether anything is lost that a command may meet where importing its package does not."""
    interpreter = work.env.interpreter
    lost = interpreter is not None and bool(interpreter.stdlib_faults)
    return lost or any(item.dist.faults or item.dist.unsatisfied for item in own)


def _with_commands(item: Found, names: tuple[str, ...], work: _Work) -> tuple[str, ...]:
    if item.listing is None or "entry_points.txt" not in item.listing.names:
        return names
    return (*names, *command_modules(f"{item.dist.metadata_path}/entry_points.txt", names, work.shared.view))


def _with_damage(item: Found, damaged: frozenset[str], vain: frozenset[str]) -> Found:
    """Add the modules found to be no whole program at their recorded size, and those gone that nothing replaces."""
    if not damaged and not vain:
        return item
    site_dir, faults = item.dist.site_dir, item.dist.faults or RecordFaults()
    known = {*faults.truncated, *faults.modules}
    paths = [row.path for row in item.record.rows if row.path not in known]
    cut = [path for path in paths if f"{site_dir}/{path}" in damaged]
    gone = [path for path in paths if f"{site_dir}/{path}" in vain]
    if not cut and not gone:
        return item
    more = replace(faults, truncated=(*faults.truncated, *cut), modules=(*faults.modules, *gone))
    return replace(item, dist=replace(item.dist, faults=more))


def _with_native(item: Found, native: tuple[ImportName, ...]) -> Found:
    if not native:
        return item
    there = [one for one in native if one.use == "required" and one.reason != "missing"]
    doubtful = {name: one for one in there for name in one.perhaps}
    imports = tuple(_doubt(name, doubtful.get(name.name)) for name in item.dist.imports)
    return replace(item, dist=replace(item.dist, native=native, imports=imports))


def _doubt(name: ImportName, native: ImportName | None) -> ImportName:
    """Whether a package fails with its extension module, where it imports that under a condition: nobody can tell."""
    if native is None or name.state != "imports":
        return name
    return replace(name, state="unknown", reason="conditional-extension", path=native.path, detail=native.name)


def _with_storage(own: list[Found], work: _Work) -> tuple[list[Found], Storage]:
    from venvdoctor.inspection import storage  # noqa: PLC0415 - only `show` asks

    parts = [storage.of_distribution(item, work.env, work.shared) for item in own]
    done = [replace(item, dist=replace(item.dist, storage=part)) for item, part in zip(own, parts, strict=True)]
    return done, storage.of_environment(work.env, own, work.shared)


def _is_own(name: str, importer: Importer, work: _Work) -> bool:
    spec = importer.find(name)
    return spec is not None and spec.kind == "source" and library_imports.base_of(work.site)(spec.file)


def _with_names(dist: Distribution, names: tuple[str, ...], judged: tuple[ImportName, ...]) -> Distribution:
    if dist.editable:
        lines = [path for path in dist.faults.missing if path.endswith(".pth")] if dist.faults else []
        judged = tuple(_of_editable(item, dist, lines) for item in judged)
    return replace(dist, top_level=names, imports=judged)


def _of_editable(item: ImportName, dist: Distribution, lines: Sequence[str]) -> ImportName:
    """Say of a name that is not found that its source is gone, or the line that leads there."""
    if dist.editable_exists is False and (item.state != "imports" or not item.path):
        return replace(item, state="fails", reason="editable-gone", path=dist.editable or "")
    if item.reason != "no-module" or item.detail != item.name:
        return item
    if lines:
        return replace(item, reason="missing", path=f"{dist.site_dir}/{lines[0]}")
    return replace(item, reason="editable-gone", path=dist.editable or "")


def _names(found: Found, traces: Traces, importer: Importer, work: _Work) -> tuple[str, ...]:
    """Return the names that are imported from a distribution: by RECORD, its loader, top_level.txt, its own name."""
    aside = ("../", "/", found.folder)
    names = names_of([row.path for row in found.record.rows if not row.path.startswith(aside)])
    if found.dist.key == "pip" and "pip" in names:
        names = (*names, *_PIP_COMMAND)
    if names and not found.dist.editable:
        return names
    names = tuple(name for name in names if name not in work.hooks.by_file)
    names = (*names, *(name for name in traces.names if name not in names))
    if names:
        return names
    listing = found.listing
    if listing is not None and "top_level.txt" in listing.names:
        try:
            data = work.shared.view.read_head(f"{found.dist.metadata_path}/top_level.txt", 1 << 16)
        except (OSError, ValueError):
            data = b""
        names = names_of_top_level(data)
    if not names and found.dist.editable:
        name = found.dist.key.replace("-", "_")
        sure = name.isidentifier() and (importer.find(name) or not _holds_modules(traces.alive, work.listings))
        return (name,) if sure else command_names(f"{found.dist.metadata_path}/entry_points.txt", work.shared.view)
    if not names and found.record.state in ("missing", "unreadable", "garbled", "not-expected"):
        return library_imports.guessed_names(found.dist.key, importer)
    return names


def _holds_modules(places: Sequence[str], listings: Listings) -> bool:
    """Whether directories hold anything that can be imported: then nobody knows by which name a project is."""
    found = [listings.get(place) for place in places]
    return any(name.endswith(".py") or listings.is_dir(item, name) for item in found for name in item.names)


def _evidence(own: list[Found], work: _Work) -> Evidence:
    env = work.env
    sizes: dict[str, int] = {}
    for item in own if work.short else ():
        site_dir = item.dist.site_dir
        for row in item.record.rows:
            if row.size is not None and row.path.endswith(".py"):
                sizes[f"{site_dir}/{row.path}"] = row.size

    def readable(status: os.stat_result) -> bool:
        return readable_by(status, env.owner)

    native, own_path = library_imports.native_checker(env, work.shared), library_imports.base_of(work.site)
    return Evidence(work.lost, sizes, native, readable, own_path, replaced=work.replaced)


def _check_pth(item: PthFile, importer: Importer) -> PthFile:
    """Say of a `.pth` file whether the modules that its import lines load are there."""
    if item.problem not in ("", "exits"):
        return item
    for module in item.imports:  # a line that fails ends the reading of the file, before whatever follows
        if importer.find(module.partition(".")[0]) is None:
            return replace(item, problem="unimportable", detail=module)
    return item
