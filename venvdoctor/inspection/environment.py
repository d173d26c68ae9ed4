"""Assembles the facts of one environment: marker, chain, interpreter, start-up, and what the other readers add."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection import identify
from venvdoctor.inspection.access import owner_reads
from venvdoctor.inspection.chain import unmounted, walk
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.pyvenv_cfg import read_cfg
from venvdoctor.inspection.startup import emulate
from venvdoctor.model.environment import Environment, LibDir, Unreadable
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.cfg import PyvenvCfg
    from venvdoctor.model.chain import Chain
    from venvdoctor.model.distribution import Library
    from venvdoctor.model.environment import Candidate, Kind

METADATA_ENDINGS = (".dist-info", ".egg-info", ".egg-link", ".egg")


def examine(candidate: Candidate, shared: Shared) -> Environment | None:
    """Return the facts of the environment at the candidate's path, None when there is none.

    Total but for the directory itself: an unreadable one gives an environment that says so only when its source vouches
    for it (a manager), else None.
    """
    if candidate.kind in ("user-site", "global-site"):
        from venvdoctor.inspection.version_site import read_version_site  # noqa: PLC0415 - only where there is one

        return read_version_site(candidate, shared)
    root = identify.root_of(candidate.path, shared.view)
    if root != candidate.path:
        candidate = replace(candidate, path=root)
    try:
        place = identify.open_place(candidate.path, shared.view)
        real = shared.view.realpath(candidate.path)
        status = shared.view.stat(candidate.path)
    except (OSError, ValueError) as error:
        return _unreadable(candidate, error)
    env = _identified(candidate, place, real, status)
    if env is None:
        return None
    names = identify.python_names(place.list(identify.bin_dir_of(place)))
    return _with_parts(_with_interpreter(env, names, shared), shared)


def _identified(candidate: Candidate, place: identify.Place, real: str, status: os.stat_result) -> Environment | None:
    """Return what the names in the directory say, None where they say that it is no environment."""
    bin_dir = identify.bin_dir_of(place)
    cfg, also = _configuration(place, bin_dir)
    kind = candidate.kind or identify.kind_of(place, cfg, bin_dir)
    if kind is None:
        return None
    return Environment(
        path=candidate.path,
        real=real,
        identity=(status.st_dev, status.st_ino),
        owner=status.st_uid,
        kind=kind,
        layout=identify.layout_of(place, bin_dir),
        manager=candidate.manager,
        name=candidate.name or posixpath.basename(candidate.path.rstrip("/")),
        project=candidate.project,
        cfg=cfg,
        cfg_also=also,
        bin_dir=place.join(bin_dir),
        created_by=identify.created_by(place, cfg, kind),
        recorded_version=_recorded_version(cfg),
        lib_dirs=tuple(_lib_dirs(place)),
        markers=identify.markers_of(place, bin_dir),
        unreadable=tuple(Unreadable(path=path, reason=reason) for path, reason in sorted(place.denied.items())),
    )


def _with_interpreter(env: Environment, names: list[str], shared: Shared) -> Environment:
    """Add the chains, the interpreter at their end, and what it would do when started."""
    try:
        directory = shared.view.realpath(env.bin_dir) if names else None
    except (OSError, ValueError):
        directory = None
    chains = tuple(_chain(f"{env.bin_dir}/{name}", directory, shared) for name in names)
    chain = chains[0] if chains else None
    interpreter = read_interpreter(chain.real, shared) if chain and chain.end == "file" and chain.real else None
    env = replace(env, executables=chains, python=chain, interpreter=interpreter)
    return emulate(env, shared)


def _chain(path: str, directory: str | None, shared: Shared) -> Chain:
    """Return the chain of one name; what lies on a volume that is not mounted is not called missing."""
    chain = walk(shared.view, path, directory)
    if chain.end == "missing" and chain.missing is not None and unmounted(shared.view, chain.missing):
        return replace(chain, end="unmounted")
    return chain


def _with_parts(env: Environment, shared: Shared) -> Environment:
    """Add what the other readers know; the costly ones only when a selected rule asks."""
    from venvdoctor.inspection.conda import read_conda  # noqa: PLC0415 - each only when it is wanted
    from venvdoctor.inspection.receipts import read_receipt  # noqa: PLC0415

    env = replace(env, receipt=read_receipt(env, shared))
    if env.kind == "conda":
        env = replace(env, conda=read_conda(env, shared))
    if "distributions" in shared.needs or shared.needs & {"files", "hashes", "native", "imports", "storage"}:
        from venvdoctor.inspection.distributions import read_library  # noqa: PLC0415

        library = read_library(env, shared)
        view, site_dirs = shared.view, env.startup.site_dirs
        library = replace(library, closed=tuple(path for path in site_dirs if not owner_reads(path, env.owner, view)))
        unread = (Unreadable(path=path, reason=reason) for path, reason in library.unread)
        known = (item for item in env.unreadable if item.path not in library.closed)
        env = replace(env, library=library, unreadable=(*known, *unread))
        env = _ended_by_site(env, library)
    if "scripts" in shared.needs:
        from venvdoctor.inspection.scripts import read_scripts  # noqa: PLC0415

        env = replace(env, scripts=read_scripts(env, shared))
    return env


def _ended_by_site(env: Environment, library: Library) -> Environment:
    """Correct the start-up where a `.pth` file or a sitecustomize ends it: `site` runs those before anything else."""
    fatal = [item.path for item in library.pth if item.problem in ("exits", "not-utf8")]
    fatal += [item.path for item in library.customizations if item.ends]
    if not fatal or not env.startup.starts:
        return env
    return replace(env, startup=replace(env.startup, starts=False, reason="site", detail=fatal[0]))


def _configuration(place: identify.Place, bin_dir: str) -> tuple[PyvenvCfg | None, PyvenvCfg | None]:
    """Return the pyvenv.cfg that site.py reads (beside the executable before the root's), and the other one."""
    beside = (
        read_cfg(place.join(bin_dir), place.view, beside_executable=True)
        if "pyvenv.cfg" in place.list(bin_dir)
        else None
    )
    root = read_cfg(place.path, place.view) if "pyvenv.cfg" in place.names else None
    return (root, beside) if root is not None else (beside, None)


def _recorded_version(cfg: PyvenvCfg | None) -> str | None:
    """Return what the creator wrote down: X.Y.Z, or X.Y where uv's minor-version link was used."""
    for key in ("version_info", "version"):
        value = cfg.get(key) if cfg else None
        if value:
            return ".".join(value.split(".")[:3])
    return None


def _lib_dirs(place: identify.Place) -> Iterable[LibDir]:
    """Yield each version directory once, however many links lead to it."""
    seen: set[tuple[int, int]] = set()
    for name, relative in identify.version_dirs(place):
        path = place.join(relative)
        try:
            status = place.view.stat(path)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        names = place.list(relative)
        held = sum(1 for entry in names if entry.endswith(METADATA_ENDINGS) and not entry.startswith("~"))
        yield LibDir(name=name, path=path, distributions=held, entries=len(names))


def _unreadable(candidate: Candidate, error: OSError | ValueError) -> Environment | None:
    """An environment that a manager vouches for and nobody may look into; anything else is no environment."""
    if not isinstance(error, PermissionError):
        return None
    kind: Kind = candidate.kind or "venv"
    return Environment(
        path=candidate.path,
        real=candidate.path,
        identity=(0, 0),
        kind=kind,
        manager=candidate.manager,
        name=candidate.name or posixpath.basename(candidate.path),
        project=candidate.project,
        unreadable=(Unreadable(path=candidate.path, reason=error.strerror or str(error)),),
    )
