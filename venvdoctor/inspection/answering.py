"""File systems that somebody else serves: whether each answers at all, asked once and before anything is looked at.

A look into a network or FUSE file system whose server is gone never ends (a hard NFS mount, fuse(4)); nothing but the
end of the process takes it back. Those mounts are told from their names in the table alone.
"""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

from venvdoctor.errors import SilentError
from venvdoctor.inspection.mounts import read_mounts
from venvdoctor.view import TranslatedView, View, rooted_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from venvdoctor.inspection.mounts import Mount

OWN_AUTOMATIC = ("/proc/", "/sys/", "/dev/", "/boot/", "/efi/")
OWN_VARIABLES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "VENVDOCTOR_STATE_DIR")
PATIENCE = 3.0  # seconds for all of them together; a slow but living server takes a tenth


def distant_places(mounts: Iterable[Mount]) -> frozenset[str]:
    """Return the mount points that another machine, or an unknown program, answers for; the root is never one."""
    return frozenset(mount.path for mount in mounts if mount.distant and mount.path != "/")


def silent_places(places: Iterable[str]) -> tuple[str, ...]:
    """Return the mount points among these that do not answer."""
    asked = sorted(places)
    if not asked:
        return ()
    import threading  # noqa: PLC0415 - hardly ever

    threads = [threading.Thread(target=_ask, args=(path,), daemon=True) for path in asked]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return tuple(path for path, thread in zip(asked, threads, strict=True) if thread.is_alive())


def require_answers(environ: Mapping[str, str], here: str) -> None:
    """Refuse to begin where this program's own files, or its user's settings, lie on what does not answer.

    Raises:
        SilentError: they do.
    """
    distant = distant_places(read_mounts())
    if not distant:
        return
    home = environ.get("HOME") or os.path.expanduser("~")
    own = [home, here, *(f"{home}/{folder}" for folder in (".cache", ".config", ".local/state"))]
    own += [environ[name] for name in OWN_VARIABLES if environ.get(name, "").startswith("/")]
    silent = silent_places(place for place in distant if leads_into([place], own))
    if silent:
        raise SilentError(silent)


def dormant_places(mounts: Iterable[Mount]) -> tuple[tuple[str, bool], ...]:
    """Return the places where a look makes the kernel mount something (autofs), and what is mounted inside them.

    Whoever names a host below `/net` makes this machine ask it. Nothing where all is mounted, or none is there; the
    automatic mounts of `/boot` are this machine's own disk.

    Returns:
        Directories, ended by a slash, the innermost first, and whether a look there mounts something.
    """
    listed = [mount for mount in mounts if not (mount.path + "/").startswith(OWN_AUTOMATIC)]
    roots = tuple({mount.path.rstrip("/") + "/" for mount in listed if mount.type == "autofs"})
    top = {mount.path: mount.type == "autofs" for mount in listed if (mount.path.rstrip("/") + "/").startswith(roots)}
    found = [(path.rstrip("/") + "/", asleep) for path, asleep in top.items()]
    return tuple(sorted(found, key=lambda item: -len(item[0]))) if any(top.values()) else ()


def real_view(root: str | None) -> tuple[View, frozenset[str], tuple[str, ...]]:
    """Return the view of the disk without what does not answer, the mount points that may stop to, and those that did.

    Args:
        root: directory of an image that is looked at instead, None: the disk itself.

    Raises:
        OSError: there is no such directory, or its file system does not answer.
    """
    mounts = read_mounts()
    distant = distant_places(mounts)
    silent = silent_places(distant)
    return view_beyond(silent, root), distant.difference(silent), silent


def view_beyond(silent: tuple[str, ...], root: str | None) -> View:
    """Return the view of the disk, or of an image, without these mount points, and those that a look would make.

    Raises:
        OSError: as `real_view`.
    """
    dormant = dormant_places(read_mounts())
    disk = view_without(silent, dormant) if silent or dormant else View()
    return disk if root is None else rooted_view(root, disk)


def leads_into(roots: Iterable[str], paths: Iterable[str]) -> bool:
    """Whether one of the paths leads below one of these mount points, none of which is looked at."""
    view = view_without(tuple(roots))
    return any(_is_kept_out(view, path) for path in paths)


def _is_kept_out(view: View, path: str) -> bool:
    try:
        view.realpath(path)
    except TimeoutError:
        return True
    except (OSError, ValueError):
        return False
    return False


def is_near(places: Iterable[str], roots: Iterable[str]) -> bool:
    """Whether one of these mount points lies above or below one of the roots."""
    tops = [root.rstrip("/") + "/" for root in roots]
    inside = [place.rstrip("/") + "/" for place in places]
    return any(place.startswith(top) or top.startswith(place) for place in inside for top in tops)


def view_without(silent: tuple[str, ...], dormant: tuple[tuple[str, bool], ...] = ()) -> View:
    """Return a view of the real disk that steps into none of these: every link on a way is resolved here, not there."""
    inside = tuple(path.rstrip("/") + "/" for path in silent)

    def translate(canonical: str) -> str:
        path = canonical + "/"
        if path.startswith(inside):
            raise TimeoutError(errno.ETIMEDOUT, "its file system does not answer", canonical)
        if next((asleep for place, asleep in dormant if path.startswith(place)), False):
            raise TimeoutError(errno.ETIMEDOUT, "nothing is mounted there yet, and a look would mount it", canonical)
        return canonical

    return TranslatedView(translate)


def _ask(path: str) -> None:
    try:
        os.stat(path)
        os.statvfs(path)
    except OSError:  # an answer, too
        return
