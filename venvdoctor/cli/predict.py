"""What would break, before it happens."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._parameters import Parameter, switch
from venvdoctor.cli._progress import Progress
from venvdoctor.errors import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Format, Look
    from venvdoctor.predicting.supposing import Supposition
    from venvdoctor.report import Report

OUTPUT_LIMIT = 64 << 20  # bytes that a simulated run may print
CHANGES = {
    "without": Parameter(
        list, "--without", metavar="PATH", text="as if PATH were gone: an interpreter, a cache, a library directory"
    ),
    "pythons": Parameter(
        list, "--python", metavar="OLD=NEW", text="as if OLD had become NEW (two paths, or 3.11=3.13)"
    ),
    "os_root": Parameter(str, "--os-root", metavar="DIR", text="as if the system were the unpacked image in DIR"),
    "apt": switch("--apt", text="as if what `apt-get -s …` prints were done; read from a pipe"),
    "from_": Parameter(str, "--from", metavar="FILE", text="the same, saved to FILE"),
}
SHARED = (
    *("paths", "format_", "outputs", "select", "ignore", "extend_select", "exclude", "one_file_system", "jobs"),
    *("sysroot", "system", "color", "quiet", "verbose", "stdin0", "config_file", "isolated"),
)


@options.takes(*SHARED, **CHANGES)
def command(**given: Any) -> int:
    """Say what a change would break: the diagnosis of the changed disk, minus today's. Nothing is changed.

    Options combine freely, and PATHs are those of scan. Formats other than text and json show the findings that the
    change brings.

    Exit codes: 0 everything survives, 1 something breaks, 2 wrong usage, 3 something cannot be predicted.
    """
    from venvdoctor.predicting import forecast, prediction  # noqa: PLC0415 - the help does without

    supposed = _supposed(given)
    config = options.configure(given)
    places = output.targets(given["format_"], given["outputs"], "text")
    verbosity = given["verbose"] - given["quiet"]
    look = output.look_for(sys.stdout, config.color, os.environ, verbosity=verbosity)
    with Progress(wanted=verbosity >= 0) as progress:
        result = forecast.predict(options.request(given, config), config, supposed, progress=progress)
    places = [place._replace(format=_of_predictions(place.format, result)) for place in places]
    output.finish(prediction.brought(result["before"], result["after"]), places, look)
    return _verdict(
        {entry["outcome"] for entry in result["environments"]}, complete=result["after"]["scan"]["complete"]
    )


def _supposed(given: dict[str, Any]) -> Supposition:
    """Return what the options suppose.

    Raises:
        UsageError: nothing, or a file that cannot be read.
    """
    from venvdoctor.predicting.supposing import Supposition  # noqa: PLC0415 - the help does without

    if not any(given[name] for name in CHANGES):
        raise UsageError("no change is named", hint="use --without, --python, --os-root, --apt or --from")
    if given["apt"] and given["paths"] and "-" in given["paths"]:
        raise UsageError("--apt and `-` both read standard input", hint="save apt's words and use --from FILE")
    sysroot, os_root = given["sysroot"], given["os_root"]
    return Supposition(
        without=tuple(options.absolute(path, sysroot) for path in given["without"] or ()),
        pythons=tuple(given["pythons"] or ()),
        os_root=os.path.abspath(os.path.expanduser(os_root)) if os_root else None,
        apt=_apt_words(given["apt"], given["from_"]),
    )


def _apt_words(piped: bool, file: str | None) -> str | None:
    if file is None:
        return sys.stdin.buffer.read(OUTPUT_LIMIT).decode("utf-8", "replace") if piped else None
    try:
        with open(os.path.expanduser(file), encoding="utf-8", errors="replace") as stream:
            words = stream.read(OUTPUT_LIMIT)
    except OSError as error:
        hint = "save it with `apt-get -s full-upgrade > FILE`"
        raise UsageError(f"--from {file}: {error.strerror}", hint=hint) from None
    return words


def _of_predictions(format_: Format, result: dict[str, Any]) -> Format:
    """Return the format as predictions have it: text and JSON tell all, the others print the findings as a report."""
    from venvdoctor.escape import json_text  # noqa: PLC0415
    from venvdoctor.format import Format  # noqa: PLC0415
    from venvdoctor.predicting.outlook import lines  # noqa: PLC0415

    if format_.name not in ("text", "json"):
        return format_
    own = Format(name=format_.name, summary=format_.summary)

    def render(_report: Report, look: Look) -> Iterator[str]:
        if own.name == "json":
            return iter([json_text(result, indent=2) + "\n"])
        return (line + "\n" for line in lines(result, look))

    own.renderer(render)
    return own


def _verdict(outcomes: set[str], *, complete: bool) -> int:
    if outcomes & {"lost", "rebuilds", "relinks"}:
        return EXIT_FINDINGS
    return EXIT_OK if complete and "unknown" not in outcomes else EXIT_INCOMPLETE
