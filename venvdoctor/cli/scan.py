"""find every environment, diagnose it, and report"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from venvdoctor import api
from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._guard import complain
from venvdoctor.cli._progress import Progress
from venvdoctor.config import COLOURS, FAIL_ON

if TYPE_CHECKING:
    from venvdoctor.report import Report


def command(
    paths: options.Paths = None,
    format_: options.Formats = None,
    outputs: options.Outputs = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    extend_select: options.ExtendSelect = None,
    fail_on: options.FailOn = None,
    exclude: options.Exclude = None,
    one_file_system: options.OneFileSystem = None,
    jobs: options.Jobs = None,
    sysroot: options.Sysroot = None,
    system: options.System = False,
    deep: options.Deep = False,
    probe: options.Probe = False,
    baseline: options.Baseline = None,
    write_baseline: options.WriteBaseline = None,
    no_cache: options.NoCache = False,
    color: options.Color = None,
    quiet: options.Quiet = 0,
    verbose: options.Verbose = 0,
    stdin0: options.Stdin0 = False,
    config_file: options.ConfigFile = None,
    isolated: options.Isolated = False,
) -> int:
    """Find every environment, diagnose it, and report.

    Without PATH: your home, every place where a manager keeps environments, and /opt, /srv, /usr/local.
    It only looks: no program is started, nothing is imported, nothing is changed.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 incomplete, 130 interrupted.
    """
    given = options.read_settings(config_file, isolated=isolated)
    config = options.override(
        given,
        select=options.codes(select),
        extend_select=options.codes(extend_select),
        ignore=dict.fromkeys(options.codes(ignore) or (), "on the command line") or None,
        fail_on=options.one_of("--fail-on", fail_on, FAIL_ON),
        exclude=(*given.exclude, *exclude) if exclude else None,
        one_file_system=one_file_system,
        jobs=jobs,
        deep=deep or None,
        cache=False if no_cache else None,
        color=options.one_of("--color", color, COLOURS),
        baseline=baseline,
    )
    places = output.targets(format_, outputs, config.format)
    named = options.resolve_paths(paths, stdin0=stdin0, sysroot=sysroot)
    request = api.ScanRequest(paths=named or config.paths, system=system, sysroot=sysroot, probe=probe)
    look = output.look_for(sys.stdout, config.color, os.environ, verbosity=verbose - quiet, fail_on=config.fail_on)
    with Progress(wanted=quiet == 0) as progress:
        report = api.scan(request, config, progress=progress)
    return output.finish(_accepted(report, config.baseline, write_baseline), places, look)


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
