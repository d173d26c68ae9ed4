"""put back what a fix replaced"""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from venvdoctor.cli import _options as options
from venvdoctor.cli._guard import complain
from venvdoctor.cli._output import emit
from venvdoctor.cli._parameters import Parameter, switch
from venvdoctor.errors import EXIT_OK, UsageError
from venvdoctor.escape import printable
from venvdoctor.portrait import size
from venvdoctor.transaction.changes import changed_folder
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.undoing import kept_bytes, prune, recover, repairs, undo
from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.transaction.journal import Journal

TAKES = {
    "id_": Parameter(str, metavar="[ID]", show_default=False, text="the repair; default: the last one"),
    "list_": switch("--list", text="show the repairs that can be undone"),
    "prune_": switch("--prune", text="delete what was kept: of ID, or of every repair"),
}


@options.takes(**TAKES)
def command(*, id_: str | None, list_: bool, prune_: bool) -> int:
    """Put back exactly what a repair replaced; the last one unless ID names another."""
    options.require_posix("undo")
    if list_ and prune_:
        raise UsageError("--list and --prune exclude each other", hint="`venvdoctor undo --list` first")
    options.require_answers()
    state = state_directory(os.environ)
    for path in recover(state, complain):
        emit([f"{printable(path)}: an interrupted repair was taken back\n"])
    known = repairs(state, lost=prune_ and id_ is not None)
    named = [name for name, journals in known.items() if id_ in (name, *(journal.id for journal in journals))]
    if id_ is not None and not named:
        raise UsageError(f"there is no repair {id_!r} to undo", hint="`venvdoctor undo --list` shows them")
    chosen = {name: known[name] for name in named} if id_ else known
    if list_:
        _list(chosen)
    elif prune_:
        _prune(state, chosen)
    elif not known:
        raise UsageError("there is no repair to undo", hint="`venvdoctor undo --list` shows them")
    else:
        _undo(state, next(iter(chosen.values())))
    return EXIT_OK


def _undo(state: str, journals: Sequence[Journal]) -> None:
    """Take a repair back, and say where what people changed since is to be found."""
    paths = [undo(state, journal) for journal in journals]
    emit([f"{printable(paths[-1])} is as it was before the repair\n"])
    for path, journal in zip(paths, journals, strict=True):
        beside = os.path.join(path, changed_folder(journal))
        if os.path.isdir(beside):
            emit([f"  what was changed since lies in {printable(beside)}\n"])


def _list(known: Mapping[str, Sequence[Journal]]) -> None:
    """Print each repair: its name, its age, what `--prune` would free, where and what it was; the newest first."""
    if not known:
        emit(["There is no repair to undo.\n"])
    for name, journals in known.items():
        begin, kept = journals[-1].begin, _kept(journals)
        space = "nothing is left of it" if kept is None else f"keeps {size(kept)}"
        what = "; ".join(str(journal.begin.get("summary", "")) for journal in reversed(journals))
        emit(
            [f"{name}  {_age(str(begin.get('at', '')))}, {space}  {printable(str(begin['root']))}: {printable(what)}\n"]
        )


def _prune(state: str, known: Mapping[str, Sequence[Journal]]) -> None:
    for name, journals in known.items():
        kept = _kept(journals)
        for journal in journals:
            prune(state, journal)
        emit([f"{name}: what it kept is deleted" + (f", {size(kept)} are free again\n" if kept else "\n")])


def _kept(journals: Sequence[Journal]) -> int | None:
    found = [count for journal in journals if (count := kept_bytes(journal)) is not None]
    return sum(found) if found else None


def _age(at: str) -> str:
    """Return how long ago something was, in the largest unit that it fills."""
    try:
        then = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return "at an unknown time"
    seconds = int(time.time() - then)
    if seconds < 0:
        return f"at {printable(at)}"
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{number(seconds // length, unit)} ago"
    return "just now"
