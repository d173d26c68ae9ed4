"""Reads `pyvenv.cfg` as far as it goes: what CPython's three readers of it would meet, and what is wrong with the file.

Sources: Lib/site.py `venv`, Modules/getpath.py `readlines` (3.11 and later), Modules/getpath.c `find_env_config_value`
(up to 3.10), PC/venvlauncher.c. They disagree; `venvdoctor.inspection.startup` asks each its own way.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

from venvdoctor.model.cfg import PyvenvCfg

if TYPE_CHECKING:
    from venvdoctor.model.cfg import CfgProblem
    from venvdoctor.view import View

CFG_NAME = "pyvenv.cfg"
CFG_LIMIT = 1 << 20  # bytes; getpath itself refuses 32 KiB and more
LINE_BREAK = re.compile("\r\n|\r|\n")  # text files of Python: universal newlines, and nothing else
BOM = "\ufeff"


def read_cfg(directory: str, view: View, *, beside_executable: bool = False) -> PyvenvCfg | None:
    """Return the facts of `directory`'s pyvenv.cfg, None when there is no such name; never raises.

    Args:
        directory: the environment's root, or its `bin`.
        view: the door to the disk.
        beside_executable: the directory is the one of the executables.
    """
    path = directory.rstrip("/") + "/" + CFG_NAME
    try:
        status = view.stat(path)
    except (OSError, ValueError) as error:
        return _unreachable(path, view, error, beside_executable=beside_executable)
    if not stat.S_ISREG(status.st_mode):
        return _sick(
            path, "not-a-file", _KINDS.get(stat.S_IFMT(status.st_mode), "no file"), beside_executable=beside_executable
        )
    if status.st_size > CFG_LIMIT:
        return _sick(path, "too-large", f"{status.st_size} bytes", beside_executable=beside_executable)
    try:
        data = view.read(path, CFG_LIMIT)
    except OSError as error:
        return _sick(path, "unreadable", error.strerror or str(error), beside_executable=beside_executable)
    return parse_cfg(path, data, beside_executable=beside_executable)


def parse_cfg(path: str, data: bytes, *, beside_executable: bool = False) -> PyvenvCfg:
    """Return the facts of the bytes of a pyvenv.cfg; any bytes give facts."""
    problem: CfgProblem | None = None
    detail = ""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        problem, detail = "not-utf8", _undecodable(data, error)
        text = data.decode(errors="surrogateescape")
    if problem is None and text.startswith(BOM):
        problem, detail = "bom", "the file starts with a byte order mark"
    lines = LINE_BREAK.split(text)
    pairs = (line.partition("=") for line in lines if "=" in line)
    return PyvenvCfg(
        path=path,
        beside_executable=beside_executable,
        problem=problem,
        detail=detail,
        entries=tuple((key.strip().lower(), value.strip()) for key, _, value in pairs),
        lines=tuple(lines),
        size=len(data),
        text=text,
    )


_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


def _sick(path: str, problem: CfgProblem, detail: str, *, beside_executable: bool) -> PyvenvCfg:
    return PyvenvCfg(path=path, beside_executable=beside_executable, problem=problem, detail=detail)


def _unreachable(path: str, view: View, error: OSError | ValueError, *, beside_executable: bool) -> PyvenvCfg | None:
    """Tell a name that is not there from one that cannot be followed (a dangling link counts as not a file)."""
    try:
        view.lstat(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as denied:
        if isinstance(denied, OSError) and not isinstance(denied, NotADirectoryError):
            return _sick(path, "unreadable", denied.strerror or str(denied), beside_executable=beside_executable)
        return None
    if isinstance(error, PermissionError):
        return _sick(path, "unreadable", error.strerror or str(error), beside_executable=beside_executable)
    return _sick(path, "not-a-file", "a link that leads nowhere", beside_executable=beside_executable)


def _undecodable(data: bytes, error: UnicodeDecodeError) -> str:
    """Say which byte it is, and in which line."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "the file is UTF-16"
    line = data.count(b"\n", 0, error.start) + 1
    return f"byte 0x{data[error.start]:02x} in line {line}"
