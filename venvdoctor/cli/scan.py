"""Find every environment, diagnose it, and report."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._guard import complain
from venvdoctor.cli._progress import Progress
from venvdoctor.config import candidates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.api import ScanRequest
    from venvdoctor.caching.memo import Memo
    from venvdoctor.config import Config
    from venvdoctor.report import Report


@options.takes(*options.SHARED)
def command(**given: Any) -> int:
    """Find every environment, diagnose it, and report.

    Without PATH: your home, every place where a manager keeps environments, and /opt, /srv, /usr/local.
    It only looks: no program is started, nothing is imported, nothing is changed.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 incomplete, 130 interrupted.
    """
    from venvdoctor import api  # noqa: PLC0415 - the help does without

    config = options.configure(given)
    places = output.targets(given["format_"], given["outputs"], config.format)
    request = options.request(given, config)
    verbosity = given["verbose"] - given["quiet"]
    look = output.look_for(sys.stdout, config.color, os.environ, verbosity=verbosity, fail_on=config.fail_on)
    if request.probe:
        complain("--probe starts the interpreter of every environment that is found")
    memo = _memo(given, config, places)
    session = api.with_cache(api.open_session(request, config, journal=memo.journal if memo else None))
    if config.snapshot and request.sysroot is None:
        _remember(request, config)
    tell = memo.printed if memo else None
    if output.streams(places) and not (config.baseline or given["write_baseline"]):
        code = output.stream(api.events(session), config.fail_on, tell)
    else:
        with Progress(wanted=verbosity >= 0) as progress:
            report = api.scan(request, config, session=session, progress=progress)
        code = output.finish(_accepted(report, config.baseline, given["write_baseline"]), places, look, tell)
    if memo and session.recall and not session.errors:
        memo.keep(session.recall, session.host.today, _settings(given), code)
    return code


def _memo(given: Mapping[str, Any], config: Config, places: Sequence[output.Target]) -> Memo | None:
    """Return what notes the run for the next one; None where it has a part that is no look and no print."""
    if not config.cache or config.snapshot or config.baseline or given["write_baseline"]:
        return None
    if len(places) > 1 or places[0].path is not None:
        return None
    from venvdoctor.caching.memo import open_memo  # noqa: PLC0415

    return open_memo(places[0].format.name)


def _settings(given: Mapping[str, Any]) -> list[str]:
    """Return the files that the settings come from, or would come from if they were there."""
    named = [given["config_file"]] if given["config_file"] else []
    return [*named, *([] if given["isolated"] else candidates(os.getcwd(), os.environ))]


def _remember(request: ScanRequest, config: Config) -> None:
    """Record a snapshot, where the settings ask for it; a scan goes on without one."""
    from venvdoctor import api  # noqa: PLC0415
    from venvdoctor.transaction.journal import state_directory  # noqa: PLC0415
    from venvdoctor.upgrading import memory  # noqa: PLC0415
    from venvdoctor.upgrading.snapshot import Store  # noqa: PLC0415

    store = Store(state_directory(os.environ))
    try:
        memory.take(api.open_session(request, config), store, "scan", always=False)
    except OSError as error:
        complain(f"no snapshot could be recorded in {store.folder}: {error.strerror}")


def _accepted(report: Report, baseline: str | None, write_baseline: str | None) -> Report:
    """Return the report without the findings that a baseline accepts, after writing it when that was asked for."""
    path = write_baseline or baseline
    if path is None:
        return report
    from venvdoctor import baseline as accepted  # noqa: PLC0415 - only where one is wanted

    marks = accepted.write(report, path) if write_baseline else accepted.read(path)
    outcome = accepted.apply(report, marks, path)
    if outcome.expired:
        words = "1 entry" if outcome.expired == 1 else f"{outcome.expired} entries"
        complain(f"{words} of the baseline {path} no longer apply", "write it again with --write-baseline")
    return outcome.report
