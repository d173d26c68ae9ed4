"""Version directories outside environments that packages were installed into, and that an upgrade may strand.

Source: Lib/site.py (`_getuserbase`, `_get_path`: `~/.local/lib/pythonX.Y`, `~/Library/Python/X.Y`, `$PYTHONUSERBASE`),
Debian's and Fedora's site.py (`/usr/local/lib/pythonX.Y`). A directory with a standard library of its own is an
interpreter's, and one without packages is nobody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import matching, there, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.environment import Kind
    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="sites",
    summary="`~/.local/lib/pythonX.Y`, `$PYTHONUSERBASE`, `~/Library/Python/X.Y`, `/usr/local/lib/pythonX.Y`",
)
PACKAGE = r"[^~].*\.(?:dist-info|egg-info|egg-link)"
VERSIONED = r"(?:python|pypy)\d+\.\d+t?"


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the version directories that hold packages."""
    base = variable(host, home, "PYTHONUSERBASE")
    for folder in dict.fromkeys(item for item in (base, f"{home.path}/.local") if item):
        for library in ("lib", "lib64"):
            yield from _sites(view, f"{folder}/{library}", VERSIONED, "user-site")
    yield from _sites(view, f"{home.path}/Library/Python", r"\d+\.\d+", "user-site")
    for library in ("/usr/local/lib", "/usr/local/lib64"):
        yield from _sites(view, library, VERSIONED, "global-site")


def _sites(view: View, folder: str, pattern: str, kind: Kind) -> Iterator[Candidate | Unreadable]:
    for path in matching(view, folder, pattern):
        if _holds_packages(view, path):
            yield Candidate(path=path, kind=kind, name=path.rpartition("/")[2])


def _holds_packages(view: View, path: str) -> bool:
    if there(view, f"{path}/os.py", f"{path}/os.pyc") or there(view, f"{path}/../../pyvenv.cfg"):
        return False
    inner = [f"{path}/{name}" for name in ("site-packages", "dist-packages", "lib/python/site-packages")]
    return any(matching(view, place, PACKAGE) for place in inner)
