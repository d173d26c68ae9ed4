"""The pipeline end to end: discovery, examination, diagnosis, report. The command line is a thin skin over this.

`scan` gives the whole report; `stream` gives one environment after the other and keeps none of them.
Another view (a sysroot, a hypothetical change) or another host makes the same pipeline answer another question.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, TypeVar, cast

from venvdoctor import __version__, diagnosis, reporting
from venvdoctor.errors import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK, UsageError
from venvdoctor.finding import SEVERITIES
from venvdoctor.fleet.tally import Tally, scan_head
from venvdoctor.report import SCHEMA_VERSION
from venvdoctor.session import ScanRequest, Session, open_session, with_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from venvdoctor.config import Config
    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Candidate, Environment
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.report import InterpreterData, Report, ScanData, ToolData
    from venvdoctor.reporting import Examined

Answer = TypeVar("Answer")

__all__ = ["ScanRequest", "Session", "open_session", "with_cache"]


def scan(
    request: ScanRequest,
    config: Config | None = None,
    *,
    session: Session | None = None,
    progress: Callable[[int, str], None] | None = None,
) -> Report:
    """Find every environment, diagnose it, and return the report.

    Args:
        request: where to look.
        config: what to do there.
        session: a context made before, for another view or host.
        progress: called with the number of environments examined and the path of the last one.

    Raises:
        UsageError: a path that does not exist, one that holds no environment, a wrong code.
    """
    session = session or open_session(request, config)
    started, clock = time.time(), time.monotonic()
    parts = reporting.Assembler()
    count = 0
    for part in _parts(session):
        if isinstance(part, reporting.Outside):
            parts.attach(part)
            continue
        parts.add(part)
        count += 1
        if progress:
            progress(count, part.environment["path"])
    refuse_empty(session, found=bool(parts.paths()))
    for path, message in session.errors:
        parts.error(path, message)
    return parts.report(tool_data(), scan_data(session, started, time.monotonic() - clock))


def _parts(session: Session, *, many: bool = False) -> Iterator[Examined | reporting.Outside]:
    """Yield each environment's share of the report, then the findings on what names environments from outside.

    Where a file system is near that may stop to answer, a copy of this process looks (see `relay`).
    """
    if not _may_wait(session):
        yield from _parts_here(session, many=many)
        return

    def produce(here: Session) -> Iterator[Any]:
        yield from _parts_here(here, many=many)
        yield here.errors, here.outcome.roots, here.outcome.empty

    met: set[str] = set()
    for part in _relayed(session, produce):
        if not isinstance(part, (reporting.Examined, reporting.Outside)):
            session.errors[:], session.outcome.roots[:], session.outcome.empty[:] = part
        elif isinstance(part, reporting.Outside) or part.environment["path"] not in met:
            met.add(part.environment["path"] if isinstance(part, reporting.Examined) else "")
            yield part
    session.recall = None  # what was noted, the copy noted


def whole(session: Session, ask: Callable[[Session], Answer]) -> Answer:
    """Return the answer to a question; where any file system may stop to answer, a copy of this process asks it.

    Args:
        session: a fresh context; it is told what could not be done, and which file systems are silent.
        ask: given the context, or one without the file systems that stopped to answer; its answer can be pickled.

    Raises:
        VenvdoctorError: `ask` did, or waits for one of them in vain.
    """
    if not (session.distant or session.silent) or not hasattr(os, "fork"):
        return ask(session)

    def produce(here: Session) -> Iterator[Any]:
        here.distant = frozenset()  # this process may wait for ever: it is ended then
        yield ask(here), here.errors, here.silent

    ((answer, session.errors[:], session.silent),) = _relayed(session, produce)
    return cast("Answer", answer)


def _may_wait(session: Session) -> bool:
    """Whether a file system is near that may stop to answer, and leave this process waiting for ever."""
    if not session.distant or not hasattr(os, "fork"):
        return False
    from venvdoctor.inspection.answering import is_near, leads_into  # noqa: PLC0415

    if session.request.sysroot:
        return is_near(session.distant, [session.request.sysroot])
    named = session.request.paths or [home.path for home in session.host.homes]
    starts = [f"{place}/bin/python" for place in session.request.paths]
    return is_near(session.distant, named) or leads_into(session.distant, starts)


def _relayed(session: Session, produce: Callable[[Session], Iterator[Any]]) -> Iterator[Any]:
    """Yield what a copy of this process produces, begun anew without the file systems that stop answering."""
    from venvdoctor.inspection.answering import silent_places, view_beyond  # noqa: PLC0415
    from venvdoctor.relay import relayed  # noqa: PLC0415

    request, variables = session.request, session.host.environ

    def begun(given_up: tuple[str, ...]) -> Iterator[Any]:
        if given_up == session.silent:
            return produce(session)
        view = view_beyond(given_up, request.sysroot)
        here = open_session(request, session.config, view=view, environ=variables)
        here.silent = given_up
        return produce(here)

    return relayed(begun, lambda given_up: silent_places(session.distant.difference(given_up)), session.silent)


def _parts_here(session: Session, *, many: bool) -> Iterator[Examined | reporting.Outside]:
    """Yield the same from this process; of many environments, the paths are not kept."""
    paths: list[str] = []
    for share in stream(session):
        if not many:
            paths.append(share.environment["path"])
        yield share
    yield from dependents(session, paths)


def stream(session: Session) -> Iterator[Examined]:
    """Yield each environment's share of the report as it is found; memory stays flat.

    Raises:
        UsageError: as `scan`.
    """
    from venvdoctor.workers import WAITING, Crew, examine_all, usual_number  # noqa: PLC0415

    wished = 1 if session.request.probe else session.config.jobs
    crew = Crew(
        lambda candidate: examine(session, candidate),
        wished or usual_number(),
        waiting=wished or WAITING,
        work=lambda: session.shared.packages,
    )
    session.outcome.options.before_threads = crew.hurry
    yield from examine_all(candidates(session), crew)
    session.slow = crew.slow
    if session.recall is not None:
        if crew.team:
            session.recall.blocks = None  # the looks of their environments are with the workers
        session.recall.tidy()


def candidates(session: Session) -> Iterator[Candidate]:
    """Yield the places that may be environments, each real place once; what could not be searched is an error.

    Raises:
        UsageError: a path that does not exist.
    """
    from venvdoctor.discovery import Request, discover  # noqa: PLC0415

    config, request = session.config, session.request
    for path in request.paths:
        if session.view.kind(path) in ("missing", "loop"):
            raise UsageError(f"{path} does not exist", hint="name a directory to search, or an environment")
    wanted = Request(
        paths=request.paths, system=request.system, exclude=config.exclude, one_file_system=config.one_file_system
    )
    yield from discover(session.view, session.host, wanted, session.outcome)
    session.errors.extend((error.path, error.message) for error in session.outcome.errors)


def examine(session: Session, candidate: Candidate) -> Examined | None:
    """Examine and judge one place; None when it is no environment. A failure of ours makes it `unknown`."""
    if session.recall is not None:
        return session.recall.examine(candidate, lambda: _examine(session, candidate))
    return _examine(session, candidate)


def _examine(session: Session, candidate: Candidate) -> Examined | None:
    from venvdoctor.inspection.environment import examine as read  # noqa: PLC0415

    try:
        env = read(candidate, session.shared)
        return None if env is None else _probed(session, env, judge(session, env))
    except Exception as error:  # noqa: BLE001 - one environment never ends the scan
        message = f"venvdoctor failed to examine it ({type(error).__name__}: {error}); please report this"
        return reporting.unexamined(candidate.path, candidate.manager, candidate.name, message)


def judge(session: Session, env: Environment) -> Examined:
    """Return an environment's share of the report from its facts."""
    findings = diagnosis.diagnose_environment(env, session.host, session.selected.run)
    status = diagnosis.status_of(env, findings)
    return reporting.examined(env, findings, status, session.selected.reported, _base(session, env))


def note_doubt(session: Session, env: Environment, findings: Sequence[Finding]) -> None:
    """Add to what the session could not do, where an environment cannot be judged."""
    if diagnosis.status_of(env, findings) == "unknown":
        told = next((item.message for item in findings if item.undecided), "it cannot be judged")
        session.errors.append((env.path, told))


def _probed(session: Session, env: Environment, share: Examined) -> Examined:
    """Add what starting the interpreter shows, where the user asked for it."""
    if not session.request.probe or env.python is None:
        return share
    from venvdoctor import probe  # noqa: PLC0415 - the one thing that starts a program

    shown = probe.run(env.python.start, *(lib.path for lib in env.lib_dirs))
    told = probe.disagreement(env.startup.starts, share.environment["python"]["actual_version"], shown)
    share.environment["probe"] = shown
    return share._replace(error=told) if told else share


def events(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a scan's parts as they are found, in memory that does not grow with the number of environments.

    What hangs on environments from outside comes last, each finding with the environment it names.

    Raises:
        UsageError: as `scan`.
    """
    started, clock = time.time(), time.monotonic()
    head = scan_data(session, started, 0.0)
    yield "scan", {"schema_version": SCHEMA_VERSION, "tool": tool_data(), **scan_head(head)}
    tally = Tally()
    for part in _parts(session, many=True):
        if isinstance(part, reporting.Outside):
            tally.outside(part)
            yield "finding", {**part.finding, "environment": part.environment}
        else:
            tally.add(part)
            yield "environment", dict(part.environment)
    for path, message in session.errors:
        tally.error(path, message)
    refuse_empty(session, found=bool(tally.environments))
    yield from tally.rest(time.monotonic() - clock)


def tool_data() -> ToolData:
    """Return who writes the report."""
    return {"name": "venvdoctor", "version": __version__}


def base_data(session: Session, path: str, interpreter: Interpreter | None) -> InterpreterData:
    """Return the entry of one base interpreter, judged once."""
    known = session.bases.get(path)
    if known is None:
        run, reported = session.selected.run, session.selected.reported
        found = diagnosis.diagnose_interpreter(interpreter, session.host, run) if interpreter else []
        known = reporting.interpreter_data(path, interpreter, [item for item in found if item.code in reported])
        session.bases[path] = known
    return known


def _base(session: Session, env: Environment) -> InterpreterData | None:
    path = reporting.base_path(env)
    return None if path is None else {**base_data(session, path, env.base)}


def dependents(session: Session, environments: Sequence[str]) -> Iterator[reporting.Outside]:
    """Yield the findings on what names an environment from outside.

    For a scan of given paths, only on what names something below them.
    """
    reported = session.selected.reported
    if not any(rule.on_dependent for rule in session.selected.run if rule.code in reported):
        return
    from functools import partial  # noqa: PLC0415

    from venvdoctor.inspection.dependents import find_dependents  # noqa: PLC0415

    try:
        read = partial(find_dependents, session.shared, environments, at_once=session.slow)
        found = session.recall.noted(read) if session.recall else read()
    except Exception as error:  # noqa: BLE001 - what hangs on the environments never ends the scan
        kind = type(error).__name__
        session.errors.append(("", f"venvdoctor failed to read what refers to environments ({kind}: {error})"))
        return
    for dependent in found:
        if _within(session.request.paths, dependent.environment or dependent.target, dependent.path):
            for item in diagnosis.diagnose_dependent(dependent, session.host, session.selected.run):
                if item.code in reported:
                    yield reporting.outside(item, dependent.environment)


def refuse_empty(session: Session, *, found: bool) -> None:
    """Refuse paths that were named and hold no environment: misspelt, most likely, and nothing was examined there.

    Raises:
        UsageError: there is such a path.
    """
    named = session.request.paths
    excluded = found and session.config.exclude  # what one path holds may be what was not wanted
    empty = () if excluded else session.outcome.empty if found or session.errors else named
    if empty and not session.request.allow_empty:
        places = ", ".join(dict.fromkeys(empty))
        hint = "an environment has a pyvenv.cfg or a conda-meta"
        raise UsageError(f"there is no environment in {places}", hint=hint)


def _within(roots: tuple[str, ...], *paths: str) -> bool:
    """Return whether any of the paths lies at or below one of the roots; no roots: everywhere."""
    places = [root.rstrip("/") for root in roots]
    return not places or any(path == root or path.startswith(root + "/") for root in places for path in paths)


def scan_data(session: Session, started: float, duration: float) -> ScanData:
    """Return what the report says of the scan itself; `started` in seconds since 1970, `duration` in seconds."""
    request, host = session.request, session.host
    return {
        "roots": list(session.outcome.roots or request.paths),
        "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "duration_s": round(duration, 3),
        "host": host.name,
        "os": {key: str(value) for key, value in host.os.items()},
        "sysroot": request.sysroot,
        "ignored": dict(session.config.ignore),
        "complete": True,
    }


def exit_code(report: Report, fail_on: str) -> int:
    """Return the contract's verdict on a report."""
    return verdict(report["summary"]["findings"], complete=report["scan"]["complete"], fail_on=fail_on)


def verdict(counts: Mapping[str, Any], *, complete: bool, fail_on: str) -> int:
    """Return the exit code: 1 when a finding is at or above `fail_on`, 3 when the scan is incomplete, else 0."""
    levels = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    if any(counts[level] for level in levels):
        return EXIT_FINDINGS
    return EXIT_OK if complete else EXIT_INCOMPLETE
