"""The options that commands share, declared once."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from venvdoctor import config as settings
from venvdoctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.config import Config

Paths = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer evaluates it, on Python 3.10 too
    typer.Argument(
        metavar="[PATH]…",
        show_default=False,
        help="environments, or directories to search; `-` reads paths from standard input",
    ),
]
Select = Annotated[
    Optional[list[str]],
    typer.Option(metavar="CODES", help="report these rules only (prefixes allowed, comma-separated)"),
]  # noqa: UP045
ExtendSelect = Annotated[
    Optional[list[str]], typer.Option("--extend-select", metavar="CODES", help="report these rules besides")
]  # noqa: UP045
Ignore = Annotated[Optional[list[str]], typer.Option(metavar="CODES", help="do not report these rules")]  # noqa: UP045
FailOn = Annotated[
    Optional[str],
    typer.Option("--fail-on", metavar="error|warning|note|never", help="lowest severity that makes the exit code 1"),
]  # noqa: UP045
Formats = Annotated[
    Optional[list[str]], typer.Option("--format", metavar="FORMAT", help="format of the output (`--help` lists them)")
]  # noqa: UP045
Outputs = Annotated[
    Optional[list[str]], typer.Option("--output", "-o", metavar="[FORMAT:]FILE", help="write to a file; repeatable")
]  # noqa: UP045
Exclude = Annotated[Optional[list[str]], typer.Option(metavar="GLOB", help="directories not to search; repeatable")]  # noqa: UP045
OneFileSystem = Annotated[
    Optional[bool],  # noqa: UP045
    typer.Option(
        "--one-file-system/--cross-file-systems",
        show_default=False,
        help="stay on the file systems that the search starts on",
    ),
]
Jobs = Annotated[
    Optional[int], typer.Option("--jobs", "-j", min=0, metavar="N", help="processes that examine environments")
]  # noqa: UP045
Sysroot = Annotated[
    Optional[str],
    typer.Option(metavar="DIR", help="diagnose an unpacked image or a mounted disk; paths are as inside it"),
]  # noqa: UP045
Deep = Annotated[bool, typer.Option("--deep", help="verify the hashes of installed files too")]
Probe = Annotated[
    bool, typer.Option("--probe", help="confirm by STARTING each environment's interpreter (nothing else ever does)")
]
System = Annotated[bool, typer.Option("--system", help="search every local file system")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="neither read nor write venvdoctor's own cache")]
Color = Annotated[
    Optional[str],
    typer.Option("--color", metavar="auto|always|never", help="colours in the text (NO_COLOR is honoured)"),
]  # noqa: UP045
Quiet = Annotated[int, typer.Option("--quiet", "-q", count=True, show_default=False, help="only the verdict")]
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, show_default=False, help="healthy environments and notes in full")
]
Stdin0 = Annotated[bool, typer.Option("--stdin0", help="read NUL-separated paths from standard input")]
Baseline = Annotated[
    Optional[str], typer.Option("--baseline", metavar="FILE", help="accept the findings that are in this file")
]  # noqa: UP045
WriteBaseline = Annotated[
    Optional[str],
    typer.Option("--write-baseline", metavar="FILE", help="write today's findings to this file and accept them"),
]  # noqa: UP045
ConfigFile = Annotated[
    Optional[str], typer.Option("--config", metavar="FILE", help="read settings from this file only")
]  # noqa: UP045
Isolated = Annotated[bool, typer.Option("--isolated", help="read no settings file")]

STDIN_LIMIT = 64 << 20  # bytes of paths that are accepted from a pipe


def read_settings(file: str | None, *, isolated: bool) -> Config:
    """Return the settings that hold in the working directory.

    Raises:
        SettingsError: a file that cannot be used.
    """
    try:
        start = os.getcwd()
    except OSError:  # the working directory is gone: only the user's own file is left
        start = "/"
    return settings.load(start, os.environ, file=file, isolated=isolated)


def override(config: Config, **flags: object) -> Config:
    """Return the settings with the flags that were given on the command line; None means not given."""
    return replace(config, **{key: value for key, value in flags.items() if value is not None})  # type: ignore[arg-type]


def codes(values: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the codes of a repeatable, comma-separated option; None when it was not given."""
    if values is None or not values:
        return None
    return tuple(word.strip().upper() for value in values for word in value.split(",") if word.strip())


def one_of(option: str, value: str | None, allowed: Sequence[str]) -> str | None:
    """Return a word that an option allows.

    Raises:
        UsageError: another word, with the nearest allowed one.
    """
    if value is None or value in allowed:
        return value
    from venvdoctor.selection import nearest  # noqa: PLC0415

    near = nearest(value, allowed)
    raise UsageError(
        f"{option} cannot be {value!r}", hint=f"did you mean {near}?" if near else f"it is one of {', '.join(allowed)}"
    )


def resolve_paths(values: Sequence[str] | None, *, stdin0: bool = False, sysroot: str | None = None) -> tuple[str, ...]:
    """Return the paths to scan, absolute: relative ones from the working directory, or from the sysroot's root.

    Raises:
        UsageError: an empty path.
    """
    words = list(values or ())
    if stdin0:
        words = [word for word in words if word != "-"] + _piped(b"\0")
    elif "-" in words:
        at = words.index("-")
        words[at : at + 1] = _piped(b"\n")
    if "" in words:
        raise UsageError("a PATH is empty", hint="is a variable unset?")
    return tuple(dict.fromkeys(absolute(word, sysroot) for word in words))


def absolute(path: str, sysroot: str | None = None) -> str:
    """Return a path as inside the view, without dots."""
    if sysroot is not None:
        return os.path.normpath("/" + path)
    return os.path.abspath(os.path.expanduser(path) if path.startswith("~/") else path)


def _piped(separator: bytes) -> list[str]:
    data = sys.stdin.buffer.read(STDIN_LIMIT)
    return [os.fsdecode(part) for part in data.split(separator) if part]
