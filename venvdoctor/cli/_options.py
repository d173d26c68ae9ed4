"""The options that commands share, declared once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venvdoctor import config as settings
from venvdoctor.cli._completion import among, rule_code
from venvdoctor.errors import UsageError
from venvdoctor.escape import printable
from venvdoctor.registry import member_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.api import ScanRequest
    from venvdoctor.config import Config

Command = Callable[..., int]
FORMATS = member_names("venvdoctor.formats")

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]…",
        show_default=False,
        help="environments, or directories to search; `-` reads paths from standard input",
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODES",
        autocompletion=rule_code,
        help="report these rules only (prefixes allowed, comma-separated)",
    ),
]
ExtendSelect = Annotated[
    list[str] | None, typer.Option("--extend-select", metavar="CODES", help="report these rules besides")
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="CODES", autocompletion=rule_code, help="do not report these rules")
]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="error|warning|note|never",
        autocompletion=among(*settings.FAIL_ON),
        help="lowest severity that makes the exit code 1",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        autocompletion=among(*FORMATS),
        help=f"one of {', '.join(FORMATS)}",
    ),
]
Outputs = Annotated[
    list[str] | None, typer.Option("--output", "-o", metavar="[FORMAT:]FILE", help="write to a file; repeatable")
]
Exclude = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="directories not to search; repeatable")]
OneFileSystem = Annotated[
    bool | None,
    typer.Option(
        "--one-file-system/--cross-file-systems",
        show_default=False,
        help="stay on the file systems that the search starts on",
    ),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=0, metavar="N", help="processes that examine environments")
]
Sysroot = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="diagnose an unpacked image or a mounted disk; paths are as inside it"),
]
Deep = Annotated[bool, typer.Option("--deep", help="verify the hashes of installed files too")]
Probe = Annotated[
    bool, typer.Option("--probe", help="confirm by STARTING each environment's interpreter (nothing else ever does)")
]
System = Annotated[bool, typer.Option("--system", help="search every local file system")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="neither read nor write venvdoctor's own cache")]
Color = Annotated[
    str | None,
    typer.Option(
        "--color",
        metavar="auto|always|never",
        autocompletion=among(*settings.COLOURS),
        help="colours in the text (NO_COLOR is honoured)",
    ),
]
Quiet = Annotated[int, typer.Option("--quiet", "-q", count=True, show_default=False, help="only the verdict")]
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, show_default=False, help="healthy environments and notes in full")
]
Stdin0 = Annotated[bool, typer.Option("--stdin0", help="read NUL-separated paths from standard input")]
AllowEmpty = Annotated[bool, typer.Option("--allow-empty", help="a PATH that holds no environment is no error")]
Baseline = Annotated[
    str | None, typer.Option("--baseline", metavar="FILE", help="accept the findings that are in this file")
]
WriteBaseline = Annotated[
    str | None,
    typer.Option("--write-baseline", metavar="FILE", help="write today's findings to this file and accept them"),
]
ConfigFile = Annotated[str | None, typer.Option("--config", metavar="FILE", help="read settings from this file only")]
Isolated = Annotated[bool, typer.Option("--isolated", help="read no settings file")]

STDIN_LIMIT = 64 << 20  # bytes of paths that are accepted from a pipe


SHARED = {
    "paths": (Paths, None),
    "format_": (Formats, None),
    "outputs": (Outputs, None),
    "select": (Select, None),
    "ignore": (Ignore, None),
    "extend_select": (ExtendSelect, None),
    "fail_on": (FailOn, None),
    "exclude": (Exclude, None),
    "one_file_system": (OneFileSystem, None),
    "jobs": (Jobs, None),
    "sysroot": (Sysroot, None),
    "system": (System, False),
    "deep": (Deep, False),
    "probe": (Probe, False),
    "baseline": (Baseline, None),
    "write_baseline": (WriteBaseline, None),
    "no_cache": (NoCache, False),
    "color": (Color, None),
    "quiet": (Quiet, 0),
    "verbose": (Verbose, 0),
    "stdin0": (Stdin0, False),
    "allow_empty": (AllowEmpty, False),
    "config_file": (ConfigFile, None),
    "isolated": (Isolated, False),
}
TEXT_OR_JSON = Annotated[str, typer.Option("--format", metavar="text|json", help="format of the output")]


def takes(*names: str, **own: tuple[Any, Any]) -> Callable[[Command], Command]:
    """Give a command that takes `**given` the parameters for typer to see: shared ones by name, its own with defaults.

    A command's own parameters come first.
    """
    known = {**own, **{name: SHARED[name] for name in names}}

    def mark(command: Command) -> Command:
        parameters = [
            Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)
            for name, (kind, default) in known.items()
        ]
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {name: kind for name, (kind, _) in known.items()}
        return command

    return mark


def configure(given: Mapping[str, Any]) -> Config:
    """Return the settings that hold in the working directory, with a command's flags over them.

    Raises:
        SettingsError: a settings file that cannot be used.
        UsageError: a flag's value that is not allowed.
    """
    config = read_settings(given.get("config_file"), isolated=bool(given.get("isolated")))
    exclude = given.get("exclude")
    return override(
        config,
        select=codes(given.get("select")),
        extend_select=codes(given.get("extend_select")),
        ignore=dict.fromkeys(codes(given.get("ignore")) or (), "on the command line") or None,
        fail_on=one_of("--fail-on", given.get("fail_on"), settings.FAIL_ON),
        exclude=(*config.exclude, *map(absolute_glob, exclude)) if exclude else None,
        one_file_system=given.get("one_file_system"),
        jobs=given.get("jobs"),
        deep=given.get("deep") or None,
        cache=False if given.get("no_cache") else None,
        color=one_of("--color", given.get("color"), settings.COLOURS),
        baseline=given.get("baseline"),
    )


def request(given: Mapping[str, Any], config: Config) -> ScanRequest:
    """Return where a command is to look.

    Raises:
        UsageError: an empty path.
    """
    from venvdoctor.api import ScanRequest  # noqa: PLC0415 - not every command scans

    sysroot = given.get("sysroot")
    named = resolve_paths(given.get("paths"), stdin0=bool(given.get("stdin0")), sysroot=sysroot)
    system, probe = bool(given.get("system")), bool(given.get("probe"))
    if system and named:
        raise UsageError("--system searches everything, so it takes no PATH", hint="leave out one of them")
    if probe and sysroot:
        raise UsageError("--probe cannot start the interpreters of a sysroot", hint="leave out one of them")
    return ScanRequest(
        paths=named or (() if system else config.paths),
        system=system,
        sysroot=sysroot,
        probe=probe,
        allow_empty=bool(given.get("allow_empty")),
    )


def read_settings(file: str | None, *, isolated: bool) -> Config:
    """Return the settings that hold in the working directory.

    Raises:
        SettingsError: a file that cannot be used.
    """
    try:
        start = os.getcwd()
    except OSError:  # the working directory is gone: only the user's own file is left
        start = "/"
    found = settings.load(start, os.environ, file=file, isolated=isolated)
    for path in found.passed_over:
        sys.stderr.write(f"venvdoctor: {printable(path)} is another user's and does not count (--config reads it)\n")
    return found


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
    if not words and (values or stdin0):
        raise UsageError(
            "standard input names no path", hint="without PATH and without `-`, the usual places are searched"
        )
    if "" in words:
        raise UsageError("a PATH is empty", hint="is a variable unset?")
    return tuple(dict.fromkeys(absolute(word, sysroot) for word in words))


def absolute(path: str, sysroot: str | None = None) -> str:
    """Return a path as inside the view, without dots."""
    if sysroot is not None:
        return os.path.normpath("/" + path.lstrip("/"))
    try:
        found = os.path.abspath(os.path.expanduser(path) if path.startswith("~/") else path)
    except FileNotFoundError:
        raise UsageError(f"{path}: the working directory is gone", hint="name absolute paths") from None
    return found[1:] if found.startswith("//") else found  # POSIX lets two slashes mean something else; nothing does


def absolute_glob(pattern: str) -> str:
    """Return a pattern that holds a slash as seen from the root; a bare one matches a name anywhere."""
    return absolute(pattern) if "/" in pattern else pattern


def _piped(separator: bytes) -> list[str]:
    data = sys.stdin.buffer.read(STDIN_LIMIT)
    return [os.fsdecode(part) for part in data.split(separator) if part]


def require_posix(what: str) -> None:
    """Refuse what works through descriptors and renames of POSIX.

    Raises:
        UsageError: this is Windows.
    """
    if sys.platform == "win32":
        raise UsageError(f"{what} does not work on Windows yet", hint="`venvdoctor show ENV` tells what to do by hand")
