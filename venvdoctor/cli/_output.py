"""Where reports go: standard output or files, in any format, dressed for the place they go to."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from venvdoctor.errors import UsageError
from venvdoctor.format import Format, Look
from venvdoctor.model.fact import replace
from venvdoctor.registry import member_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from venvdoctor.report import Report

FOLDER = "venvdoctor.formats"


class Target(NamedTuple):
    """One output: a format and a file; None is standard output."""

    format: Format
    path: str | None
    append: bool = False


def targets(formats: Sequence[str] | None, outputs: Sequence[str] | None, default: str) -> list[Target]:
    """Return what is to be written where.

    `--output FILE` takes the format of `--format`, `--output html:FILE` brings its own; without any
    `--output` the format is printed, and with `--format` beside prefixed ones it is printed too.

    Raises:
        UsageError: an unknown format, or several formats for standard output.
    """
    names = [name for value in formats or () for name in value.split(",")]
    known = member_names(FOLDER)
    plain, found = [], []
    for output in outputs or ():
        prefix, colon, path = output.partition(":")
        if colon and prefix in known:
            found.append(Target(find_format(prefix), None if path in ("", "-") else path))
        else:
            plain.append(output)
    if len(names) > 1:
        raise UsageError("standard output takes one --format", hint="write others with --output FORMAT:FILE")
    main = find_format(names[0] if names else default)
    found += [Target(main, None if path == "-" else path) for path in plain]
    if not found or (names and not plain):
        found.insert(0, Target(main, None))
    job_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if job_summary and any(target.format.name == "github" for target in found):
        found.append(Target(find_format("markdown"), job_summary, append=True))
    return found


def find_format(name: str) -> Format:
    """Import one format.

    Raises:
        UsageError: there is no such format.
    """
    known = member_names(FOLDER)
    if name not in known:
        from venvdoctor.selection import nearest  # noqa: PLC0415

        near = nearest(name, known)
        raise UsageError(
            f"there is no format {name!r}",
            hint=f"did you mean {near}?" if near else f"the formats are {', '.join(known)}",
        )
    found: Format = import_module(f"{FOLDER}.{name}").format
    return found


def look_for(
    stream: TextIO, color: str, environ: Mapping[str, str], *, verbosity: int = 0, fail_on: str = "error"
) -> Look:
    """Return how a text for this stream is to be dressed."""
    terminal = stream.isatty()
    wanted = color == "always" or (
        color == "auto" and terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    )
    return Look(
        width=_width(environ, terminal),
        colour=wanted,
        unicode=_takes_unicode(stream),
        verbosity=verbosity,
        fail_on=fail_on,
        program=_program(),
        base=environ.get("GITHUB_WORKSPACE") or environ.get("CI_PROJECT_DIR") or _working_directory(),
    )


def write(report: Report, places: Iterable[Target], look: Look, tell: Callable[[str], None] | None = None) -> None:
    """Write the report to every place.

    Args:
        report: what was found.
        places: where to.
        look: how it is dressed there.
        tell: told of each piece before it is printed, and of the empty text once all were.

    Raises:
        UsageError: a file that cannot be written.
    """
    printed: list[Target] = []
    for target in places:
        if target.path is None:
            printed.append(target)
        else:
            _to_file(_pieces(report, target, replace(look, colour=False, unicode=True, width=80)), target)
    for target in printed:  # last: its reader may be gone before the end
        emit(_pieces(report, target, look), tell)


def emit(pieces: Iterable[str], tell: Callable[[str], None] | None = None) -> None:
    """Write text to standard output; what its encoding cannot take is escaped."""
    encoding = sys.stdout.encoding or "ascii"
    for piece in pieces:
        text = piece.encode(encoding, "backslashreplace").decode(encoding)
        if tell:
            tell(text)
        sys.stdout.write(text)
    sys.stdout.flush()
    if tell:
        tell("")


def place(pieces: Iterable[str], target: Target) -> None:
    """Write text to the one place that a target names.

    Raises:
        UsageError: a file that cannot be written.
    """
    if target.path is None:
        emit(pieces)
    else:
        _to_file(pieces, target)


def _to_file(pieces: Iterable[str], target: Target) -> None:
    """Write one file; the summary of a CI job is added to what is there."""
    from venvdoctor import plainfile  # noqa: PLC0415 - only where a file is asked for

    path = str(target.path)
    try:
        if target.append:
            with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.writelines(pieces)
        else:
            plainfile.write(path, pieces)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint=plainfile.advice(error)) from None


def _pieces(report: Report, target: Target, look: Look) -> Iterable[str]:
    return target.format.render(report, look) if target.format.render else ()


def _program() -> str:
    """Return how this program was started, where that is not by its name."""
    started = sys.argv[0] if sys.argv else ""
    if not started.endswith(".pyz"):
        return "venvdoctor"
    from shlex import quote  # noqa: PLC0415 - only for the single file

    usual = os.path.dirname(sys.executable) in ("/bin", "/usr/bin", "/usr/local/bin")
    return f"{quote(os.path.basename(sys.executable) if usual else sys.executable)} {quote(started)}"


def _width(environ: Mapping[str, str], terminal: bool) -> int:
    text = environ.get("COLUMNS", "")
    if text.isdigit() and int(text):
        return max(40, min(int(text), 200))
    try:
        return max(40, min(os.get_terminal_size(1).columns, 120)) if terminal else 80
    except OSError:
        return 80


def _takes_unicode(stream: TextIO) -> bool:
    try:
        "✓ → … │".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def streams(places: Sequence[Target]) -> bool:
    """Return whether the only output is a stream of lines to standard output."""
    return len(places) == 1 and places[0].format.name == "jsonl" and places[0].path is None


def stream(
    events: Iterable[tuple[str, dict[str, Any]]], fail_on: str, tell: Callable[[str], None] | None = None
) -> int:
    """Print a scan's parts as they come and return the exit code."""
    from venvdoctor.api import verdict  # noqa: PLC0415
    from venvdoctor.cli._guard import silence  # noqa: PLC0415
    from venvdoctor.escape import json_text  # noqa: PLC0415

    last: dict[str, Any] = {}
    for kind, event in events:
        last = event
        try:
            emit([json_text({"type": kind, **event}) + "\n"], tell)
        except BrokenPipeError:  # a reader that has seen enough wants no more work
            silence()
            return 0
    return verdict(last["findings"], complete=last["complete"], fail_on=fail_on)


def finish(report: Report, places: Iterable[Target], look: Look, tell: Callable[[str], None] | None = None) -> int:
    """Write the report everywhere and return the exit code; a reader that has gone does not change the verdict."""
    from venvdoctor.api import exit_code  # noqa: PLC0415
    from venvdoctor.cli._guard import silence  # noqa: PLC0415

    code = exit_code(report, look.fail_on)
    if report["scan"]["sysroot"] is not None:
        look = replace(look, base=None)  # its paths are not those of this machine
    try:
        write(report, places, look, tell)
    except BrokenPipeError:
        silence()
    return code
