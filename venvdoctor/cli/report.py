"""Print saved JSON reports again, merged, in any format."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from venvdoctor import merging
from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.config import COLOURS, FAIL_ON
from venvdoctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.format import Look


def command(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="reports saved with `scan --output json:FILE`", show_default=False),
    ],
    format_: options.Formats = None,
    outputs: options.Outputs = None,
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", metavar="error|warning|note|never", help="as in scan")
    ] = "never",
    color: options.Color = None,
    quiet: options.Quiet = 0,
    verbose: options.Verbose = 0,
) -> int:
    """Read saved JSON reports, one or thousands, and print them again in any format, merged.

    Several reports as text are told by host, cause and interpreter, in memory that does not grow with their number.
    """
    level = options.one_of("--fail-on", fail_on, FAIL_ON) or "never"
    colour = options.one_of("--color", color, COLOURS) or "auto"
    places = output.targets(format_, outputs, "text")
    look = output.look_for(sys.stdout, colour, os.environ, verbosity=verbose - quiet, fail_on=level)
    missing = [path for path in files if not os.path.exists(path)]
    if missing:
        raise UsageError(f"{missing[0]} does not exist")
    if len(files) > 1 and all(target.format.name == "text" and target.path is None for target in places):
        return _fleet(files, look)
    report = merging.merge((path, merging.load(path)) for path in files)
    return output.finish(report, places, look)


def _fleet(files: Sequence[str], look: Look) -> int:
    from venvdoctor.fleet import render  # noqa: PLC0415

    fleet = merging.Fleet()
    for path in files:
        fleet.add(merging.load(path), path)
    output.emit(render(fleet, look))
    levels = {"error": ("error",), "warning": ("error", "warning"), "note": ("error", "warning", "note")}.get(
        look.fail_on, ()
    )
    if any(fleet.totals[name] for name in levels):
        return 1
    return 0 if fleet.complete else 3
