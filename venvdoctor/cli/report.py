"""Print saved JSON reports again, merged, in any format."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._parameters import Parameter
from venvdoctor.config import COLOURS, FAIL_ON
from venvdoctor.errors import UsageError
from venvdoctor.fleet import merging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.format import Look

MANY = 50  # reports; with more, a page tells of hosts and no longer of each environment


TAKES = {
    "files": Parameter(
        list,
        metavar="FILE…",
        default=...,
        show_default=False,
        text="reports saved with `scan --output json:FILE`; a directory means every .json file in it",
    ),
    "format_": options.SHARED["format_"],
    "outputs": options.SHARED["outputs"],
    "fail_on": Parameter(str, "--fail-on", metavar="error|warning|note|never", default="never", text="as in scan"),
}


@options.takes("color", "quiet", "verbose", **TAKES)
def command(
    *,
    files: list[str],
    format_: list[str] | None,
    outputs: list[str] | None,
    fail_on: str,
    color: str | None,
    quiet: int,
    verbose: int,
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
    from venvdoctor.fleet.gathering import gather  # noqa: PLC0415 - of several reports only

    known = ("text", "html") if len(names) >= MANY else ("text",)
    told = [target for target in places if target.format.name in known]
    rest = [target for target in places if target not in told]
    code = _fleet(names, told, look) if told else 0
    return output.finish(gather(names), rest, look) if rest else code


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
            inside = sorted(entry.path for entry in entries if entry.name.endswith(".json") and entry.is_file())
        if not inside:
            raise UsageError(f"{path} holds no report", hint="reports are files that end in .json")
        yield from inside


def _fleet(files: Sequence[str], places: Sequence[output.Target], look: Look) -> int:
    from venvdoctor.fleet import page as fleet_page  # noqa: PLC0415
    from venvdoctor.fleet import text as fleet  # noqa: PLC0415

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
