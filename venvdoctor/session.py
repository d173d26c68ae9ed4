"""One scan's context: where it looks, the door to the disk, the machine, the rules, and what was read once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from venvdoctor import diagnosis
from venvdoctor.config import Config
from venvdoctor.errors import UsageError
from venvdoctor.model.fact import fact, field, record
from venvdoctor.selection import Selected, choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.caching.recall import Recall
    from venvdoctor.caching.recorder import Journal
    from venvdoctor.discovery import Outcome
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Need
    from venvdoctor.model.host import Host
    from venvdoctor.report import InterpreterData
    from venvdoctor.view import View

_HASHES: frozenset[Need] = frozenset({"hashes"})


@fact
class ScanRequest:
    """Where to look.

    Attributes:
        paths: absolute paths as inside the view; empty: the usual places.
        system: every local file system and every user's home.
        sysroot: directory of an unpacked image or a mounted disk; every path is as inside it.
        every_home: every user's home, not only the caller's (a hook that root runs).
        allow_empty: whether paths that hold no environment are well (a hook in a fresh clone).
        probe: whether interpreters may be started to confirm what their files say.
    """

    paths: tuple[str, ...] = ()
    system: bool = False
    sysroot: str | None = None
    probe: bool = False
    every_home: bool = False
    allow_empty: bool = False


@record
class Session:
    """One scan's context: the door to the disk, the machine, the rules, and what was read once.

    Attributes:
        outcome: what discovery says besides its candidates; complete when the stream is exhausted.
        bases: path of a base interpreter → its entry in the report, made on first sight.
        errors: what the scan could not do: (path, reason).
        recall: what earlier scans found, None: nothing is kept.
        slow: the disk turned out to be slow: it is better waited for in several places at once.
        distant: mount points that another machine answers for, and that may stop to answer.
        silent: those that do not answer, and are not looked into.
    """

    request: ScanRequest
    config: Config
    view: View
    host: Host
    selected: Selected
    shared: Shared
    outcome: Outcome
    bases: dict[str, InterpreterData] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    recall: Recall | None = None
    slow: bool = False
    distant: frozenset[str] = frozenset()
    silent: tuple[str, ...] = ()


def open_session(
    request: ScanRequest,
    config: Config | None = None,
    *,
    view: View | None = None,
    host: Host | None = None,
    environ: Mapping[str, str] | None = None,
    journal: Journal | None = None,
) -> Session:
    """Return the context of a scan.

    Args:
        request: where to look.
        config: what to do there.
        view: the door to the disk, None: the real one, or the sysroot's.
        host: the machine, None: read from the view.
        environ: variables of the process, None: `os.environ`.
        journal: notes what the search looks at.

    Raises:
        UsageError: a code that no rule has, a sysroot that is no directory.
    """
    from venvdoctor.caching.recorder import noting  # noqa: PLC0415
    from venvdoctor.inspection.host import read_host  # noqa: PLC0415 - importing the API reads nothing

    config = config or Config()
    selected = choose(diagnosis.catalogue(), select=config.select, extend=config.extend_select, ignore=config.ignore)
    plain, distant, silent = (view, frozenset[str](), ()) if view else _view(request.sysroot)
    view = noting(plain, journal)
    variables = os.environ if environ is None else environ
    host = host or read_host(view, variables, request.sysroot, all_homes=request.system or request.every_home)
    session = _session(request, config, selected, view, host)
    session.distant, session.silent = distant, silent
    return session


def _session(request: ScanRequest, config: Config, selected: Selected, view: View, host: Host) -> Session:
    from venvdoctor.discovery import Outcome  # noqa: PLC0415
    from venvdoctor.inspection.shared import Shared  # noqa: PLC0415

    needs = selected.needs | _HASHES if config.deep else selected.needs - _HASHES
    shared = Shared(view=view, host=host, needs=needs)
    return Session(
        request=request, config=config, view=view, host=host, selected=selected, shared=shared, outcome=Outcome()
    )


def with_cache(session: Session) -> Session:
    """Let a fresh session use what earlier scans found, where it asks the disk as it is; return it.

    What reads facts besides the report (predict, show, fix) goes without: only shares of reports are kept.
    """
    from venvdoctor.caching.recall import open_recall, recorded  # noqa: PLC0415
    from venvdoctor.caching.recorder import Recorder  # noqa: PLC0415
    from venvdoctor.view import View  # noqa: PLC0415

    config, host, chosen, shared = session.config, session.host, session.selected, session.shared
    if not config.cache or session.request.probe or host.sysroot or type(session.view) not in (View, Recorder):
        return session
    codes = [rule.code for rule in chosen.run], sorted(chosen.reported), sorted(shared.needs)
    session.recall = open_recall(os.environ, host, codes)
    if session.recall is not None:
        shared.view, session.host, shared.memo, shared.interpreters, session.bases = recorded(session.recall, host)
        shared.host = session.host
        session.recall.blocks = [] if type(session.view) is Recorder else None
    return session


def _view(sysroot: str | None) -> tuple[View, frozenset[str], tuple[str, ...]]:
    """Return the view of the disk, or of an image, the file systems that may stop answering, and those that did."""
    from venvdoctor.inspection.answering import real_view  # noqa: PLC0415

    try:
        view, distant, silent = real_view(sysroot)
        if sysroot is None or view.kind("/") == "dir":
            return view, distant, silent
        problem = "is not a directory"
    except OSError as error:
        problem = "does not answer" if isinstance(error, TimeoutError) else "is not a directory"
    raise UsageError(f"the sysroot {sysroot} {problem}", hint="name the directory that holds the image's /usr")
