"""Two questions beside the scan: one environment in full, and every base interpreter with what hangs on it."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from venvdoctor import api, reporting
from venvdoctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from venvdoctor.api import ScanRequest, Session
    from venvdoctor.config import Config
    from venvdoctor.freeze import Known
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Candidate, Environment
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.report import InterpreterData, Report


def show(path: str, config: Config | None = None, *, sysroot: str | None = None) -> tuple[Report, dict[str, Any]]:
    """Examine one environment in full; return its report, and what `portrait.details` tells beyond it.

    Args:
        path: absolute path, as inside the view, of the environment, of its project, or of a file in it.
        config: what to do there.
        sysroot: directory of an image.

    Raises:
        UsageError: there is no environment at the path.
    """
    request = api.ScanRequest(paths=(path,), sysroot=sysroot)
    return api.whole(api.open_session(request, config), partial(_show, path))


def _show(path: str, session: Session) -> tuple[Report, dict[str, Any]]:
    from venvdoctor.inspection.environment import examine as read  # noqa: PLC0415
    from venvdoctor.portrait import details  # noqa: PLC0415

    session.shared.needs |= {"distributions", "files", "storage"}
    started, clock = time.time(), time.monotonic()
    candidate = _nearest_candidate(session, path)
    env = read(candidate, session.shared) if candidate else None
    if env is None:
        state = "does not exist" if session.view.kind(path) in ("missing", "loop") else "is no environment"
        raise UsageError(f"{path} {state}", hint="`venvdoctor scan` finds those below a directory")
    parts = reporting.Assembler()
    parts.add(api.judge(session, env))
    for item in api.dependents(session, parts.paths()):
        parts.attach(item)
    return parts.report(api.tool_data(), api.scan_data(session, started, time.monotonic() - clock)), details(env)


def examine_one(path: str, config: Config | None = None, *, sysroot: str | None = None) -> Environment:
    """Return the facts of one environment and its packages, without judging them.

    Raises:
        UsageError: there is no environment at the path.
    """
    request = api.ScanRequest(paths=(path,), sysroot=sysroot)
    return api.whole(api.open_session(request, config), partial(_examine_one, path))


def _examine_one(path: str, session: Session) -> Environment:
    from venvdoctor.inspection.environment import examine as read  # noqa: PLC0415

    session.shared.needs = frozenset({"distributions"})
    candidate = _nearest_candidate(session, path)
    env = read(candidate, session.shared) if candidate else None
    if env is None:
        raise UsageError(f"{path} is no environment", hint="`venvdoctor scan` finds those below a directory")
    return env


def known_files(env: Environment, dists: Iterable[Distribution], *, sysroot: str | None = None) -> Known:
    """Return what lock files beside an environment, and archives on the disk, tell of its packages."""
    from venvdoctor.inspection.lock_files import read_known  # noqa: PLC0415

    session = api.open_session(api.ScanRequest(paths=(env.path,), sysroot=sysroot))
    return api.whole(session, lambda here: read_known(env, dists, here.shared))


def interpreters(
    request: ScanRequest, config: Config | None = None, *, progress: Callable[[int, str], None] | None = None
) -> tuple[Report, list[dict[str, Any]]]:
    """Scan, and return the report with every base interpreter: its environments, and whether it may be removed.

    Raises:
        UsageError: as `scan`.
    """
    return api.whole(api.open_session(request, config), partial(_interpreters, progress))


def _interpreters(progress: Callable[[int, str], None] | None, session: Session) -> tuple[Report, list[dict[str, Any]]]:
    request = session.request
    report = api.scan(request, session.config, session=session, progress=progress)
    users: dict[str, list[str]] = {}
    for env in report["environments"]:
        users.setdefault(env["python"]["base_executable"] or "", []).append(env["path"])
    found = {item["path"]: item for item in report["interpreters"]}
    for interpreter in [] if request.paths else _installations(session):
        found.setdefault(interpreter.executable, api.base_data(session, interpreter.executable, interpreter))
    everywhere = report["scan"]["complete"] and request.system
    return report, [_use(session, found[path], users.get(path, []), everywhere) for path in sorted(found)]


def _use(session: Session, item: InterpreterData, environments: list[str], everywhere: bool) -> dict[str, Any]:
    from venvdoctor.predicting.removal import advice  # noqa: PLC0415

    gone = session.view.kind(item["path"]) in ("missing", "loop")
    told = advice(item, environments, everywhere=everywhere, gone=gone)
    return {**item, "environments": environments, "gone": gone, "removal": told}


def _installations(session: Session) -> list[Interpreter]:
    """Return the interpreters that are installed, whether an environment hangs on them or not."""
    from venvdoctor.inspection.installations import find_installations  # noqa: PLC0415

    return [choice.interpreter for choice in find_installations(session.shared)]


def _nearest_candidate(session: Session, path: str) -> Candidate | None:
    """Return the environment at the path, in a usual place below it, or around it."""
    from venvdoctor.discovery import candidate_at  # noqa: PLC0415

    for place in (path, f"{path}/.venv", f"{path}/venv", *list(_parents(path))[:4]):
        found = candidate_at(session.view, session.host, place)
        if found is not None:
            return found
    return None


def _parents(path: str) -> Iterator[str]:
    while path.strip("/"):
        path = os.path.dirname(path)
        yield path
