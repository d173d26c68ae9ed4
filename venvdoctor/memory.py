"""Taking snapshots: every environment that a scan finds, recorded with its facts and its packages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from venvdoctor import api, diagnosis
from venvdoctor.model.environment import Candidate
from venvdoctor.snapshot import record_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.api import Session
    from venvdoctor.snapshot import Record, Snapshot, Store


def take(session: Session, store: Store, reason: str = "") -> Snapshot:
    """Record every environment of a session's request.

    Raises:
        OSError: the state directory cannot be written.
    """
    return store.add(records(session), at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), reason=reason)


def records(session: Session, *, missing_ok: bool = False) -> Iterator[Record]:
    """Yield the record of each environment; with `missing_ok`, given paths that are gone are passed over."""
    from venvdoctor.inspection.environment import examine  # noqa: PLC0415

    found = (Candidate(path=path) for path in session.request.paths) if missing_ok else api.candidates(session)
    for candidate in found:
        env = examine(candidate, session.shared)
        if env is not None:
            findings = diagnosis.diagnose_environment(env, session.host, session.selected.run)
            yield record_of(env, diagnosis.status_of(env, findings), (item.code for item in findings))
