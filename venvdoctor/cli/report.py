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
    from collections.abc import Iterator, Sequence

    from venvdoctor.format import Look

MANY = 50  # reports; with more, a page tells of hosts and no longer of each environment


def command(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="reports saved with `scan --output json:FILE`; a directory means every .json file in it",
            show_default=False,
        ),
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

    Among several, a file that is no report is a host that nothing is known of (exit code 3).

    No more than one of several is in memory at a time, but for html of fewer than fifty.
    """
    level = options.one_of("--fail-on", fail_on, FAIL_ON) or "never"
    colour = options.one_of("--color", color, COLOURS) or "auto"
    places = output.targets(format_, outputs, "text")
    look = output.look_for(sys.stdout, colour, os.environ, verbosity=verbose - quiet, fail_on=level)
    names = list(_expanded(files))
    if len(names) > 1 and output.streams(places):
        return output.stream(merging.events((path, merging.at_hand(path)) for path in names), level)
    if len(names) > 1:
        return _many(names, places, look)
    return output.finish(merging.load(names[0]), places, look)


def _many(names: Sequence[str], places: Sequence[output.Target], look: Look) -> int:
    """Write several reports as one: none is held for longer than it is read, but for a page of few hosts."""
    known = ("text", "html") if len(names) >= MANY else ("text",)
    told = [target for target in places if target.format.name in known]
    rest = [target for target in places if target not in told]
    code = _fleet(names, told, look) if told else 0
    if not rest:
        return code
    if all(target.format.iterates for target in rest):
        members = any(target.format.name == "json" for target in rest)
        return output.finish(merging.gather(names, members=members), rest, look)
    return output.finish(merging.merge((path, merging.at_hand(path)) for path in names), rest, look)


def _expanded(files: Sequence[str]) -> Iterator[str]:
    """Yield the files; a directory's in the order of their names.

    Raises:
        UsageError: one that does not exist, or a directory without any report.
    """
    for path in files:
        if not os.path.isdir(path):
            if not os.path.exists(path):
                raise UsageError(f"{path} does not exist")
            yield path
            continue
        with os.scandir(path) as entries:
            inside = sorted(entry.path for entry in entries if entry.name.endswith(".json"))
        if not inside:
            raise UsageError(f"{path} holds no report", hint="reports are files that end in .json")
        yield from inside


def _fleet(files: Sequence[str], places: Sequence[output.Target], look: Look) -> int:
    from venvdoctor import fleet, fleet_page  # noqa: PLC0415

    found = merging.Fleet()
    for path in files:
        found.add(merging.at_hand(path), path)
    for target in places:
        output.place(fleet_page.render(found) if target.format.name == "html" else fleet.render(found, look), target)
    levels = {"error": ("error",), "warning": ("error", "warning"), "note": ("error", "warning", "note")}.get(
        look.fail_on, ()
    )
    if any(found.totals[name] for name in levels):
        return 1
    return 0 if found.complete else 3
