"""The same question about an unchanged disk: what the last scan printed, before anything else is imported.

A whole run is kept with every look it took (`memo`), this program's own files and the settings among them. What else
could change its output is part of the question, which must be the same to the byte: the arguments, the working
directory, the variables, the user, the mounts, the terminal. Where anything differs, the scan is done in full.
"""

from __future__ import annotations

import os
import sys
from time import gmtime, monotonic, strftime, time_ns

from venvdoctor import __version__
from venvdoctor.caching import kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = "run-2"
SIZE_LIMIT = 32 << 20  # bytes of one file
STARTED, DURATION = "\0s", "\0d"  # stand in what is kept for what differs between any two scans
TELLS = ("/proc/self/mountinfo", "/proc/sys/fs/binfmt_misc")  # what is mounted, what the kernel can run
OTHERS = ("-", "--stdin0", "--no-cache", "--probe", "--help", "-h")  # arguments of runs that are never kept
UNREAD = frozenset(  # variables that change from one command to the next, and that nothing here reads (tested)
    {
        *("_", "OLDPWD", "PWD", "SHLVL", "WINDOWID", "TMUX_PANE", "TERM_SESSION_ID", "XDG_SESSION_ID", "SSH_CLIENT"),
        *("SSH_CONNECTION", "SSH_TTY", "SSH_AUTH_SOCK", "GIT_AUTHOR_DATE", "GIT_INDEX_FILE", "GIT_PREFIX"),
    }
)

begun = monotonic(), time_ns()
pending: list[Asked] = []  # what the run under way was asked, where nothing was kept of it


class Asked:
    """The question of this run, and the file that may hold its answer."""

    __slots__ = ("place", "question")

    def __init__(self, question: bytes, place: str) -> None:
        self.question = question
        self.place = place


def ask(arguments: Sequence[str], environ: Mapping[str, str]) -> Asked | None:
    """Return what a run is asked for; None for one that is never kept."""
    if arguments[:1] != ["scan"] or not set(OTHERS).isdisjoint(arguments):
        return None
    if any(_is_served(environ.get(name, "")) for name in ("HOME", "XDG_CACHE_HOME")):
        return None
    try:
        folder = kept.cache_folder(environ)
        question = _question(arguments, environ)
    except (OSError, ValueError, AttributeError):  # no working directory, an odd stream, another system
        return None
    return None if folder is None else Asked(question, f"{folder}/{FOLDER}/{kept.digest(question).hex()}")


class Answer:
    """What a run prints, and the exit code: of one that is read to its end, and of one whose reader has gone."""

    __slots__ = ("code", "gone", "text")

    def __init__(self, text: str, code: int, gone: int) -> None:
        self.text = text
        self.code = code
        self.gone = gone


def replayed(arguments: Sequence[str], environ: Mapping[str, str]) -> Answer | None:
    """Return what is kept for these arguments; None where the scan has to be done."""
    pending.clear()
    asked = ask(arguments, environ)
    if asked is None:
        return None
    try:
        found = answer(asked, environ)
    except (ValueError, TypeError):  # whole, and yet no run: somebody wrote it
        found = None
    if found is None:
        pending.append(asked)
    return found


def answer(asked: Asked, environ: Mapping[str, str]) -> Answer | None:
    """Return what is kept, where every look that it depends on says what it said."""
    parts = kept.read(asked.place, SIZE_LIMIT)
    if parts is None or len(parts) < 4 or parts[0] != asked.question:
        return None
    first, last, code, gone = parts[1].decode().split(" ")
    if not first <= strftime("%Y-%m-%d") <= last:
        return None
    if not all(kept.holds(block, None, environ, shared=True) for block in parts[3:]):
        return None
    text = parts[2].decode("utf-8", "surrogatepass")
    text = text.replace(STARTED, strftime("%Y-%m-%dT%H:%M:%SZ", gmtime()))
    text = text.replace(DURATION, repr(round(monotonic() - begun[0], 3)))
    return Answer(text, int(code), int(gone))


def _question(arguments: Sequence[str], environ: Mapping[str, str]) -> bytes:
    """Return everything that a scan's output depends on and that is no look at the disk."""
    out = sys.stdout
    terminal = out.isatty()
    program = __version__, __file__, sys.version, sys.executable, sys.orig_argv, sys.argv[:1], sys.path
    user = os.geteuid(), os.getuid(), os.getegid(), os.getgroups(), _powers()
    stream = terminal, out.encoding, out.errors, os.get_terminal_size(1).columns if terminal else 0
    variables = sorted(item for item in environ.items() if item[0] not in UNREAD)
    asked = program, list(arguments), os.getcwd(), user, stream, tuple(os.uname()), variables, *map(_told, TELLS)
    return repr(asked).encode("utf-8", "surrogatepass")


def _is_served(place: str) -> bool:
    """Whether a place lies on a file system that may never answer: nothing of those is kept."""
    for line in os.fsdecode(b"" if isinstance(table := _told(TELLS[0]), list) else table).split("\n"):
        fields = line.split(" ", 5)
        if len(fields) > 5 and fields[2].startswith("0:") and f"{place}/".startswith(fields[4] + "/"):
            from venvdoctor.inspection.mounts import parse  # noqa: PLC0415 - only where no block device is below

            mount = parse(line)
            if mount is not None and mount.distant:
                return True
    return False


def _powers() -> bytes:
    """Return what the administrator may do here, which containers restrict."""
    status = _told("/proc/self/status") if os.geteuid() == 0 else b""
    return status[status.find(b"CapEff") :][:24] if isinstance(status, bytes) else b""


def _told(path: str) -> bytes | list[str]:
    """Return what the kernel tells in a file or by a listing; its files have no times to go by."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except IsADirectoryError:
        return sorted(os.listdir(path))
    except OSError:
        return b""
