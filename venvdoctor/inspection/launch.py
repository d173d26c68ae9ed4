"""Says what starting a file would meet, without starting it: the file, its shebang, its interpreter, theirs in turn.

Sources: execve(2), path_resolution(7), Linux fs/exec.c (five levels of interpreters), fs/binfmt_script.c; XNU: one.
"""

from __future__ import annotations

import errno
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.shebang import (
    DARWIN_BUFFER,
    HEAD,
    LINUX_BUFFER,
    Shebang,
    Trampoline,
    env_command,
    parse_shebang,
    parse_trampoline,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.script import ScriptKind

DEFAULT_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
PROGRAMS = (
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
    b"\xfe\xed\xfa",
)
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh")
_PYTHON = re.compile(r"(?:python|pypy|graalpy|jython)w?[0-9.]*[a-z]{0,2}(?:\.exe)?$", re.IGNORECASE)
_REFUSED = re.compile(
    r"-[^\s\-cmWX]+[ \t]"
)  # `-s -E` is one argument; only -c, -m, -W and -X take what follows a blank
_DEPTH = 5


class Presence(NamedTuple):
    """Whether a program can be started, by its own file alone.

    Attributes:
        state: `ok`, `missing`, `dangling`, `loop`, `not-a-file`, `not-executable`, `undecided`.
        detail: the first path that is not there, or the reason.
        real: canonical path when it is there.
        head: its first bytes when it is there and readable.
        status: what stat(2) says of it, when it is there.
    """

    state: str
    detail: str = ""
    real: str | None = None
    head: bytes = b""
    status: os.stat_result | None = None


class Launch(NamedTuple):
    """What starting a file would meet.

    Attributes:
        kind: as `Script.kind`.
        problem: as `Script.problem`; `""` when nothing stands in the way.
        interpreter: the command as written, `/usr/bin/env X` included.
        wanted: the absolute path that is started (a name on PATH: where it was found, or the bare name).
        resolved: canonical path of `wanted` when it is there.
        detail: the file that is not there, or why nobody can tell.
        relative: it is looked up beside the script.
    """

    kind: ScriptKind
    problem: str = ""
    interpreter: str = ""
    wanted: str = ""
    resolved: str | None = None
    detail: str = ""
    relative: bool = False


def is_python(command: str) -> bool:
    """Return whether a command's last name is one of a Python interpreter."""
    return bool(_PYTHON.match(re.split(r"[/\\]", command)[-1]))


def presence(shared: Shared, path: str) -> Presence:
    """Return whether a program (not a script: too many) could be started; asked once per path."""
    store = shared.store("launch")
    known: Presence | None = store.get(path)
    if known is None:
        found = look(shared, path)
        known = store[path] = found._replace(head=found.head[:DARWIN_BUFFER])
    return known


def look(shared: Shared, path: str, *, canonical: bool = True) -> Presence:
    """Return whether `path` is a file that could be started; its canonical path only where it is wanted (it costs)."""
    try:
        with shared.view.open(path) as blob:
            status, head = blob.status, blob.read_at(0, HEAD)
        real = shared.view.realpath(path) if canonical else path
    except (OSError, ValueError) as error:
        # An unreadable program still starts; an unreadable script does not, and nobody can tell which it is.
        return _absent(shared, path, error)
    runs = status.st_mode & 0o111 or path.endswith(".exe")
    return Presence("ok" if runs else "not-executable", path, real, head, status)


def _absent(shared: Shared, path: str, error: OSError | ValueError) -> Presence:
    code = error.errno if isinstance(error, OSError) else errno.ENOENT
    if code == errno.EINVAL:
        return Presence("not-a-file", path)
    if code == errno.ELOOP:
        return Presence("loop", path)
    if code not in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return Presence("undecided", f"{path}: {_reason(error)}", status=_status(shared, path))
    missing = first_missing(shared, path)
    return Presence("missing" if missing == path else "dangling", missing)


def _status(shared: Shared, path: str) -> os.stat_result | None:
    try:
        return shared.view.stat(path)
    except (OSError, ValueError):
        return None


def first_missing(shared: Shared, path: str) -> str:
    """Return the name at the end of the links of `path` that is not there (`path` itself when it is no link)."""
    for _ in range(41):
        try:
            target = shared.view.readlink(path)
        except (OSError, ValueError):
            return path
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return path


def which(shared: Shared, name: str, places: Iterable[str] = DEFAULT_PATH) -> str | None:
    """Return the first file called `name` that can be started in `places`, as a shell looks it up."""
    for place in places:
        found = posixpath.join(place, name)
        if place.startswith("/") and presence(shared, found).state in ("ok", "undecided"):
            return found
    return None


def user_path(shared: Shared) -> tuple[str, ...]:
    """Return the directories of PATH of the person who scans; empty for an image."""
    return tuple(part for part in shared.host.environ.get("PATH", "").split(":") if part)


def launch(shared: Shared, path: str, *, beside: str | None = None) -> Launch:
    """Return what starting `path` would meet.

    Args:
        shared: the context of the scan.
        path: absolute path of the file.
        beside: a directory that is first on PATH when the script is meant to be used (the environment's `bin`).
    """
    return launch_of(shared, path, look(shared, path), beside=beside)


def launch_of(shared: Shared, path: str, place: Presence, *, beside: str | None = None) -> Launch:
    """Return what starting a file would meet that has been looked at already."""
    if place.state != "ok":
        return Launch("link" if place.state in ("dangling", "loop") else "data", place.state, detail=place.detail)
    return read_launch(shared, path, place.head, beside=beside)


def read_launch(shared: Shared, path: str, head: bytes, *, beside: str | None = None) -> Launch:
    """Return what starting a file with these first bytes would meet."""
    if head.startswith(PROGRAMS):
        return Launch("binary")
    bang = parse_shebang(head, DARWIN_BUFFER if shared.host.platform == "darwin" else LINUX_BUFFER)
    if bang is None:
        return Launch("data")
    if bang.problem:
        return Launch(
            "shebang", bang.problem if bang.problem == "too-long" else "", bang.path, bang.path, detail=bang.line
        )
    jump = parse_trampoline(head) if posixpath.basename(bang.path) in _SHELLS else None
    if jump is not None:
        shell = _interpreter(shared, bang.path) if bang.path.startswith("/") else None
        if shell is not None and shell.state:
            return Launch("shebang", shell.state, bang.path, bang.path, shell.real, shell.detail)
        return _follow_trampoline(shared, path, jump)
    return _follow_shebang(shared, bang, beside)


def _follow_trampoline(shared: Shared, path: str, jump: Trampoline) -> Launch:
    if jump.undecided:
        return Launch("trampoline", "undecided", jump.command, detail="the command is computed by a shell")
    wanted = jump.command
    if jump.relative:
        try:
            wanted = posixpath.join(posixpath.dirname(shared.view.realpath(path)), jump.command)
        except OSError as error:
            return Launch("trampoline", "undecided", jump.command, detail=_reason(error), relative=True)
    found = _interpreter(shared, wanted)
    return Launch("trampoline", found.state, jump.command, wanted, found.real, found.detail, jump.relative)


def _follow_shebang(shared: Shared, bang: Shebang, beside: str | None) -> Launch:
    if (bang.argument or bang.path).endswith("\r") and "-S" not in bang.argument:
        wanted = bang.path.rstrip("\r")
        return Launch(
            "shebang", "crlf", wanted, wanted, presence(shared, wanted).real, "the line ends in a carriage return"
        )
    if posixpath.basename(bang.path) == "env" and presence(shared, bang.path).state == "ok":
        return _follow_env(shared, bang, beside)
    if bang.path[0] in "\"'":
        whole = f"{bang.path} {bang.argument}".strip().strip("\"'")
        return Launch("shebang", "space", whole, whole, presence(shared, whole).real, bang.path)
    if not bang.path.startswith("/"):
        return Launch("shebang", "relative", bang.path, bang.path, detail="looked up from the current directory")
    found = _interpreter(shared, bang.path)
    if found.state == "missing" and bang.argument:
        whole = f"{bang.path} {bang.argument}"
        if presence(shared, whole).state != "missing" or re.search(r"/bin/(?:python|pypy)[\w.]*$", bang.argument):
            return Launch("shebang", "space", whole, whole, presence(shared, whole).real, bang.path)
    if not found.state and is_python(bang.path) and _REFUSED.match(bang.argument):
        return Launch("shebang", "options", bang.path, bang.path, found.real, bang.argument)
    return Launch("shebang", found.state, bang.path, bang.path, found.real, found.detail)


def _follow_env(shared: Shared, bang: Shebang, beside: str | None) -> Launch:
    """Follow `#!/usr/bin/env X`: the system's PATH, the environment's own directory, the user's PATH, in that order."""
    name = env_command(bang.argument)
    shown = f"{bang.path} {bang.argument}"
    if name is None:
        return Launch("shebang", "", shown)
    if "/" in name:
        found = _interpreter(shared, name) if name.startswith("/") else Presence("undecided", "a relative path")
        return Launch("shebang", found.state, shown, name, found.real, found.detail)
    at = which(shared, name, (*((beside,) if beside else ()), *DEFAULT_PATH, *user_path(shared)))
    if at:
        return Launch("shebang", "", shown, at, presence(shared, at).real)
    if not user_path(shared):
        return Launch("shebang", "undecided", shown, name, detail=f"whether {name} is on the user's PATH is not known")
    return Launch("shebang", "not-on-path", shown, name, detail=name)


def _interpreter(shared: Shared, path: str) -> Presence:
    """Return whether the kernel can start `path` as an interpreter: state `""` when it can."""
    found = presence(shared, path)
    for _ in range(_DEPTH):
        if found.state != "ok":
            return found._replace(state=_STATES.get(found.state, found.state))
        bang = parse_shebang(found.head)
        if bang is None:
            known = found.head.startswith(PROGRAMS)
            if not found.head:
                return found._replace(state="interpreter-empty", detail=path)
            return found._replace(state="" if known else "undecided", detail="" if known else f"{path} is no program")
        if not bang.path.startswith("/") or shared.host.platform == "darwin":
            return Presence("undecided", f"{path} is a script itself")
        if posixpath.basename(bang.path) == "env":
            return found._replace(state="", detail="")
        below = presence(shared, bang.path)
        found = below._replace(real=found.real) if below.state == "ok" else below
    return Presence("undecided", f"{path} is a script of a script")


_STATES = {"not-executable": "interpreter-not-executable", "not-a-file": "interpreter-not-executable"}


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
