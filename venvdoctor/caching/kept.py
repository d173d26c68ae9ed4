"""Answers that are kept, and whether they still hold: looks packed as numbers and names, asked again at full speed.

The second run of a scan is mostly this module, before anything else is imported: it imports nothing that Python has
not loaded by itself. A kept file is data, never code: parts with their lengths, and a digest of them all. What is not
whole, not ours, or not what the disk says now is as good as nothing.
"""

from __future__ import annotations

import os
import stat
import sys
from marshal import dumps
from time import strftime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    Numbers = tuple[int, ...]
    Known = tuple[dict[bytes, Numbers], dict[bytes, Numbers]]  # answers of this run: links followed, and not

MAGIC = b"venvdoctor-3\n"
WORD = 8  # bytes of a number
DIGEST = 16  # bytes
PIECE = 2048  # looks that have a digest of their own
SHARED = 16_384  # looks, some 40 ms, from which on a second process pays
MOST = 4  # processes
CONTENT, FILE, OTHER, LINK_FILE, LINK_OTHER, FAILED, LINK_FAILED = range(7)  # the kinds of looks that numbers answer
PLACE = (0, 1, 2, 4, 5)  # of a directory's or device's status: what changes when it is another one
WANTED: tuple[Sequence[int] | None, ...] = (None, range(7), PLACE, range(7), PLACE, (), ())


def cache_folder(environ: Mapping[str, str]) -> str | None:
    """Return venvdoctor's own cache directory.

    None where it would be another user's (`sudo` with that user's HOME), or in a home that is not there: that of a
    service (`/nonexistent`) must not come into being.
    """
    base, home = environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", "")
    if not os.path.isabs(base):
        if not os.path.isabs(home) or not os.path.isdir(home):
            return None
        base = f"{home}/Library/Caches" if sys.platform == "darwin" else f"{home}/.cache"
    folder = f"{base}/venvdoctor"
    there = folder
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    try:
        status = os.stat(there)
    except OSError:
        return None
    ours = status.st_uid == os.geteuid() and not status.st_mode & 0o022
    return folder if ours and not (os.geteuid() == 0 and _is_anothers(there)) else None


def _is_anothers(place: str) -> bool:
    """Whether somebody else could make links on the way to a place: root's files would go where these lead."""
    trusted = (0, os.stat("/").st_uid)  # in a user name space root's directories are "nobody's"
    while os.lstat(place).st_uid in trusted:
        if place == "/":
            return False
        place = os.path.dirname(place)
    return True


def read(place: str, limit: int) -> list[bytes] | None:
    """Return the parts of a kept file; None unless it is whole, the caller's, and nobody else may write it."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
        data = os.read(descriptor, status.st_size) if ours and status.st_size <= limit else b""
        while data and len(data) < status.st_size and (more := os.read(descriptor, status.st_size - len(data))):
            data += more
    except OSError:
        return None
    finally:
        os.close(descriptor)
    begin = len(MAGIC) + DIGEST
    body = data[begin:]
    return parts(body) if data[:begin] == MAGIC + digest(body) else None


def write(place: str, items: Iterable[bytes]) -> bool:
    """Write a kept file, whole or not at all; return whether it was written."""
    body = joined(items)
    partial = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
            stream.write(MAGIC + digest(body) + body)
        os.replace(partial, place)
    except OSError:
        remove(partial)
        return False
    return True


def remove(path: str) -> None:
    """Remove a file, if it is there and can be."""
    try:
        os.unlink(path)
    except OSError:
        return


def tidy(folder: str, most: int) -> None:
    """Drop the oldest half of a folder's files where there are too many."""
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    except OSError:
        return
    for _, path in found[: len(found) // 2] if len(found) > most else ():
        remove(path)


def digest(data: bytes) -> bytes:
    """Return what changes with any damage."""
    try:
        from _blake2 import blake2b  # noqa: PLC0415 - hashlib opens a library that takes longer than all else here
    except ImportError:
        from hashlib import blake2b  # noqa: PLC0415
    return blake2b(data, digest_size=DIGEST).digest()


def joined(items: Iterable[bytes]) -> bytes:
    """Return byte strings as one, each with its length before it."""
    return b"".join(len(item).to_bytes(WORD, "little") + item for item in items)


def parts(data: bytes) -> list[bytes] | None:
    """Return the byte strings that were joined; None where it is no such thing."""
    found, place = [], 0
    while place < len(data):
        end = place + WORD + int.from_bytes(data[place : place + WORD], "little")
        if end > len(data):
            return None
        found.append(data[place + WORD : end])
        place = end
    return found


def signature(status: os.stat_result) -> Numbers:
    """Return what changes whenever the content of a file or a directory changes, or who may read it.

    Mode, inode, device, links, owner, group, size; modification and change in nanoseconds.
    """
    return (*status[:7], status.st_mtime_ns, status.st_ctime_ns)


def place(status: os.stat_result) -> Numbers:
    """Return what changes when a directory or a device is another one, or who may look into it."""
    return tuple(int(status[number]) for number in PLACE)


def holds(block: bytes, known: Known | None, variables: Mapping[str, str], *, shared: bool = False) -> bool:
    """Return whether the disk (and the variables) say what they said when the looks were packed.

    Args:
        block: packed looks (`packing`).
        known: answers of this run, for blocks that ask the same; filled. None: nobody asks again.
        variables: of the process.
        shared: whether copies of this process may ask a part of it; no other work is done meanwhile.
    """
    items = parts(block)
    if items is None or len(items) != 4:
        return False
    counts = memoryview(items[0]).cast("Q").tolist()
    pieces = list(_pieces(counts, items[2].split(b"\0")))
    if (_sums_of_many if shared and sum(counts) > SHARED else _sums)(pieces, known) != items[1]:
        return False
    texts = items[3].split(b"\0")
    return all(
        text_now(look[:1], look[1:], variables) == was for look, was in zip(texts[:-1:2], texts[1::2], strict=True)
    )


def _pieces(counts: Sequence[int], names: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the looks of each kind, a bounded number at a time."""
    begin = 0
    for kind, count in enumerate(counts):
        for place in range(begin, begin + count, PIECE):
            yield kind, names[place : min(place + PIECE, begin + count)]
        begin += count


def _sums(pieces: Sequence[tuple[int, list[bytes]]], known: Known | None) -> bytes:
    """Return a digest of the answers of each piece."""
    return b"".join(sum_of(_said(kind, names, known)) for kind, names in pieces)


def _sums_of_many(pieces: Sequence[tuple[int, list[bytes]]], known: Known | None) -> bytes:
    """Do the same in as many processes as there are processors: nearly all of it is waiting for the kernel's answers.

    A copy that is ended from outside says nothing, and then nothing holds.
    """
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    share = -(-len(pieces) // min(able, MOST))
    copies: list[tuple[int, int]] = []
    begin = share
    try:
        while begin < len(pieces):
            copies.append(_copy(pieces[begin : begin + share], known))
            begin += share
    except OSError:  # no more processes or descriptors: the rest is asked here
        pass
    sums = [_sums(pieces[:share], known)]
    for pid, answers in copies:
        with open(answers, "rb") as stream:
            sums.append(stream.read())
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:  # whoever started this program lets the system forget its children
            continue
    return b"".join([*sums, _sums(pieces[begin:], known)])


def _copy(pieces: Sequence[tuple[int, list[bytes]]], known: Known | None) -> tuple[int, int]:
    """Return a copy of this process that asks, and where its answer comes from."""
    answers, ours = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(answers)
        os.close(ours)
        raise
    if not pid:
        try:
            os.write(ours, _sums(pieces, known))  # far less than a pipe takes at once
        finally:
            os._exit(0)
    os.close(ours)
    return pid, answers


def sum_of(numbers: list[int]) -> bytes:
    """Return a digest of numbers; `marshal` only writes here, and is the quickest that need not be loaded."""
    return digest(dumps(numbers, 2))  # from version 3 on, it writes how often an object is used


def _said(kind: int, paths: list[bytes], known: Known | None) -> list[int]:
    """Return the answers to looks of one kind as numbers; a failure is its number alone."""
    links = kind in (LINK_FILE, LINK_OTHER, LINK_FAILED)
    ask, wanted = os.lstat if links else os.stat, WANTED[kind]
    said: list[int] = []
    if known is None and kind in (CONTENT, FILE):
        return _quickly(paths, said, times=kind == CONTENT)
    answers = known[links] if known else {}
    for path in paths:
        answer = answers.get(path)
        if answer is None:
            try:
                answer = signature(ask(path))
            except OSError as error:
                answer = (error.errno or 0,)
            answers[path] = answer
        if wanted is None or len(answer) == 1:
            said += answer
        else:
            said += [answer[number] for number in wanted]
    return said


def _quickly(paths: list[bytes], said: list[int], *, times: bool) -> list[int]:
    """Fill in the answers of files that are there, which are almost all looks of a scan; stop at one that is not."""
    ask, more, add = os.stat, said.extend, said.append
    try:
        for path in paths:
            status = ask(path)
            more(status[:7])
            if times:
                add(status.st_mtime_ns)
                add(status.st_ctime_ns)
    except OSError as error:
        add(error.errno or 0)
    return said


def text_now(kind: bytes, name: bytes, variables: Mapping[str, str]) -> bytes:
    """Return what a link, a path, a variable or a listing says now, or the number of the failure."""
    try:
        if kind == b"r":
            return b"=" + os.readlink(name)
        if kind == b"p":
            return b"=" + os.path.realpath(name, strict=True)
        if kind in b"kK":
            return _link_text(name, last=kind == b"k")
        if kind == b"D":
            with os.scandir(name) as entries:
                return listing(os.stat(name), entries)
        if kind == b"t":
            return b"=" + strftime("%Y-%m-%d").encode()
        value = variables.get(os.fsdecode(name))
        return b"-" if value is None else b"=" + os.fsencode(value)
    except (OSError, ValueError) as error:
        return b"!%d" % (getattr(error, "errno", None) or 0)


def listing(status: os.stat_result, entries: Iterable[Any]) -> bytes:
    """Return a digest of all that a listing says, for directories that change all the time."""
    rows = [b"%d %d %d %d %d" % place(status)]
    for entry in entries:
        kinds = entry.is_symlink(), entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
        rows.append(b"%s/%d/%d%d%d" % (os.fsencode(entry.name), entry.inode(), *kinds))
    return b"=" + digest(b"\0".join(rows)).hex().encode()


def _link_text(path: bytes, *, last: bool) -> bytes:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return b"=" + os.readlink(path)
    return b"-" if last or stat.S_ISDIR(mode) else b"!20"
