"""What the sources share: a user's directories by the rules of XDG and platformdirs, and listing a place.

Variables and settings of the scanning process speak for the user who scans; for other homes the defaults hold.
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
SMALL = 64 << 10  # bytes; a settings file or a one-line note


def is_own(host: Host, home: Home) -> bool:
    """Return whether the home is that of the user whose variables we see."""
    return bool(host.environ) and (host.uid is None or home.uid == host.uid)


def expand(text: str, host: Host, home: Home) -> str | None:
    """Return a path from a variable or a setting with `~` and `$NAME` replaced, None when it is not absolute then."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name == "HOME":
            return home.path
        return host.environ.get(name, match[0]) if is_own(host, home) else match[0]

    path = VARIABLE.sub(value, text.strip())
    if path == "~" or path.startswith("~/"):
        path = home.path + path[1:]
    return posixpath.normpath(path) if path.startswith("/") and "\0" not in path else None


def variable(host: Host, home: Home, name: str) -> str | None:
    """Return the path that an environment variable holds, None when it is unset, empty or not absolute."""
    text = host.environ.get(name, "") if is_own(host, home) else ""
    return expand(text, host, home) if text else None


def data_dirs(host: Host, home: Home) -> list[str]:
    """Return where programs keep a user's data, the usual place first."""
    return _dirs(host, home, "XDG_DATA_HOME", ".local/share", "Library/Application Support")


def cache_dirs(host: Host, home: Home) -> list[str]:
    """Return where programs keep a user's caches."""
    return _dirs(host, home, "XDG_CACHE_HOME", ".cache", "Library/Caches")


def config_dirs(host: Host, home: Home) -> list[str]:
    """Return where programs keep a user's settings."""
    return _dirs(host, home, "XDG_CONFIG_HOME", ".config", "Library/Application Support")


def _dirs(host: Host, home: Home, name: str, default: str, mac: str) -> list[str]:
    """Return the XDG directory, the default one (earlier shells may have used it), and the platform's own."""
    found = [variable(host, home, name), f"{home.path}/{default}"]
    if host.platform == "darwin":
        found.append(f"{home.path}/{mac}")
    if host.platform == "windows":
        found += [variable(host, home, "LOCALAPPDATA"), variable(host, home, "APPDATA")]
    return list(dict.fromkeys(item for item in found if item))


def names_in(view: View, folder: str) -> list[str]:
    """Return the names in a directory, sorted; nothing when it is not there.

    Raises:
        OSError: it is there and cannot be listed.
    """
    try:
        return view.listdir(folder)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG):
            return []
        raise


def children(
    view: View, folder: str, manager: str | None, *, depth: int = 1, match: str = ""
) -> Iterator[Candidate | Unreadable]:
    """Yield what stands `depth` levels below a directory as candidates; discovery sees which are environments."""
    try:
        names = names_in(view, folder)
    except OSError as error:
        yield Unreadable(path=folder, reason=error.strerror or str(error))
        return
    for name in names:
        path = f"{folder}/{name}"
        if depth > 1 and view.kind(path) == "dir":
            yield from children(view, path, manager, depth=depth - 1, match=match)
        elif depth == 1 and (not match or re.match(match, name)):
            yield Candidate(path=path, manager=manager)


def matching(view: View, folder: str, pattern: str) -> list[str]:
    """Return the paths in a directory whose names match a regular expression; nothing when it cannot be listed."""
    try:
        names = names_in(view, folder)
    except OSError:
        return []
    return [f"{folder}/{name}" for name in names if re.fullmatch(pattern, name)]


def there(view: View, *paths: str) -> bool:
    """Return whether one of the paths leads to something."""
    return any(view.kind(path) != "missing" for path in paths)


def line_of(view: View, path: str) -> str | None:
    """Return the one line that a small file holds, None when it holds none or cannot be read."""
    try:
        text = os.fsdecode(view.read(path, SMALL)).strip()
    except (OSError, ValueError):
        return None
    return text if text and "\n" not in text and "\0" not in text else None
