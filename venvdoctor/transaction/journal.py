"""What a transaction did and was about to do, on disk before it is done; and where venvdoctor keeps such things.

One file per transaction in the state directory: a JSON object a line, each written and flushed to the disk before
the action that it announces. A torn last line announces an action that was never begun.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from typing import TYPE_CHECKING, Any

from venvdoctor.errors import FixError
from venvdoctor.transaction.trust import strange

if TYPE_CHECKING:
    from collections.abc import Mapping

KEEP = ".venvdoctor"  # folder in the root that holds what was replaced; the walk never takes it for an environment
JOURNAL_LIMIT = 64 << 20  # bytes
FORMAT = 1  # of the records; another one is another version's to take back
Record = dict[str, Any]


def state_directory(environ: Mapping[str, str]) -> str:
    """Return venvdoctor's own state directory (`VENVDOCTOR_STATE_DIR`, XDG Base Directory Specification)."""
    chosen = environ.get("VENVDOCTOR_STATE_DIR")
    if chosen and os.path.isabs(chosen):
        return chosen
    base = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        home = environ.get("HOME") or os.path.expanduser("~")
        base = os.path.join(home, ".local", "state")
    if os.geteuid() == 0 and _is_foreign(base):  # sudo that kept HOME: root's files are no business of that home
        base = os.path.join(_own_home(), ".local", "state")
    return os.path.join(base, "venvdoctor")


def _is_foreign(path: str) -> bool:
    """Whether the nearest directory that exists on the way to `path`, or one above it, belongs to somebody else."""
    if strange(path):  # links on the way would lead root's files anywhere
        return True
    while not os.path.lexists(path) and path.strip("/"):
        path = os.path.dirname(path)
    try:
        return os.stat(path).st_uid != os.geteuid()
    except OSError:
        return True


def _own_home() -> str:
    import pwd  # noqa: PLC0415 - only for root in another user's home

    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/"


class Journal:
    """One transaction's file.

    Args:
        path: the file; it is made when the first record is added.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.records: list[Record] = []
        self.size = 0  # bytes of whole records; what follows them was torn by a power cut

    @property
    def id(self) -> str:
        """The transaction's name."""
        return os.path.basename(self.path).removesuffix(".jsonl")

    @property
    def begin(self) -> Record:
        """The first record: root, identity, fixer, summary."""
        return self.records[0]

    def has(self, act: str) -> bool:
        """Whether a record of this kind stands in the journal."""
        return any(record["act"] == act for record in self.records)

    @property
    def stands(self) -> bool:
        """Whether it was carried out whole, and nobody has begun to take it back or to delete what it kept."""
        return self.has("commit") and not self.has("undo") and not self.has("clear")

    def add(self, act: str, **values: Any) -> None:
        """Append a record and bring it to the disk before returning."""
        record = {"act": act, **values}
        line = (json.dumps(record, ensure_ascii=True) + "\n").encode("ascii")
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.ftruncate(fd, self.size)  # a torn line would hide the records after it
            if os.write(fd, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path)
            os.fsync(fd)
        finally:
            os.close(fd)
        self.size += len(line)
        if not self.records:
            _sync_folder(os.path.dirname(self.path))
        self.records.append(record)

    def forget(self) -> None:
        """Delete the file."""
        os.unlink(self.path)
        _sync_folder(os.path.dirname(self.path))


def open_store(state: str) -> str:
    """Make the folder of the journals if need be and return it.

    Raises:
        FixError: it is not a directory of this user's own that nobody else can write.
    """
    store = os.path.join(state, "transactions")
    try:
        os.makedirs(store, mode=0o700, exist_ok=True)
        status = os.lstat(store)
    except OSError as error:
        raise FixError(
            f"the state directory {store} cannot be made: {error.strerror}", hint="set VENVDOCTOR_STATE_DIR"
        ) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise FixError(
            f"{store} is not a directory that only you can write",
            hint=f"remove it, or chmod 700 {store} if it is yours",
        )
    return store


def read_journals(state: str) -> list[Journal]:
    """Return the journals that are there, the oldest first; files that are no journal of this user are passed over."""
    store = os.path.join(state, "transactions")
    if not os.path.isdir(store):
        return []
    open_store(state)
    found = [_read(os.path.join(store, name)) for name in sorted(os.listdir(store)) if name.endswith(".jsonl")]
    return [journal for journal in found if journal.records]


def _read(path: str) -> Journal:
    journal = Journal(path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return journal
    status = os.fstat(fd)
    own = status.st_uid == os.geteuid() and not status.st_mode & 0o022
    if not stat.S_ISREG(status.st_mode) or not own or status.st_size > JOURNAL_LIMIT:
        os.close(fd)
        return journal
    with open(fd, "rb") as stream:
        lines = stream.read(JOURNAL_LIMIT).split(b"\n")
    for line in lines:
        record = _record(line)
        if record is None:
            break
        journal.records.append(record)
        journal.size += len(line) + 1
    if journal.records and not _is_beginning(journal.records[0]):
        journal.records.clear()
    return journal


def _record(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("act"), str) else None


def _is_beginning(record: Record) -> bool:
    identity = record.get("identity")
    return (
        record["act"] == "begin"
        and isinstance(record.get("root"), str)
        and isinstance(identity, list)
        and len(identity) == 2
        and all(type(part) is int and 0 <= part < 1 << 64 for part in identity)
    )


def _sync_folder(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
