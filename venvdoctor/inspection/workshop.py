"""What there is to repair one environment with: installed interpreters, tools, and the small files that a repair rewrites."""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from venvdoctor.model.repair import Choice, Workshop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment

SCRIPT_LIMIT = 1 << 20  # bytes; a longer file in `bin` is a program and no text to be rewritten
TOOLS = ("uv", "virtualenv")


def read_workshop(
    env: Environment, shared: Shared, choices: Iterable[Choice], *, chosen: Choice | None = None, offline: bool = False
) -> Workshop:
    """Return everything that fixers may use for one environment.

    Args:
        env: the facts.
        shared: the scan's context.
        choices: installed interpreters, the best first.
        chosen: the one that the user asked for.
        offline: nothing may be downloaded.
    """
    texts = dict(_texts(env, shared))
    modes = {path: stat.S_IMODE(shared.view.stat(posixpath.join(env.path, path)).st_mode) for path in texts}
    return Workshop(
        interpreters=tuple(choices),
        chosen=chosen,
        offline=offline,
        tools=dict(_tools(env, shared)),
        texts=texts,
        modes=modes,
        uid=os.geteuid(),
        free=_free(env),
    )


def _texts(env: Environment, shared: Shared) -> Iterator[tuple[str, bytes]]:
    """Yield pyvenv.cfg and every text file of `bin`, by path relative to the environment."""
    folder = posixpath.relpath(env.bin_dir, env.path) if env.bin_dir else "bin"
    try:
        entries = shared.view.scandir(env.bin_dir) if env.bin_dir else []
    except OSError:
        entries = []
    names = [f"{folder}/{entry.name}" for entry in entries if entry.is_file(follow_symlinks=False)]
    for name in sorted(["pyvenv.cfg", *names]):
        try:
            content = shared.view.read(posixpath.join(env.path, name), SCRIPT_LIMIT)
        except OSError:
            continue
        if b"\0" not in content[:1024]:
            yield name, content


def _tools(env: Environment, shared: Shared) -> Iterator[tuple[str, str]]:
    """Yield the builders on PATH that do not lie in the sick environment itself."""
    for name in TOOLS:
        for folder in shared.host.environ.get("PATH", "").split(":"):
            path = posixpath.join(folder, name)
            inside = path.startswith((env.path + "/", env.real + "/"))
            if folder.startswith("/") and not inside and os.access(path, os.X_OK) and shared.view.kind(path) == "file":
                yield name, path
                break


def _free(env: Environment) -> int:
    try:
        status = os.statvfs(env.real)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
