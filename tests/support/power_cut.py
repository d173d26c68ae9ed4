"""What a disk may hold after a power cut: changes recorded as they are made, and every state that POSIX then allows.

A change is certain only when all that it touches was flushed later (fsync(2): a file its data and bits, a directory its
entries). Of the others any may have reached the disk and any not, in any order, and a write may be torn; that is more
than ext4, XFS or btrfs allow, and what ALICE assumes (Pillai et al., "All File Systems Are Not Created Equal", 2014).
"""

from __future__ import annotations

import copy
import os
import shutil
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

ALL_OF = 5  # uncertain changes of which every combination is tried
SOME = 6  # combinations of more than these


class Change(NamedTuple):
    """One change: how it is made to a disk, and the nodes that must be flushed for it to be certain."""

    what: str
    make: Callable[[Disk], None]
    touches: frozenset[int]


@dataclass
class Node:
    """A file (`data`), a link (`target`) or a directory (`entries`)."""

    mode: int = 0o644
    time: int = 0  # of the last change of content, nanoseconds
    data: bytes | None = None
    target: str | None = None
    entries: dict[str, int] | None = None


class ImpossibleError(Exception):
    """A combination of changes that no disk holds: something happens to a name that is not there."""


@dataclass
class Disk:
    """Nodes by number; the `tops` are directories that exist for real."""

    nodes: dict[int, Node] = field(default_factory=dict)
    tops: dict[str, int] = field(default_factory=dict)

    def folder(self, number: int) -> dict[str, int]:
        """Return a directory's names."""
        entries = self.nodes[number].entries
        assert entries is not None
        return entries

    def take(self, number: int, name: str) -> int:
        """Remove a name and return what it was."""
        if name not in self.folder(number):
            raise ImpossibleError
        return self.folder(number).pop(name)

    def give(self, number: int, name: str, node: int) -> None:
        """Let a name be a node; a directory's may only be taken by another one where it is empty."""
        old = self.nodes.get(self.folder(number).get(name, -1))
        if old is not None and old.entries:
            raise ImpossibleError
        self.folder(number)[name] = node

    def write(self, number: int, place: int, data: bytes, time: int) -> None:
        """Write into a file; a gap before it reads as zeros."""
        old = self.nodes[number].data or b""
        self.nodes[number].data = old[:place].ljust(place, b"\0") + data + old[place + len(data) :]
        self.nodes[number].time = time

    def rows(self, number: int, path: str = "") -> Iterator[tuple[str, int]]:
        """Yield every path below a directory, parents first."""
        for name, child in sorted(self.folder(number).items()):
            yield f"{path}{name}", child
            if self.nodes[child].entries is not None:
                yield from self.rows(child, f"{path}{name}/")

    def key(self) -> str:
        """Return a text that only an equal disk has."""
        return repr([[(path, self.nodes[child]) for path, child in self.rows(top)] for top in self.tops.values()])

    def lay_out(self) -> None:
        """Let the real directories hold what this disk holds."""
        for place, top in self.tops.items():
            for name in os.listdir(place):
                _remove(os.path.join(place, name))
            known: dict[int, str] = {}
            for row, child in self.rows(top):
                path, node = os.path.join(place, row), self.nodes[child]
                if child in known:
                    os.link(known[child], path, follow_symlinks=False)
                    continue
                known[child] = path
                if node.entries is not None:
                    os.mkdir(path)
                elif node.target is not None:
                    os.symlink(node.target, path)
                else:
                    with open(path, "wb") as stream:
                        stream.write(node.data or b"")
                if node.target is None:
                    os.chmod(path, node.mode)
                os.utime(path, ns=(node.time, node.time), follow_symlinks=False)


def _remove(path: str) -> None:
    shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


class Recorder:
    """Stands between a program and the `os` functions by which it changes directories that are known."""

    def __init__(self, *tops: Path) -> None:
        self.start = Disk()
        self.log: list[Change | frozenset[int] | None] = []  # None: all is flushed
        self._numbers: dict[tuple[int, int], int] = {}  # (device, inode) of now → node
        self._real = {name: getattr(os, name) for name in PATCHED}
        for top in tops:
            self.start.tops[str(top)] = self._survey(str(top))

    @contextmanager
    def at_work(self) -> Iterator[Recorder]:
        """Record what is done within."""
        with pytest.MonkeyPatch.context() as patch:
            for name in PATCHED:
                patch.setattr(os, name, getattr(self, name))
            yield self

    def _survey(self, path: str) -> int:
        status = os.lstat(path)
        known = self._numbers.get((status.st_dev, status.st_ino))
        if known is not None:
            return known
        number, node = self._new(status), Node(stat.S_IMODE(status.st_mode), status.st_mtime_ns)
        self.start.nodes[number] = node
        if stat.S_ISDIR(status.st_mode):
            node.entries = {name: self._survey(os.path.join(path, name)) for name in os.listdir(path)}
        elif stat.S_ISLNK(status.st_mode):
            node.target = os.readlink(path)
        else:
            with open(path, "rb") as stream:
                node.data = stream.read()
        return number

    def _new(self, status: os.stat_result) -> int:
        self._count = getattr(self, "_count", 0) + 1
        self._numbers[status.st_dev, status.st_ino] = self._count
        return self._count

    def _at(self, path: Any, dir_fd: int | None) -> tuple[int, str] | None:
        """Return the node of the directory and the last name; None where nobody looks."""
        folder, name = os.path.split(os.fspath(path))
        status = os.fstat(dir_fd) if dir_fd is not None and not folder else os.stat(folder or ".")
        number = self._numbers.get((status.st_dev, status.st_ino))
        return None if number is None else (number, name)

    def _node(self, status: os.stat_result) -> int | None:
        return self._numbers.get((status.st_dev, status.st_ino))

    def _note(self, what: str, make: Callable[[Disk], None], *touches: int | None) -> None:
        self.log.append(Change(what, make, frozenset(number for number in touches if number is not None)))

    def _add(self, place: tuple[int, str] | None, status: os.stat_result, node: Node, what: str) -> None:
        if place is None:
            return
        number = self._new(status)
        node.mode, node.time = stat.S_IMODE(status.st_mode), status.st_mtime_ns

        self.start.nodes[number] = node  # it is there from the beginning, without a name
        self._note(f"{what} {place[1]}", lambda disk: disk.give(place[0], place[1], number), place[0])

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        """Record openat."""
        try:
            os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
            fresh = False
        except FileNotFoundError:
            fresh = True
        fd: int = self._real["open"](path, flags, mode, dir_fd=dir_fd)
        if fresh and flags & os.O_CREAT:
            self._add(self._at(path, dir_fd), os.fstat(fd), Node(data=b""), "create")
        return fd

    def write(self, fd: int, data: Any) -> int:
        """Record write."""
        status = os.fstat(fd)
        done: int = self._real["write"](fd, data)
        number, content = self._node(status), bytes(data)[:done]
        if number is not None:
            place, time = os.lseek(fd, 0, os.SEEK_CUR) - done, os.fstat(fd).st_mtime_ns
            self._note(f"write {done} bytes", lambda disk: disk.write(number, place, content, time), number)
        return done

    def ftruncate(self, fd: int, size: int) -> None:
        """Record ftruncate."""
        number, old = self._node(os.fstat(fd)), os.fstat(fd).st_size
        self._real["ftruncate"](fd, size)
        if number is not None and old != size:

            def make(disk: Disk) -> None:
                disk.nodes[number].data = (disk.nodes[number].data or b"")[:size].ljust(size, b"\0")

            self._note("truncate", make, number)

    def fchmod(self, fd: int, mode: int) -> None:
        """Record fchmod."""
        self._real["fchmod"](fd, mode)
        self._bits(self._node(os.fstat(fd)), mode)

    def chmod(self, path: Any, mode: int, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> None:
        """Record fchmodat."""
        number = self._node(os.stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks))
        self._real["chmod"](path, mode, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        self._bits(number, mode)

    def _bits(self, number: int | None, mode: int) -> None:
        if number is not None:
            self._note("chmod", lambda disk: setattr(disk.nodes[number], "mode", mode), number)

    def utime(self, path: Any, times: Any = None, *, dir_fd: int, follow_symlinks: bool, **exact: Any) -> None:
        """Record utimensat."""
        self._real["utime"](path, times, dir_fd=dir_fd, follow_symlinks=follow_symlinks, **exact)
        status = os.stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        number = self._node(status)
        if number is not None:
            self._note("utime", lambda disk: setattr(disk.nodes[number], "time", status.st_mtime_ns), number)

    def mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        """Record mkdirat."""
        self._real["mkdir"](path, mode, dir_fd=dir_fd)
        status = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
        self._add(self._at(path, dir_fd), status, Node(entries={}), "mkdir")

    def symlink(self, target: Any, path: Any, *, dir_fd: int | None = None) -> None:
        """Record symlinkat."""
        self._real["symlink"](target, path, dir_fd=dir_fd)
        status = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
        self._add(self._at(path, dir_fd), status, Node(target=os.fspath(target)), "symlink")

    def link(self, path: Any, to: Any, *, src_dir_fd: int, dst_dir_fd: int, follow_symlinks: bool = False) -> None:
        """Record linkat."""
        number, place = self._node(os.stat(path, dir_fd=src_dir_fd, follow_symlinks=False)), self._at(to, dst_dir_fd)
        self._real["link"](path, to, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, follow_symlinks=follow_symlinks)
        if number is not None and place is not None:
            self._note(f"link {place[1]}", lambda disk: disk.give(place[0], place[1], number), place[0])

    def rename(self, path: Any, to: Any, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        """Record renameat."""
        old, new = self._at(path, src_dir_fd), self._at(to, dst_dir_fd)
        self._real["rename"](path, to, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        assert old is not None
        assert new is not None
        self._note(f"rename {old[1]} {new[1]}", lambda disk: disk.give(*new, disk.take(*old)), old[0], new[0])

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        """Record unlinkat."""
        place = self._at(path, dir_fd)
        self._real["unlink"](path, dir_fd=dir_fd)
        if place is not None:
            self._note(f"unlink {place[1]}", lambda disk: void(disk.take(*place)), place[0])

    def rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        """Record unlinkat, AT_REMOVEDIR."""
        place = self._at(path, dir_fd)
        self._real["rmdir"](path, dir_fd=dir_fd)

        def make(disk: Disk) -> None:
            assert place is not None
            if disk.folder(disk.take(*place)):
                raise ImpossibleError

        if place is not None:
            self._note(f"rmdir {place[1]}", make, place[0])

    def fsync(self, fd: int) -> None:
        """Record fsync."""
        number = self._node(os.fstat(fd))
        if number is not None:
            self.log.append(frozenset([number]))

    def sync(self) -> None:
        """Record sync."""
        self.log.append(None)


PATCHED = (
    "open",
    "write",
    "ftruncate",
    "fchmod",
    "chmod",
    "utime",
    "mkdir",
    "symlink",
    "link",
    "rename",
    "unlink",
    "rmdir",
    "fsync",
    "sync",
)


def void(_value: object) -> None:
    """Return nothing."""


def states(recorder: Recorder, chance: random.Random) -> Iterator[tuple[str, Disk]]:
    """Yield each different disk that a power cut after some change may leave, and when that was."""
    seen: set[str] = set()
    waiting: list[tuple[Change, frozenset[int]]] = []  # with what of it is not flushed yet
    history: list[Change] = []
    for number, entry in enumerate([*recorder.log, None]):
        if isinstance(entry, Change):
            history.append(entry)
            waiting.append((entry, entry.touches))
        uncertain = [change for change, _ in waiting]
        for chosen in _choices(uncertain, chance):
            for torn in (False, True):
                disk = _made(recorder.start, history, uncertain, chosen, torn=torn)
                if disk is not None and (key := disk.key()) not in seen:
                    seen.add(key)
                    yield f"{number}: {entry.what if isinstance(entry, Change) else 'flushed'}", disk
        if not isinstance(entry, Change):
            waiting = [(change, left - entry) for change, left in waiting if entry is not None and left - entry]


def _choices(uncertain: list[Change], chance: random.Random) -> Iterator[frozenset[int]]:
    """Yield which of the uncertain changes reached the disk: every combination of few, some of many."""
    places = range(len(uncertain))
    if len(uncertain) <= ALL_OF:
        for size in range(len(uncertain) + 1):
            yield from map(frozenset, combinations(places, size))
        return
    yield from (frozenset(range(size)) for size in range(len(uncertain) + 1))
    yield frozenset([places[-1]])
    yield frozenset(places[:-2]) | {places[-1]}
    for _ in range(SOME):
        yield frozenset(place for place in places if chance.random() < 0.7)


def _made(
    start: Disk, history: list[Change], uncertain: list[Change], chosen: frozenset[int], *, torn: bool
) -> Disk | None:
    """Return the disk on which only what is certain and what was chosen happened; None where it cannot be.

    Torn: the last write that was chosen left only zeros, which is what a file is whose size alone was written.
    """
    disk = copy.deepcopy(start)
    happened = {id(uncertain[place]) for place in chosen}
    left_out = {id(change) for change in uncertain} - happened
    writes = [change for change in uncertain if id(change) in happened and change.what.startswith("write ")]
    if torn and not writes:
        return None
    try:
        for change in history:
            if id(change) in left_out:
                continue
            before = {number: node.data for number, node in disk.nodes.items()} if torn and change is writes[-1] else {}
            change.make(disk)
            for number, data in before.items():
                new = disk.nodes[number].data
                if new is not None and new != data:
                    disk.nodes[number].data = (data or b"").ljust(len(new), b"\0")
    except ImpossibleError:
        return None
    return disk
