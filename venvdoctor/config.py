"""Settings: what a user decided beforehand, from `pyproject.toml`, `venvdoctor.toml` and the user's own file.

Nearer wins: a flag, then `[tool.venvdoctor]` in the nearest `pyproject.toml`, then the nearest
`venvdoctor.toml`, then `$XDG_CONFIG_HOME/venvdoctor/venvdoctor.toml`. Each key is taken from the nearest
file that has it. Paths in a file are relative to that file.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor import plainfile
from venvdoctor.errors import SettingsError
from venvdoctor.model.fact import fact, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FILE_NAME = "venvdoctor.toml"
LIMIT = 1 << 20  # bytes; a settings file that is longer is not one
FAIL_ON = ("error", "warning", "note", "never")
COLOURS = ("auto", "always", "never")


@fact
class Config:
    """What a scan is to do, beyond where it looks.

    Attributes:
        paths: what is scanned when the command line names nothing; empty: the usual places.
        select, extend_select: codes or prefixes of rules; an empty `select` is every rule.
        ignore: code or prefix → the reason given for it, "" where none was given.
        fail_on: the lowest severity that makes the exit code 1, or `never`.
        exclude: glob patterns of directories that are not searched.
        one_file_system: whether the search stays on the file systems it starts on; None: as the search sees fit.
        jobs: processes that examine environments; 0: as many as pay.
        deep: whether file hashes are verified.
        cache: whether facts are kept between scans.
        snapshot: whether a scan records a snapshot when something changed since the last one.
        format: the format of what is printed.
        color: `auto`, `always` or `never`.
        baseline: file of accepted findings.
        files: the settings files that were read, the nearest first.
        passed_over: files of another user that were not: whoever may write into a directory above decides nothing here.
    """

    paths: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)
    fail_on: str = "error"
    exclude: tuple[str, ...] = ()
    one_file_system: bool | None = None
    jobs: int = 0
    deep: bool = False
    cache: bool = True
    snapshot: bool = False
    format: str = "text"
    color: str = "auto"
    baseline: str | None = None
    files: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()


def load(start: str, environ: Mapping[str, str], *, file: str | None = None, isolated: bool = False) -> Config:
    """Return the settings that hold for a working directory.

    Args:
        start: absolute path of the directory from which the nearest files are looked for.
        environ: variables of the process (`XDG_CONFIG_HOME`, `HOME`).
        file: read this file alone.
        isolated: read none.

    Raises:
        SettingsError: a file that cannot be read, is no TOML, or holds an unknown or ill-typed key.
    """
    if isolated:
        return Config()
    values: dict[str, Any] = {}
    read: list[str] = []
    strange: list[str] = []
    for path, table in _one(file) if file else _nearest(start, environ, strange):
        read.append(path)
        if not file and "snapshot" in table and path != user_file(environ):
            raise SettingsError(
                f"snapshot in {path} has no effect on whoever looks at a project",
                hint="put it into your own settings file",
            )
        for key, value in _checked(path, table).items():
            values.setdefault(key, value)
    return replace(Config(files=tuple(read), passed_over=tuple(strange)), **values)


def candidates(start: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every file that settings may come from, whether it is there or not; `load` reads the nearest of them."""
    for folder in _upwards(start):
        yield os.path.join(folder, "pyproject.toml")
        yield os.path.join(folder, FILE_NAME)
    own = user_file(environ)
    if own:
        yield own


def user_file(environ: Mapping[str, str]) -> str | None:
    """Return where the user's own settings file would be; None without a home."""
    base = environ.get("XDG_CONFIG_HOME") or ""
    if not os.path.isabs(base):  # the XDG specification: a relative path is ignored
        home = environ.get("HOME") or ""
        base = os.path.join(home, ".config") if home else ""
    return os.path.join(base, "venvdoctor", FILE_NAME) if base else None


def _one(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    table = _table(path, os.path.basename(path) == "pyproject.toml")
    if table is None:
        raise SettingsError(f"there are no settings in {path}", hint="name a file that holds [tool.venvdoctor]")
    yield path, table


def _nearest(start: str, environ: Mapping[str, str], strange: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each settings file that counts, the one that wins first; collect those that somebody else put there."""
    for name, embedded in (("pyproject.toml", True), (FILE_NAME, False)):
        for folder in _upwards(start):
            path = os.path.join(folder, name)
            there = os.path.isfile(path)
            if there and _is_strange(path, environ):
                strange += [path] if not embedded or b"venvdoctor" in _read(path) else []
                continue
            table = _table(path, embedded) if there else None
            if table is not None:
                yield path, table
                break
    own = user_file(environ)
    if own and os.path.isfile(own):
        yield own, _table(own, embedded=False) or {}


def _is_strange(path: str, environ: Mapping[str, str]) -> bool:
    """Whether a file belongs neither to the caller nor to root (as git has it for a repository's settings)."""
    if not hasattr(os, "geteuid"):
        return False
    trusted = {0, os.geteuid()}
    if os.geteuid() == 0 and environ.get("SUDO_UID", "").isdecimal():
        trusted.add(int(environ["SUDO_UID"]))
    try:
        return os.stat(path).st_uid not in trusted
    except OSError:
        return True


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _table(path: str, embedded: bool) -> dict[str, Any] | None:
    """Return the settings of a file; None where a `pyproject.toml` has none."""
    data = _read(path)
    if embedded and b"venvdoctor" not in data:
        return None  # no need to parse somebody else's project, nor to complain about it
    try:
        document: dict[str, Any] = _loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and TOMLDecodeError are the former
        raise SettingsError(f"{path} is not valid TOML: {error}", hint="correct the file, or pass --isolated") from None
    if not embedded:
        return document
    tool = document.get("tool")
    table = tool.get("venvdoctor") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"tool.venvdoctor in {path} is not a table")
    return table


def _loads(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - only where there is a settings file
    else:
        import tomli as tomllib  # noqa: PLC0415
    document: dict[str, Any] = tomllib.loads(text)
    return document


def _read(path: str) -> bytes:
    try:
        return plainfile.read(path, LIMIT)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None


def _checked(path: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table as values of `Config`, or say what is wrong with it."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        reader = _KEYS.get(key)
        if reader is None:
            raise SettingsError(f"unknown setting {key!r} in {path}", hint=_suggestion(key))
        try:
            values[key.replace("-", "_")] = reader(value, os.path.dirname(path))
        except ValueError as error:
            raise SettingsError(f"{key} in {path} {error}") from None
    return values


def _suggestion(key: str) -> str:
    from venvdoctor.selection import nearest  # noqa: PLC0415 - only a mistake pays for it

    near = nearest(key.replace("_", "-"), _KEYS)
    return f"did you mean {near!r}?" if near else f"the settings are {', '.join(_KEYS)}"


def _texts(value: Any, _folder: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings")
    return tuple(value)


def _paths(value: Any, folder: str) -> tuple[str, ...]:
    return tuple(_path(item, folder) for item in _texts(value, folder))


def _path(value: Any, folder: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("must be a path")
    return os.path.normpath(os.path.join(folder, os.path.expanduser(value)))


def _globs(value: Any, folder: str) -> tuple[str, ...]:
    """A pattern with a slash in it is relative to the file; a bare one matches a name anywhere."""
    return tuple(os.path.join(folder, item) if "/" in item else item for item in _texts(value, folder))


def _reasons(value: Any, folder: str) -> dict[str, str]:
    if isinstance(value, dict):
        if not all(isinstance(reason, str) for reason in value.values()):
            raise ValueError("must give each code a reason in words")
        return dict(value)
    return dict.fromkeys(_texts(value, folder), "")


def _flag(value: Any, _folder: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - all refusals of a value are of one kind
    return value


def _count(value: Any, _folder: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("must be a whole number, 0 or more")
    return value


def _word(value: Any, _folder: str) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004
    return value


def _one_of(*words: str) -> Callable[[Any, str], str]:
    def read(value: Any, _folder: str) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return str(value)

    return read


_KEYS: dict[str, Callable[[Any, str], Any]] = {
    "paths": _paths,
    "select": _texts,
    "extend-select": _texts,
    "ignore": _reasons,
    "fail-on": _one_of(*FAIL_ON),
    "exclude": _globs,
    "one-file-system": _flag,
    "jobs": _count,
    "deep": _flag,
    "cache": _flag,
    "snapshot": _flag,
    "format": _word,
    "color": _one_of(*COLOURS),
    "baseline": _path,
}


def known_keys() -> tuple[str, ...]:
    """Return the names of all settings, as a file spells them."""
    return tuple(_KEYS)


def defaults() -> dict[str, Any]:
    """Return each setting's default by its name in a file."""
    plain = Config()
    return {
        name.replace("_", "-"): getattr(plain, name)
        for name in Config.__annotations__
        if name not in ("files", "passed_over")
    }
