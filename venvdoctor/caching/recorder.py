"""A view that notes what it was asked and what the disk said, so that an answer can be kept for as long as that holds.

Every fact of an environment comes through the view, the host's variables, or a store of the scan. The first two are
noted as looks; a store remembers the looks that its values came from, and whoever uses a value inherits them. So the
looks of one examination are all that its answer depends on, whichever environment's turn it was to look first.
"""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor.caching import kept
from venvdoctor.view import Blob, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from venvdoctor.view import Entry

SETTLED = (
    2_000_000_000  # nanoseconds: what changed later than this before a look may change again within one clock tick
)
MOST = 1_500  # looks of a search; one that is longer is not kept as a whole

Signature = tuple[int, ...] | str


class Look(NamedTuple):
    """One question to the disk.

    Attributes:
        kind: `s`, `l` a status, with and without following links; `f`, `d` a file's and a directory's content; `D` a
            listing that may change at any time; `r` a link's text, `k`, `K` the same where there may be none; `p` a
            canonical path; `v` a variable; `t` the day.
        path: where, or the variable's name.
    """

    kind: str
    path: str


class Group:
    """The looks that a stored value came from, with what the disk said then."""

    __slots__ = ("items",)

    def __init__(self, items: Log) -> None:
        self.items = items


Log = list["tuple[Look, Signature] | Group"]


class Journal:
    """The looks of the examination that is under way.

    Attributes:
        log: looks in their order, repeated ones too, and the groups of stored values that were used.
        spoilt: something that the answer depends on cannot be held to anything later.
    """

    __slots__ = ("active", "log", "spoilt", "turn")

    def __init__(self) -> None:
        self.log: Log = []
        self.spoilt = False
        self.active = False
        self.turn = 0

    def begin(self) -> None:
        """Start the next examination."""
        self.log = []
        self.spoilt = False
        self.active = True
        self.turn += 1

    def end(self) -> dict[Look, Signature] | None:
        """Return what the answer depends on; None when it must not be kept: a look had two different answers."""
        self.active = False
        log, self.log = self.log, []
        looks: dict[Look, Signature] = {}
        for look, said in _flat(log):
            if looks.setdefault(look, said) != said:
                return None
        return None if self.spoilt else looks

    def note(self, kind: str, path: str, said: Signature) -> None:
        """Note a look and its answer."""
        if self.active:
            self.log.append((Look(kind, path), said))

    def note_content(self, kind: str, path: str, status: os.stat_result | OSError | ValueError) -> None:
        """Note a look at content, which must be older than the clock's resolution to tell a later change."""
        if isinstance(status, os.stat_result) and not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            self.note("s", path, status_signature(status))  # a device: its kind is all that anybody reads
            return
        if not settled(status):
            self.spoilt = True
        self.note(kind, path, content_signature(status))


def _flat(log: Log) -> Iterator[tuple[Look, Signature]]:
    """Yield every look with its answer, those of groups once."""
    seen: set[int] = set()
    waiting = [log]
    while waiting:
        for item in waiting.pop():
            if not isinstance(item, Group):
                yield item
            elif id(item) not in seen:
                seen.add(id(item))
                waiting.append(item.items)


class Store(dict[Any, Any]):
    """A store of the scan that knows which looks each of its values came from."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal
        self._origin: dict[Any, Group | None] = {}
        self._missed: dict[Any, tuple[int, int]] = {}  # key → turn, place in the log when it was first asked for

    def _asked(self, key: Any) -> None:
        journal = self._journal
        if not journal.active:
            return
        if dict.__contains__(self, key):
            group = self._origin.get(key)
            if group is None:
                journal.spoilt = True
            else:
                journal.log.append(group)
        else:
            self._missed[key] = (journal.turn, len(journal.log))

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a value, and inherit its looks."""
        self._asked(key)
        return dict.get(self, key, default)

    def __getitem__(self, key: Any) -> Any:
        self._asked(key)
        return dict.__getitem__(self, key)

    def __contains__(self, key: object) -> bool:
        self._asked(key)
        return dict.__contains__(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if dict.get(self, key, self) is value:
            return  # what was taken from here is put back: it came from where it came from
        journal = self._journal
        turn, place = self._missed.pop(key, (0, 0))
        self._origin[key] = Group(journal.log[place if turn == journal.turn else 0 :]) if journal.active else None
        dict.__setitem__(self, key, value)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return a value, set before if it was not there."""
        if key not in self:
            self[key] = default
        return dict.__getitem__(self, key)

    def clear(self) -> None:
        """Forget everything."""
        self._origin.clear()
        self._missed.clear()
        dict.clear(self)


class Stores(dict[str, dict[Any, Any]]):
    """The stores of a scan by their readers' names, each of them one that knows."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def setdefault(self, name: str, _: Any = None) -> Any:
        """Return the store of one reader."""
        if name not in self:
            self[name] = Store(self._journal)
        return self[name]


class Variables(dict[str, str]):
    """Environment variables; which ones were asked for is noted."""

    def __init__(self, values: Mapping[str, str], journal: Journal) -> None:
        super().__init__(values)
        self._journal = journal

    def get(self, key: str, default: Any = None) -> Any:
        """Return a variable."""
        self._journal.note("v", key, variable_signature(dict.get(self, key)))
        return dict.get(self, key, default)

    def __getitem__(self, key: str) -> str:
        self._journal.note("v", key, variable_signature(dict.get(self, key)))
        return dict.__getitem__(self, key)

    def __contains__(self, key: object) -> bool:
        self._journal.note("v", str(key), variable_signature(dict.get(self, str(key))))
        return dict.__contains__(self, key)

    def __iter__(self) -> Iterator[str]:
        self._journal.spoilt = True
        return dict.__iter__(self)

    def items(self) -> Any:
        """Return all of them; then the answer depends on each."""
        self._journal.spoilt = True
        return dict.items(self)


class _Linked:
    """An entry that is a symbolic link: what it leads to is a look of its own."""

    __slots__ = ("_entry", "_path", "_view", "name")

    def __init__(self, entry: Entry, path: str, view: Recorder) -> None:
        self._entry = entry
        self._path = path
        self._view = view
        self.name = entry.name

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is, or leads to, a directory."""
        return follow_symlinks and self._view.kind(self._path) == "dir"

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is, or leads to, a regular file."""
        return follow_symlinks and self._view.kind(self._path) == "file"

    def is_symlink(self) -> bool:
        """It is."""
        return True

    def inode(self) -> int:
        """Its inode number."""
        return self._entry.inode()


class Recorder(View):
    """The disk as it is; each look is noted in a journal."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def lstat(self, path: str) -> os.stat_result:
        """Return the status of `path` itself, also when it is a link."""
        return self._status("l", path, PLAIN.lstat)

    def stat(self, path: str) -> os.stat_result:
        """Return the status of what `path` leads to."""
        return self._status("s", path, PLAIN.stat)

    def _status(self, kind: str, path: str, ask: Callable[[str], os.stat_result]) -> os.stat_result:
        try:
            status = ask(path)
        except (OSError, ValueError) as error:
            self.journal.note(kind, path, failure_signature(error))
            raise
        self.journal.note(kind, path, status_signature(status))
        return status

    def _text(self, kind: str, path: str, ask: Callable[[], str | None]) -> str | None:
        try:
            text = ask()
        except (OSError, ValueError) as error:
            self.journal.note(kind, path, failure_signature(error))
            raise
        self.journal.note(kind, path, text_signature(text))
        return text

    def readlink(self, path: str) -> str:
        """Return the text stored in a link."""
        return str(self._text("r", path, lambda: PLAIN.readlink(path)))

    def realpath(self, path: str) -> str:
        """Return the canonical path within the view, every link followed."""
        return str(self._text("p", path, lambda: PLAIN.realpath(path)))

    def link_text(self, canonical: str, *, last: bool) -> str | None:
        """Return the text of a link, None for anything else that is there."""
        return self._text("k" if last else "K", canonical, lambda: PLAIN.link_text(canonical, last=last))

    def scandir(self, path: str) -> list[Entry]:
        """Return the entries of a directory, in no particular order."""
        status = _looked(path)  # before it is read: a later change shows
        quiet = settled(status)
        try:
            entries = super().scandir(path)
        except (OSError, ValueError):
            self.journal.note_content("d", path, status)
            raise
        if quiet or not isinstance(status, os.stat_result):
            self.journal.note_content("d", path, status)
        elif self.journal.active:
            self.journal.note("D", path, kept.listing(status, entries).decode())
        return [
            _Linked(entry, f"{path.rstrip('/')}/{entry.name}", self) if entry.is_symlink() else entry
            for entry in entries
        ]

    def open(self, path: str) -> Blob:
        """Open a regular file for reading at offsets."""
        before = _looked(path)
        self.journal.note_content("f", path, before)
        blob = super().open(path)
        if content_signature(blob.status) != content_signature(before):
            self.journal.spoilt = True
        return blob

    def directory(self, path: str) -> list[Entry] | None:
        """Return a directory's entries for a walk; None once the walk is too long to be kept."""
        if self.journal.active and len(self.journal.log) > MOST:
            self.journal.active, self.journal.spoilt = False, True
        return self.scandir(path) if self.journal.active else None


PLAIN = View()


def noting(view: View, journal: Journal | None) -> View:
    """Return a view of the same disk whose looks are noted; any but the plain view as it is."""
    return Recorder(journal) if journal is not None and type(view) is View else view


def _looked(path: str) -> os.stat_result | OSError | ValueError:
    try:
        return PLAIN.stat(path)
    except (OSError, ValueError) as error:
        return error


def settled(status: os.stat_result | OSError | ValueError) -> bool:
    """Return whether a later change shows in a status: nothing changed within the last few ticks of the clock."""
    return not isinstance(status, os.stat_result) or status.st_ctime_ns <= time.time_ns() - SETTLED


def failure_signature(error: OSError | ValueError) -> Signature:
    """Return what a failure is recognised by."""
    return (-((error.errno or 0) if isinstance(error, OSError) else 1 << 20),)


def text_signature(text: str | None) -> Signature:
    """Return a link's text, marked so that no link and an empty text differ."""
    return "-" if text is None else f"={text}"


variable_signature = text_signature


def status_signature(status: os.stat_result) -> Signature:
    """Return what inspection may read of a status: its times are no part of any fact."""
    return kept.signature(status)[:7] if stat.S_ISREG(status.st_mode) else kept.place(status)


def content_signature(status: os.stat_result | OSError | ValueError) -> Signature:
    """Return what changes whenever the content of a file or a directory changes, or who may read it."""
    return kept.signature(status) if isinstance(status, os.stat_result) else failure_signature(status)
