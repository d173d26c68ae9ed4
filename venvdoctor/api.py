"""The pipeline end to end: discovery, examination, diagnosis, report. The command line is a thin skin over this.

`scan` gives the whole report; `stream` gives one environment after the other and keeps none of them.
Another view (a sysroot, a hypothetical change) or another host makes the same pipeline answer another question.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from venvdoctor import __version__, diagnosis, reporting
from venvdoctor.config import Config
from venvdoctor.errors import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK, UsageError
from venvdoctor.finding import SEVERITIES
from venvdoctor.model.fact import fact, field, record
from venvdoctor.report import SCHEMA_VERSION
from venvdoctor.selection import Selected, choose
from venvdoctor.tally import Tally, scan_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from venvdoctor.discovery import Outcome
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Candidate, Environment, Need
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.recall import Recall
    from venvdoctor.recorder import Journal
    from venvdoctor.report import InterpreterData, Report, ScanData, ToolData
    from venvdoctor.reporting import Examined
    from venvdoctor.view import View

_HASHES: frozenset[Need] = frozenset({"hashes"})


@fact
class ScanRequest:
    """Where to look.

    Attributes:
        paths: absolute paths as inside the view; empty: the usual places.
        system: every local file system and every user's home.
        sysroot: directory of an unpacked image or a mounted disk; every path is as inside it.
        every_home: every user's home, not only the caller's (a hook that root runs).
        allow_empty: whether paths that hold no environment are well (a hook in a fresh clone).
        probe: whether interpreters may be started to confirm what their files say.
    """

    paths: tuple[str, ...] = ()
    system: bool = False
    sysroot: str | None = None
    probe: bool = False
    every_home: bool = False
    allow_empty: bool = False


@record
class Session:
    """One scan's context: the door to the disk, the machine, the rules, and what was read once.

    Attributes:
        outcome: what discovery says besides its candidates; complete when the stream is exhausted.
        bases: path of a base interpreter → its entry in the report, made on first sight.
        errors: what the scan could not do: (path, reason).
        recall: what earlier scans found, None: nothing is kept.
        slow: the disk turned out to be slow: it is better waited for in several places at once.
    """

    request: ScanRequest
    config: Config
    view: View
    host: Host
    selected: Selected
    shared: Shared
    outcome: Outcome
    bases: dict[str, InterpreterData] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    recall: Recall | None = None
    slow: bool = False


def open_session(
    request: ScanRequest,
    config: Config | None = None,
    *,
    view: View | None = None,
    host: Host | None = None,
    environ: Mapping[str, str] | None = None,
    journal: Journal | None = None,
) -> Session:
    """Return the context of a scan.

    Args:
        request: where to look.
        config: what to do there.
        view: the door to the disk, None: the real one, or the sysroot's.
        host: the machine, None: read from the view.
        environ: variables of the process, None: `os.environ`.
        journal: notes what the search looks at.

    Raises:
        UsageError: a code that no rule has, a sysroot that is no directory.
    """
    from venvdoctor.discovery import Outcome  # noqa: PLC0415
    from venvdoctor.inspection.host import read_host  # noqa: PLC0415 - importing the API reads nothing
    from venvdoctor.inspection.shared import Shared  # noqa: PLC0415
    from venvdoctor.recorder import noting  # noqa: PLC0415

    config = config or Config()
    selected = choose(diagnosis.catalogue(), select=config.select, extend=config.extend_select, ignore=config.ignore)
    view = noting(view or _view(request.sysroot), journal)
    variables = os.environ if environ is None else environ
    host = host or read_host(view, variables, request.sysroot, all_homes=request.system or request.every_home)
    needs = selected.needs | _HASHES if config.deep else selected.needs - _HASHES
    shared = Shared(view=view, host=host, needs=needs)
    return Session(
        request=request, config=config, view=view, host=host, selected=selected, shared=shared, outcome=Outcome()
    )


def with_cache(session: Session) -> Session:
    """Let a fresh session use what earlier scans found, where it asks the disk as it is; return it.

    What reads facts besides the report (predict, show, fix) goes without: only shares of reports are kept.
    """
    from venvdoctor.recall import open_recall, recorded  # noqa: PLC0415
    from venvdoctor.recorder import Recorder  # noqa: PLC0415
    from venvdoctor.view import View  # noqa: PLC0415

    config, host, chosen, shared = session.config, session.host, session.selected, session.shared
    if not config.cache or session.request.probe or host.sysroot or type(session.view) not in (View, Recorder):
        return session
    codes = [rule.code for rule in chosen.run], sorted(chosen.reported), sorted(shared.needs)
    session.recall = open_recall(os.environ, host, codes)
    if session.recall is not None:
        shared.view, session.host, shared.memo, shared.interpreters, session.bases = recorded(session.recall, host)
        shared.host = session.host
        session.recall.blocks = [] if type(session.view) is Recorder else None
    return session


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
    for count, share in enumerate(stream(session), start=1):
        parts.add(share)
        if progress:
            progress(count, share.environment["path"])
    _add_dependents(session, parts)
    _refuse_empty(session, found=bool(parts.paths()))
    for path, message in session.errors:
        parts.error(path, message)
    return parts.report(tool_data(), scan_data(session, started, time.monotonic() - clock))


def stream(session: Session) -> Iterator[Examined]:
    """Yield each environment's share of the report as it is found; memory stays flat.

    Raises:
        UsageError: as `scan`.
    """
    from venvdoctor.workers import WAITING, Crew, examine_all, usual_number  # noqa: PLC0415

    wished = 1 if session.request.probe else session.config.jobs
    crew = Crew(lambda candidate: examine(session, candidate), wished or usual_number(), waiting=wished or WAITING)
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
    for share in stream(session):
        tally.add(share)
        yield "environment", dict(share.environment)
    for item in dependents(session, ()):
        tally.outside(item)
        yield "finding", {**item.finding, "environment": item.environment}
    for path, message in session.errors:
        tally.error(path, message)
    _refuse_empty(session, found=bool(tally.environments))
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


def _add_dependents(session: Session, parts: reporting.Assembler) -> None:
    for item in dependents(session, parts.paths()):
        parts.attach(item)


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


def _refuse_empty(session: Session, *, found: bool) -> None:
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


def _view(sysroot: str | None) -> View:
    from venvdoctor.inspection.answering import dormant_places, silent_mounts, view_without  # noqa: PLC0415
    from venvdoctor.inspection.mounts import read_mounts  # noqa: PLC0415
    from venvdoctor.view import View, rooted_view  # noqa: PLC0415

    if sysroot is None:
        mounts = read_mounts()
        silent, dormant = silent_mounts(mounts), dormant_places(mounts)
        return view_without(silent, dormant) if silent or dormant else View()
    if not os.path.isdir(sysroot):
        raise UsageError(
            f"the sysroot {sysroot} is not a directory", hint="name the directory that holds the image's /usr"
        )
    return rooted_view(sysroot)


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
