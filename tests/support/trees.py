"""What a directory tree holds, as a value that can be compared."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path


def picture(root: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return every path below a root with its kind, mode and content; venvdoctor's own folder and bytecode left out."""
    found = {}
    skipped = {".venvdoctor", "__pycache__"}
    for folder, folders, files in os.walk(root):
        top = Path(folder) == root
        folders[:] = [name for name in folders if name not in skipped and not (top and name in without)]
        for name in [*folders, *files]:
            path = Path(folder, name)
            status = path.lstat()
            found[str(path.relative_to(root))] = f"{stat.S_IMODE(status.st_mode):o} {_content(path, status)}"
    return found


def _content(path: Path, status: os.stat_result) -> str:
    if path.is_symlink():
        return "-> " + os.readlink(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else "dir"
