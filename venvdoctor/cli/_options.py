"""The options that commands share, declared once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from venvdoctor import config as settings
from venvdoctor.cli._completion import among, rule_code
from venvdoctor.cli._parameters import Parameter, counted, switch
from venvdoctor.errors import UsageError
from venvdoctor.escape import printable
from venvdoctor.model.fact import replace
from venvdoctor.registry import member_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.api import ScanRequest
    from venvdoctor.config import Config

Command = Callable[..., int]
FORMATS = member_names("venvdoctor.formats")

SHARED = {
    "paths": Parameter(
        list,
        metavar="[PATH]…",
        show_default=False,
        text="environments, or directories to search; `-` reads paths from standard input",
    ),
    "format_": Parameter(
        list, "--format", metavar="FORMAT", complete=among(*FORMATS), text=f"one of {', '.join(FORMATS)}"
    ),
    "outputs": Parameter(list, "--output", "-o", metavar="[FORMAT:]FILE", text="write to a file; repeatable"),
    "select": Parameter(
        list,
        "--select",
        metavar="CODES",
        complete=rule_code,
        text="report these rules only (prefixes allowed, comma-separated)",
    ),
    "ignore": Parameter(list, "--ignore", metavar="CODES", complete=rule_code, text="do not report these rules"),
    "extend_select": Parameter(list, "--extend-select", metavar="CODES", text="report these rules besides"),
    "fail_on": Parameter(
        str,
        "--fail-on",
        metavar="error|warning|note|never",
        complete=among(*settings.FAIL_ON),
        text="lowest severity that makes the exit code 1",
    ),
    "exclude": Parameter(list, "--exclude", metavar="GLOB", text="directories not to search; repeatable"),
    "one_file_system": Parameter(
        bool,
        "--one-file-system/--cross-file-systems",
        show_default=False,
        text="stay on the file systems that the search starts on",
    ),
    "jobs": Parameter(int, "--jobs", "-j", least=0, metavar="N", text="processes that examine environments"),
    "sysroot": Parameter(
        str, "--sysroot", metavar="DIR", text="diagnose an unpacked image or a mounted disk; paths are as inside it"
    ),
    "system": switch("--system", text="search every local file system"),
    "deep": switch("--deep", text="verify the hashes of installed files too"),
    "probe": switch("--probe", text="confirm by STARTING each environment's interpreter (nothing else ever does)"),
    "baseline": Parameter(str, "--baseline", metavar="FILE", text="accept the findings that are in this file"),
    "write_baseline": Parameter(
        str, "--write-baseline", metavar="FILE", text="write today's findings to this file and accept them"
    ),
    "no_cache": switch("--no-cache", text="neither read nor write venvdoctor's own cache"),
    "color": Parameter(
        str,
        "--color",
        metavar="auto|always|never",
        complete=among(*settings.COLOURS),
        text="colours in the text (NO_COLOR is honoured)",
    ),
    "quiet": counted("--quiet", "-q", text="only the verdict"),
    "verbose": counted("--verbose", "-v", text="healthy environments and notes in full"),
    "stdin0": switch("--stdin0", text="read NUL-separated paths from standard input"),
    "allow_empty": switch("--allow-empty", text="a PATH that holds no environment is no error"),
    "config_file": Parameter(str, "--config", metavar="FILE", text="read settings from this file only"),
    "isolated": switch("--isolated", text="read no settings file"),
}
TEXT_OR_JSON = Parameter(str, "--format", metavar="text|json", default="text", text="format of the output")
PLACE = Parameter(
    str, metavar="ENV", default=..., show_default=False, text="an environment, its project, or a file in it"
)
STDIN_LIMIT = 64 << 20  # bytes of paths that are accepted from a pipe


def takes(*names: str, **own: Parameter) -> Callable[[Command], Command]:
    """Say what a command takes: shared parameters by name, after its own."""
    known = {**own, **{name: SHARED[name] for name in names}}

    def mark(command: Command) -> Command:
        command.parameters = known  # type: ignore[attr-defined]
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


def require_answers() -> str:
    """Return the working directory; nothing of the user's own is looked into before.

    Raises:
        SilentError: what lies there, or in the user's home, is on a file system that does not answer.
    """
    from venvdoctor.inspection import answering  # noqa: PLC0415 - the help does without

    try:
        start = os.getcwd()
    except OSError:  # the working directory is gone: only the user's own file is left
        start = "/"
    answering.require_answers(os.environ, start)
    return start


def read_settings(file: str | None, *, isolated: bool) -> Config:
    """Return the settings that hold in the working directory.

    Raises:
        SettingsError: a file that cannot be used.
        SilentError: as `require_answers`.
    """
    start = require_answers()
    found = settings.load(start, os.environ, file=file, isolated=isolated)
    for path in found.passed_over:
        sys.stderr.write(f"venvdoctor: {printable(path)} is another user's and does not count (--config reads it)\n")
    return found


def override(config: Config, **flags: object) -> Config:
    """Return the settings with the flags that were given on the command line; None means not given."""
    return replace(config, **{key: value for key, value in flags.items() if value is not None})


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
