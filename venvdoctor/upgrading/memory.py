"""Taking snapshots: every environment that a scan finds, recorded with its facts and its packages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from venvdoctor import api, diagnosis
from venvdoctor.model.environment import Candidate
from venvdoctor.upgrading.snapshot import record_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.api import Session
    from venvdoctor.model.environment import Need
    from venvdoctor.upgrading.snapshot import Record, Snapshot, Store


NEEDS: frozenset[Need] = frozenset({"distributions", "files", "imports"})


def take(session: Session, store: Store, reason: str = "", *, always: bool = True) -> Snapshot:
    """Record every environment of a session's request.

    Args:
        session: where to look.
        store: where snapshots are kept.
        reason: why it is taken.
        always: also where nothing changed since the last one.

    Raises:
        OSError: the state directory cannot be written.
    """
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    records = api.whole(session, lambda here: list(_records(here, api.candidates(here))))
    return store.add(records, at=now, reason=reason, always=always)


def again(session: Session, known: Iterable[Record]) -> list[Record]:
    """Return what is there now of environments that were recorded before; what is gone is passed over."""
    return api.whole(session, lambda here: list(_records(here, map(_candidate, known))))


def _records(session: Session, candidates: Iterable[Candidate]) -> Iterator[Record]:
    from venvdoctor.inspection.environment import examine  # noqa: PLC0415

    session.shared.needs |= NEEDS  # what a rebuild wants to know, whatever rules are selected
    for candidate in candidates:
        env = examine(candidate, session.shared)
        if env is not None:
            findings = diagnosis.diagnose_environment(env, session.host, session.selected.run)
            api.note_doubt(session, env, findings)
            yield record_of(env, diagnosis.status_of(env, findings), (item.code for item in findings))


def _candidate(record: Record) -> Candidate:
    """Return where a record's environment is to be looked for, as its source met it."""
    kind = record.get("kind")
    name, manager = record.get("name"), record.get("manager")
    return Candidate(
        path=str(record.get("path")),
        manager=manager if isinstance(manager, str) else None,
        name=name if isinstance(name, str) else "",
        kind="user-site" if kind == "user-site" else "global-site" if kind == "global-site" else None,
    )
