"""Every environment's facts, recorded so that it can be rebuilt whatever an upgrade does.

Plain files, not a database: each environment's record is one small compressed file named by its content, so a second
snapshot of an unchanged environment costs nothing, a damaged file costs one record, and any Python can read them.
A snapshot is a list of (path, record) written last and at once.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import os
import re
import stat
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO

from venvdoctor.errors import UsageError
from venvdoctor.model.fact import fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment

RECORD_LIMIT = 64 << 20  # bytes of one record, unpacked
_ID = re.compile(r"\d{6}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
Record = dict[str, Any]


@fact
class Snapshot:
    """One snapshot: its name, when it was taken, why, and the record of each environment by path."""

    id: str
    at: str
    reason: str
    records: dict[str, str]


class Store:
    """The snapshots of one state directory.

    Args:
        state: venvdoctor's state directory.
    """

    def __init__(self, state: str) -> None:
        self.folder = os.path.join(state, "snapshots")

    def add(self, records: Iterable[Record], *, at: str, reason: str = "", always: bool = True) -> Snapshot:
        """Write a snapshot and return it; not `always`: where nothing changed, the last one is returned instead.

        Raises:
            OSError: the disk refused; no half snapshot is left that anybody could take for a whole one.
        """
        for folder in (self.folder, os.path.join(self.folder, "records")):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        if not _is_own(os.lstat(self.folder)):
            raise PermissionError(errno.EPERM, "not a directory that only you can write", self.folder)
        kept = {str(record["path"]): self._keep(record) for record in records}
        last = None if always else next(iter(self.all()[-1:]), None)
        if last is not None and last.records == kept:
            return last
        data = {"version": 1, "at": at, "reason": reason, "records": kept}
        content = json.dumps(data, ensure_ascii=True).encode("ascii")
        for number in count(max(map(int, self._ids()), default=0) + 1):
            with contextlib.suppress(FileExistsError):  # somebody else took a snapshot in this moment
                _write(os.path.join(self.folder, f"{number:06d}.json"), content, replace=False)
                break
        return Snapshot(id=f"{number:06d}", at=at, reason=reason, records=kept)

    def all(self) -> list[Snapshot]:
        """Return the snapshots that can be read, the oldest first."""
        return [found for name in self._ids() if (found := self._read(name)) is not None]

    def find(self, name: str | None) -> Snapshot:
        """Return a snapshot by its id; the last one when None.

        Raises:
            UsageError: there is none of that name, or none at all.
        """
        snapshots = self.all()
        for snapshot in reversed(snapshots):
            if name in (None, snapshot.id, snapshot.id.lstrip("0")):
                return snapshot
        wanted = f"there is no snapshot {name}" if name else "there is no snapshot yet"
        raise UsageError(wanted, hint="`venvdoctor snapshot list` shows them; `venvdoctor snapshot` makes one")

    def record(self, digest: str) -> Record | None:
        """Return one record; None when it is missing or damaged."""
        if not _HASH.match(digest):
            return None
        try:
            with _own(self._place(digest)) as packed, gzip.open(packed, "rb") as stream:
                content = stream.read(RECORD_LIMIT)
            found = json.loads(content)
        except (OSError, EOFError, ValueError, RecursionError):
            return None
        whole = isinstance(found, dict) and hashlib.sha256(content).hexdigest() == digest
        return found if whole else None

    def statuses(self) -> dict[str, str]:
        """Return the status of each environment in the last snapshot; empty without one."""
        snapshots = self.all()
        found = {path: self.record(digest) for path, digest in snapshots[-1].records.items()} if snapshots else {}
        return {path: str(record.get("status")) for path, record in found.items() if record is not None}

    def latest(self, path: str, *, useful: bool = True) -> Record | None:
        """Return the newest record of an environment that knows its packages."""
        for snapshot in reversed(self.all()):
            record = self.record(snapshot.records.get(path, ""))
            if record is not None and (record.get("distributions") or not useful):
                return record
        return None

    def _keep(self, record: Record) -> str:
        content = json.dumps(record, ensure_ascii=True, sort_keys=True).encode("ascii")
        digest = hashlib.sha256(content).hexdigest()
        place = self._place(digest)
        if self.record(digest) is None:  # also where one is there and damaged
            os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
            _write(place, gzip.compress(content, mtime=0), replace=True)
        return digest

    def _place(self, digest: str) -> str:
        return os.path.join(self.folder, "records", digest[:2], digest[2:] + ".json.gz")

    def _ids(self) -> list[str]:
        try:
            names = os.listdir(self.folder)
        except OSError:
            return []
        return sorted(name.removesuffix(".json") for name in names if _ID.match(name.removesuffix(".json")))

    def _read(self, name: str) -> Snapshot | None:
        try:
            with _own(os.path.join(self.folder, name + ".json")) as stream:
                return parse(name, stream.read(RECORD_LIMIT))
        except OSError:
            return None


def parse(name: str, content: bytes) -> Snapshot | None:
    """Return the snapshot that a file holds; None for anything else."""
    try:
        data = json.loads(content)
        records = {str(path): str(digest) for path, digest in data["records"].items()}
        return Snapshot(id=name, at=str(data["at"]), reason=str(data["reason"]), records=records)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def record_of(env: Environment, status: str, codes: Iterable[str]) -> Record:
    """Return what is worth keeping of one environment: enough to build it again, and to tell what changed."""
    version = env.interpreter.version if env.interpreter else None
    library = env.library
    found = [*library.distributions, *library.stranded] if library else []
    packages = [_distribution(env, dist) for dist in found if not dist.from_base]
    return {
        "path": env.path,
        "kind": env.kind,
        "manager": env.manager,
        "name": env.name,
        "created_by": env.created_by,
        "recorded_version": env.recorded_version,
        "actual_version": version.text if version else None,
        "implementation": env.interpreter.implementation if env.interpreter else None,
        "base": env.base.executable if env.base else None,
        "chain": [hop.path for hop in env.python.hops] if env.python else [],
        "cfg": [list(entry) for entry in env.cfg.entries] if env.cfg else [],
        "status": status,
        "codes": sorted(set(codes)),
        "distributions": sorted(packages, key=lambda item: (str(item["key"]), str(item["metadata"]))),
    }


def differences(old: Record | None, new: Record | None) -> Iterator[str]:
    """Yield in words what changed between two records of one environment."""
    if old is None or new is None:
        yield "is new" if old is None else "is gone"
        return
    for key, title in (("status", "state"), ("actual_version", "Python"), ("base", "base interpreter")):
        if old.get(key) != new.get(key):
            yield f"{title}: {old.get(key) or 'none'} → {new.get(key) or 'none'}"
    before, after = _versions(old), _versions(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name}: {before.get(name, 'absent')} → {after.get(name, 'absent')}"
    fresh = sorted(_codes(new) - _codes(old))
    if fresh:
        yield f"new findings: {', '.join(fresh)}"


def _distribution(env: Environment, dist: Distribution) -> Record:
    return {
        "name": dist.name,
        "key": dist.key,
        "version": dist.version,
        "metadata": os.path.relpath(dist.metadata_path, env.path),
        "requested": dist.requested,
        "installer": dist.installer,
        "direct_url": dist.direct_url,
        "editable": dist.editable,
        "requires_python": dist.requires_python,
        "names": list(dist.top_level),
    }


def _codes(record: Record) -> set[str]:
    found = record.get("codes")
    return set(map(str, found)) if isinstance(found, list) else set()


def _versions(record: Record) -> dict[str, str]:
    found = record.get("distributions")
    items = found if isinstance(found, list) else []
    return {str(item.get("key")): str(item.get("version")) for item in items if isinstance(item, dict)}


def _own(path: str) -> BinaryIO:
    """Open a regular file that nobody but this user can have written: what a record says may be installed one day.

    Raises:
        OSError: it is something else, or anybody's.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or not _is_own(status):
        os.close(fd)
        raise PermissionError(errno.EPERM, "not a file that only you can write", path)
    return open(fd, "rb")


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _write(path: str, content: bytes, *, replace: bool) -> None:
    """Write a file whole or not at all, and bring it to the disk.

    Raises:
        FileExistsError: it is there, and is not to be replaced.
        OSError: the disk refused.
    """
    partial = f"{path}.{os.getpid()}.part"
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with open(fd, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(fd)
        if replace:
            os.replace(partial, path)
        else:
            _name(partial, path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)
        raise
    _settle(os.path.dirname(path))


def _name(partial: str, path: str) -> None:
    """Give a file its name, where no other has it: a hard link, or on file systems without them a race of microseconds.

    Raises:
        FileExistsError: another file has it.
    """
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
        os.replace(partial, path)
    else:
        os.unlink(partial)


def _settle(folder: str) -> None:
    """Bring the names in a directory to the disk, where the file system can."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
