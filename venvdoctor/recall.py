"""What the last scan found, for environments that nothing has changed since: kept in the user's cache directory.

One file for each environment: its share of the report, every look that the share depends on, and a digest of what the
disk said. The next scan looks again at exactly these (a status each, nothing is read) and compares the digests. A file
that is damaged, of another version, or half written is as good as none; one that cannot be written is done without.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor import __version__
from venvdoctor.recorder import Journal, Look, Recorder, Store, Stores, Variables, look_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from venvdoctor.model.environment import Candidate
    from venvdoctor.model.host import Host
    from venvdoctor.recorder import Signature
    from venvdoctor.reporting import Examined

FORMAT = b"venvdoctor-1\n"
FOLDER = "scan-1"
SIZE_LIMIT = 64 << 20  # bytes of one entry; 500 distributions take about 4 MiB
MOST = 5000  # entries; beyond them the oldest half goes
LOCAL = frozenset(  # file systems whose changes always show in a status on this machine
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs", "nilfs2"}
)


class Recall:
    """The answers that are kept for one kind of question (the context: version, rules, host)."""

    def __init__(self, folder: str, context: str, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._context = context
        self._variables = variables
        self._again: dict[Look, Signature] = {}  # what several environments share is looked at once a scan
        self._local: dict[int, bool] = {}
        self.journal = Journal()

    def examine(self, candidate: Candidate, examine: Callable[[], Examined | None]) -> Examined | None:
        """Return what is kept of an environment that has not changed; else examine it, and keep that."""
        place = f"{self._folder}/{_digest(repr(candidate))}"
        known = self._read(place, candidate.path)
        if known is not None:
            return known
        self.journal.begin()
        try:
            share = examine()
        finally:
            looks = self.journal.end()
        if share is not None and looks is not None and not share.error and self._keeps(looks):
            self._write(place, looks, share)
        return share

    def _keeps(self, looks: Mapping[Look, Signature]) -> bool:
        """Whether all that was read lies in file systems that show every change."""
        from venvdoctor.inspection.mounts import mount_at, read_mounts  # noqa: PLC0415

        for look, said in looks.items():
            if look.kind not in "df" or isinstance(said, str) or len(said) < 3:
                continue
            device = said[2]
            if device not in self._local:
                mount = mount_at(read_mounts(), os.path.realpath(look.path))
                self._local[device] = mount is not None and mount.type in LOCAL
            if not self._local[device]:
                return False
        return True

    def _read(self, place: str, path: str) -> Examined | None:
        try:
            with open(place, "rb") as stream:
                data = stream.read(SIZE_LIMIT)
        except OSError:
            return None
        head, _, body = data[len(FORMAT) :].partition(b"\n")
        fields = head.split(b" ")
        if not data.startswith(FORMAT) or len(fields) != 3 or fields[0] != self._context.encode():
            return None
        if fields[1] != _digest_bytes(body).encode():
            return None
        import json  # noqa: PLC0415

        kept = json.loads(body)
        said = self._look(_unfolded(kept["looks"]), f"{path.rstrip('/')}/")
        return _share(kept["share"]) if fields[2] == _sum(said).encode() else None

    def _look(self, looks: Iterable[Look], inside: str) -> list[Signature]:
        again, said = self._again, []
        for look in looks:
            if look.path.startswith(inside):
                said.append(look_again(look, self._variables))
            else:
                if look not in again:
                    again[look] = look_again(look, self._variables)
                said.append(again[look])
        return said

    def _write(self, place: str, looks: Mapping[Look, Signature], share: Examined) -> None:
        import json  # noqa: PLC0415

        folded = _folded(looks)
        said = [looks[look] for look in _unfolded(folded)]
        if len(said) != len(looks):
            return  # a name that no disk has (a NUL in it)
        try:
            body = json.dumps({"looks": folded, "share": share}, separators=(",", ":")).encode("ascii")
        except (TypeError, ValueError):
            return
        if _share(json.loads(body)["share"]) != share:
            return
        head = f"{self._context} {_digest_bytes(body)} {_sum(said)}\n".encode()
        partial = f"{place}.{os.getpid()}"
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
                stream.write(FORMAT + head + body)
            os.replace(partial, place)
        except OSError:
            _remove(partial)

    def tidy(self) -> None:
        """Drop the oldest entries where there are too many."""
        try:
            with os.scandir(self._folder) as entries:
                found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
        except OSError:
            return
        for _, path in found[: len(found) // 2] if len(found) > MOST else ():
            _remove(path)


def open_recall(environ: Mapping[str, str], about: Iterable[object]) -> Recall | None:
    """Return what is kept for a question, None where nothing can be kept.

    Args:
        environ: variables of this process.
        about: everything else that the answers depend on; their texts (`repr`) are compared.
    """
    folder = _folder(environ)
    if folder is None:
        return None
    context = _digest(repr([__version__, _program(), sys.version, os.getgroups(), os.geteuid(), *about]))
    return Recall(f"{folder}/{FOLDER}", context, environ)


def recorded(recall: Recall, host: Host) -> tuple[Recorder, Host, Stores, Store, Store]:
    """Return what notes all that is asked of it: view, host, stores, and those of interpreters and bases."""
    from venvdoctor.model.fact import replace  # noqa: PLC0415

    journal = recall.journal
    named = replace(host, environ=Variables(host.environ, journal))
    return Recorder(journal), named, Stores(journal), Store(journal), Store(journal)


def _folder(environ: Mapping[str, str]) -> str | None:
    """Return venvdoctor's own cache directory; None where it would be another user's (`sudo` with that user's HOME)."""
    base, home = environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", "")
    if not os.path.isabs(base):
        if not os.path.isabs(home):
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
    return folder if status.st_uid == os.geteuid() and not status.st_mode & 0o022 else None


def _program() -> list[tuple[object, ...]]:
    """Return what tells this venvdoctor and the libraries that decide with it from any other."""
    from importlib.util import find_spec  # noqa: PLC0415

    top = os.path.dirname(os.path.abspath(__file__))
    spec = find_spec("packaging")
    places = [top, *(f"{top}/{name}" for name in ("model", "inspection", "inspection/dependents", "rules"))]
    found: list[tuple[object, ...]] = []
    for place in [*places, os.path.dirname(top), os.path.dirname(spec.origin or "") if spec else ""]:
        try:
            with os.scandir(place) as entries:
                rows = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(".py")]
        except OSError:  # inside an archive: the version says which
            continue
        found += sorted((path, status.st_size, status.st_mtime_ns) for path, status in rows)
    return found


def _folded(looks: Iterable[Look]) -> dict[str, dict[str, list[str]]]:
    """Return looks by kind and directory: most of them share both."""
    folded: dict[str, dict[str, list[str]]] = {}
    for kind, path in looks:
        head, slash, name = path.rpartition("/")
        folded.setdefault(kind, {}).setdefault(head + slash, []).append(name)
    return folded


def _unfolded(folded: Mapping[str, Mapping[str, list[str]]]) -> list[Look]:
    return [
        Look(kind, head + name) for kind, heads in folded.items() for head, names in heads.items() for name in names
    ]


def _share(kept: list[Any]) -> Examined:
    from venvdoctor.reporting import CauseNote, Examined  # noqa: PLC0415

    environment, causes, base, real, error = kept
    return Examined(environment, tuple(CauseNote(*item) for item in causes), base, real, error)


def _sum(said: Iterable[Signature]) -> str:
    """Return a digest of answers; numbers and texts apart, since packing numbers is quick."""
    from array import array  # noqa: PLC0415

    numbers: list[int] = []
    texts: list[str] = []
    for item in said:
        if isinstance(item, str):
            texts.append(item)
            numbers.append(-1 << 40)
        else:
            numbers += item
            numbers.append(-1 << 41)
    low = [number & 0x7FFFFFFFFFFFFFFF if number >= 0 else number for number in numbers]
    return _digest_bytes(array("q", low).tobytes() + "\0".join(texts).encode("utf-8", "surrogateescape"))


def _digest(text: str) -> str:
    return _digest_bytes(text.encode("utf-8", "surrogatepass"))


def _digest_bytes(data: bytes) -> str:
    from hashlib import blake2b  # noqa: PLC0415

    return blake2b(data, digest_size=20).hexdigest()


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
