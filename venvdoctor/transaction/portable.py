"""Commands of a relocatable environment: pip knows no such thing, and writes the place where it installs into them."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from venvdoctor.repairing.script_text import record_with, relocatable
from venvdoctor.transaction.salvage import FILE_LIMIT, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.transaction.work import Work

CFG_LIMIT = 1 << 15  # bytes; getpath refuses more
_RELOCATABLE = re.compile(rb"^[ \t]*relocatable[ \t]*=[ \t]*true[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)


def start_beside(work: Work, made: Iterable[str]) -> None:
    """Let commands that a builder has just written start the `python` beside them, if the environment is relocatable.

    Args:
        work: the transaction.
        made: new names, relative to the root; what does not start the environment's interpreter stays as it is.
    """
    if work.anchor.lstat("pyvenv.cfg") is None or not _RELOCATABLE.search(work.anchor.read("pyvenv.cfg", CFG_LIMIT)):
        return
    written = {path: content for path in made if (content := _bound(work, path)) is not None}
    for path, content in written.items():
        _put(work, path, content, 0o777 & ~work.umask)
    for path in _records(work) if written else ():
        old = fresh = work.anchor.read(path, FILE_LIMIT)
        for name, content in written.items():
            fresh = record_with(fresh, os.path.relpath(f"/{name}", f"/{path}/../.."), digest(content), len(content))
        if fresh != old:
            _put(work, path, fresh, 0o666 & ~work.umask)


def _bound(work: Work, path: str) -> bytes | None:
    """Return the portable text of a script that names the environment's place, None for anything else."""
    status = work.anchor.lstat(path)
    if status is None or not stat.S_ISREG(status.st_mode):
        return None
    content = work.anchor.read(path, FILE_LIMIT)
    head = b"\n".join(content.split(b"\n", 3)[:3])
    place = os.fsencode(work.path("bin")) + b"/python"
    return relocatable(content) if content.startswith(b"#!") and place in head else None


def _records(work: Work) -> Iterator[str]:
    for lib in work.anchor.names("lib"):
        site = f"lib/{lib}/site-packages"
        status = work.anchor.lstat(site)
        if status is not None and stat.S_ISDIR(status.st_mode):
            records = [f"{site}/{name}/RECORD" for name in work.anchor.names(site) if name.endswith(".dist-info")]
            yield from (path for path in records if work.anchor.lstat(path) is not None)


def _put(work: Work, path: str, content: bytes, mode: int) -> None:
    """Write a file of the builder's anew, under a name that leads nowhere else any more."""
    work.anchor.remove_tree(path)
    work.anchor.write_new(path, content, mode)
