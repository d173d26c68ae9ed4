"""`--probe`: start an environment's interpreter to learn whether the diagnosis is right; nothing else starts one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from venvdoctor.transaction.trust import strange_below
from venvdoctor.view import walk_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.report import ProbeData

TIMEOUT = 20  # seconds
CODE = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.prefix, sep='\\n')"
LIMIT = 300  # characters of what an interpreter said that are kept


def run(executable: str, *sites: str) -> ProbeData:
    """Start the interpreter, isolated (`-I`), in the root directory, without input; return what happened.

    Root starts nothing as root that a user could have put there: as that user, or not at all.

    Args:
        executable: absolute path on this machine.
        sites: directories that it runs start-up files from, isolated or not.
    """
    import subprocess  # noqa: PLC0415 - only `--probe` starts anything

    owner = _owner((executable, os.path.realpath(executable), *sites))
    strange = None if owner or not _is_root() else next(filter(None, map(strange_below, sites)), None)
    if strange:
        return {"starts": None, "version": None, "prefix": None, "detail": f"root does not start it: {strange}"}
    rights: dict[str, Any] = {} if owner is None else {"user": owner[0], "group": owner[1], "extra_groups": ()}
    try:
        done = subprocess.run(  # noqa: S603 - what the user asked for
            [executable, "-I", "-B", "-c", CODE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            cwd="/",
            check=False,
            **rights,
        )
    except subprocess.TimeoutExpired:
        return {"starts": None, "version": None, "prefix": None, "detail": f"no answer within {TIMEOUT} seconds"}
    except OSError as error:
        return {"starts": False, "version": None, "prefix": None, "detail": error.strerror or str(error)}
    lines = done.stdout.decode("utf-8", "surrogateescape").splitlines()
    if done.returncode == 0 and len(lines) >= 2:
        return {"starts": True, "version": lines[0], "prefix": lines[1], "detail": ""}
    said = done.stderr.decode("utf-8", "surrogateescape").strip().splitlines()
    detail = said[-1][:LIMIT] if said else f"it ended with {done.returncode}"
    return {"starts": False, "version": None, "prefix": None, "detail": detail}


def _owner(paths: Iterable[str]) -> tuple[int, int] | None:
    """Return user and group of the first directory or file on the way that is not root's; None: we are not root."""
    if not _is_root():
        return None
    for path in paths:
        for place in walk_up(path):
            try:
                status = os.lstat(place)
            except OSError:
                continue
            if status.st_uid != 0:
                return status.st_uid, status.st_gid
    return None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def disagreement(diagnosed: bool | None, version: str | None, probe: ProbeData) -> str:
    """Return how the run contradicts the diagnosis, or the empty string."""
    if diagnosed is not None and probe["starts"] is not None and diagnosed != probe["starts"]:
        said = "starts" if diagnosed else "does not start"
        shown = "it does" if probe["starts"] else f"it does not ({probe['detail']})"
        return f"the diagnosis says that its interpreter {said}, and {shown}; please report this"
    if probe["version"] and version and not f"{probe['version']}.".startswith(f"{version.split('rc')[0]}."):
        return f"the diagnosis says Python {version}, and {probe['version']} answers; please report this"
    return ""
