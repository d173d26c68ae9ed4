"""What the last scan found, for environments that nothing has changed since: kept in the user's cache directory.

One file for each environment: its share of the report, every look that the share depends on, and what the disk said.
The next scan looks again at exactly these (a status each, nothing is read) and compares. A file that is damaged, of
another version, or half written is as good as none; one that cannot be written is done without.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from venvdoctor import __version__
from venvdoctor.caching import kept
from venvdoctor.caching.packing import pack
from venvdoctor.caching.recorder import Journal, Look, Recorder, Store, Stores, Variables
from venvdoctor.inspection.mounts import mount_at, read_mounts
from venvdoctor.model.python_support import era

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from venvdoctor.caching.recorder import Signature
    from venvdoctor.inspection.mounts import Mount
    from venvdoctor.model.environment import Candidate
    from venvdoctor.model.host import Host
    from venvdoctor.reporting import Examined

    Answer = TypeVar("Answer")

FOLDER = "scan-3"
SIZE_LIMIT = 64 << 20  # bytes of one entry; 500 distributions take about 1 MiB
MOST = 5000  # entries; beyond them the oldest half goes
MOST_BLOCKS = 64  # of a run that is kept as a whole
MOST_KNOWN = 50_000  # answers of one scan that are kept for the next environment
LOCAL = frozenset(  # file systems whose changes always show in a status on this machine
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs", "nilfs2"}
)


class Recall:
    """The answers that are kept for one kind of question (the context: version, rules, host).

    Attributes:
        blocks: where wanted, the packed looks of each environment that was asked for; None once one has none.
    """

    def __init__(self, folder: str, context: str, variables: Mapping[str, str], today: str) -> None:
        self._folder = folder
        self._context = context.encode()
        self._variables = variables
        self._today = today
        self._known: kept.Known = ({}, {})  # what several environments share is looked at once a scan
        self._mounts: dict[int, Mount | None] = {}
        self.journal = Journal()
        self.blocks: list[bytes] | None = None

    def examine(self, candidate: Candidate, examine: Callable[[], Examined | None]) -> Examined | None:
        """Return what is kept of an environment that has not changed; else examine it, and keep that."""
        place = f"{self._folder}/{_digest(repr(candidate))}"
        known = self._read(place)
        if known is not None:
            return known
        self.journal.begin()
        try:
            share = examine()
        finally:
            looks = self.journal.end()
        blocks = None
        if share is not None and looks is not None and not share.error and self.keeps(looks):
            blocks = self._write(place, candidate.path, looks, share)
        self._told(blocks)
        return share

    def noted(self, ask: Callable[[], Answer]) -> Answer:
        """Return an answer about no environment; its looks are kept for whoever wants those of all."""
        if self.blocks is None:
            return ask()
        self.journal.begin()
        try:
            return ask()
        finally:
            looks = self.journal.end()
            block = pack(looks) if looks is not None and self.keeps(looks) else None
            self._told(None if block is None else [block])

    def _told(self, blocks: list[bytes] | None) -> None:
        """Take in the looks of one environment for whoever wants those of all."""
        if self.blocks is not None:
            self.blocks = None if blocks is None or len(self.blocks) > MOST_BLOCKS else [*self.blocks, *blocks]

    def keeps(self, looks: Mapping[Look, Signature]) -> bool:
        """Whether all content lies in file systems that show every change, and nothing where nobody may answer."""
        distant = any(mount.distant for mount in self._table)
        for look, said in looks.items():
            if isinstance(said, str) or len(said) < 3:
                if distant and self._is_distant(os.path.dirname(look.path)):
                    return False
                continue
            device = said[2]
            if device not in self._mounts:
                self._mounts[device] = mount_at(self._table, os.path.realpath(look.path))
            mount = self._mounts[device]
            if mount is None or mount.distant or (look.kind in "df" and mount.type not in LOCAL):
                return False
        return True

    @cached_property
    def _table(self) -> tuple[Mount, ...]:
        return read_mounts()

    def _is_distant(self, folder: str) -> bool:
        mount = mount_at(self._table, os.path.realpath(folder)) if folder else None
        return mount is not None and mount.distant

    def _read(self, place: str) -> Examined | None:
        parts = kept.read(place, SIZE_LIMIT)
        if parts is None or len(parts) != 4 or parts[0] != self._context:
            return None
        blocks, known = parts[1:3], self._known
        if len(known[0]) > MOST_KNOWN:
            known[0].clear()
            known[1].clear()
        if not (kept.holds(blocks[0], known, self._variables) and kept.holds(blocks[1], None, self._variables)):
            return None
        self._told(blocks)
        import json  # noqa: PLC0415

        return _share(json.loads(parts[3]))

    def _write(self, place: str, path: str, looks: Mapping[Look, Signature], share: Examined) -> list[bytes] | None:
        """Keep a share, and return the looks that it depends on: those outside the environment, and inside it."""
        import json  # noqa: PLC0415

        try:
            body = json.dumps(share, separators=(",", ":")).encode("ascii")
        except (TypeError, ValueError):
            return None
        if _share(json.loads(body)) != share:
            return None
        dated = {Look("t", ""): f"={self._today}"} if self._today.encode() in body else {}
        own = f"{path.rstrip('/')}/"
        blocks = [
            pack({**dated, **{look: said for look, said in looks.items() if not look.path.startswith(own)}}),
            pack({look: said for look, said in looks.items() if look.path.startswith(own)}),
        ]
        found = [block for block in blocks if block is not None]
        if len(found) < len(blocks):
            return None
        kept.write(place, [self._context, *found, body])
        return found

    def tidy(self) -> None:
        """Drop the oldest entries where there are too many."""
        kept.tidy(self._folder, MOST)


def open_recall(environ: Mapping[str, str], host: Host, about: Iterable[object]) -> Recall | None:
    """Return what is kept for a question, None where nothing can be kept.

    Args:
        environ: variables of this process.
        host: the machine; answers depend on all that is known of it.
        about: everything else that the answers depend on; their texts (`repr`) are compared.
    """
    folder = kept.cache_folder(environ)
    if folder is None:
        return None
    from venvdoctor.model.fact import replace  # noqa: PLC0415

    plain = replace(host, environ={}, foreign_machines=frozenset(), today=era(host.today))  # variables are looks
    program = __version__, _program(), sys.version, os.getgroups(), os.geteuid()
    context = _digest(repr([program, plain, sorted(host.foreign_machines), *about]))  # a set's text has no order
    return Recall(f"{folder}/{FOLDER}", context, environ, host.today)


def recorded(recall: Recall, host: Host) -> tuple[Recorder, Host, Stores, Store, Store]:
    """Return what notes all that is asked of it: view, host, stores, and those of interpreters and bases."""
    from venvdoctor.model.fact import replace  # noqa: PLC0415

    journal = recall.journal
    named = replace(host, environ=Variables(host.environ, journal))
    return Recorder(journal), named, Stores(journal), Store(journal), Store(journal)


def _program() -> list[tuple[object, ...]]:
    """Return what tells this venvdoctor and the libraries that decide with it from any other."""
    from importlib.util import find_spec  # noqa: PLC0415

    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = find_spec("packaging")
    places = [top, *(f"{top}/{name}" for name in ("caching", "model", "inspection", "inspection/dependents", "rules"))]
    found: list[tuple[object, ...]] = []
    for place in [*places, os.path.dirname(top), os.path.dirname(spec.origin or "") if spec else ""]:
        try:
            with os.scandir(place) as entries:
                rows = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(".py")]
        except OSError:  # inside an archive: the version says which
            continue
        found += sorted((path, status.st_size, status.st_mtime_ns) for path, status in rows)
    return found


def _share(kept: list[Any]) -> Examined:
    from venvdoctor.reporting import CauseNote, Examined  # noqa: PLC0415

    environment, causes, base, real, error = kept
    return Examined(environment, tuple(CauseNote(*item) for item in causes), base, real, error)


def _digest(text: str) -> str:
    return kept.digest(text.encode("utf-8", "surrogatepass")).hex()
