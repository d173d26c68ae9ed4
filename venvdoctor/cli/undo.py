"""put back what a fix replaced"""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated

import typer

from venvdoctor.cli._guard import complain
from venvdoctor.cli._output import emit
from venvdoctor.errors import EXIT_OK, UsageError
from venvdoctor.escape import printable
from venvdoctor.portrait import size
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import committed, kept_bytes, prune, recover, undo
from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.transaction.journal import Journal

Id = Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False, help="the repair; default: the last one")]
List = Annotated[bool, typer.Option("--list", help="show the repairs that can be undone")]
Prune = Annotated[bool, typer.Option("--prune", help="delete what was kept: of ID, or of every repair")]


def command(id_: Id = None, list_: List = False, prune_: Prune = False) -> int:
    """Put back exactly what a repair replaced; the last one unless ID names another."""
    if list_ and prune_:
        raise UsageError("--list and --prune exclude each other", hint="`venvdoctor undo --list` first")
    state = state_directory(os.environ)
    for path in recover(state, complain):
        emit([f"{printable(path)}: an interrupted repair was taken back\n"])
    known = {journal.id: journal for journal in committed(state)}
    if id_ is not None and id_ not in known:
        raise UsageError(f"there is no repair {id_!r} to undo", hint="`venvdoctor undo --list` shows them")
    chosen = {id_: known[id_]} if id_ else known
    if list_:
        _list(chosen)
    elif prune_:
        _prune(state, chosen)
    elif not known:
        raise UsageError("there is no repair to undo", hint="`venvdoctor undo --list` shows them")
    else:
        emit([f"{printable(undo(state, next(iter(chosen.values()))))} is as it was before the repair\n"])
    return EXIT_OK


def _list(known: Mapping[str, Journal]) -> None:
    """Print each repair: its name, its age, what `--prune` would free, where and what it was; the newest first."""
    if not known:
        emit(["There is no repair to undo.\n"])
    for name, journal in known.items():
        begin, kept = journal.begin, kept_bytes(journal)
        space = "nothing is left of it" if kept is None else f"keeps {size(kept)}"
        what = f"{printable(str(begin['root']))}: {printable(str(begin.get('summary', '')))}"
        emit([f"{name}  {_age(str(begin.get('at', '')))}, {space}  {what}\n"])


def _prune(state: str, known: Mapping[str, Journal]) -> None:
    for name, journal in known.items():
        kept = kept_bytes(journal)
        prune(state, journal)
        emit([f"{name}: what it kept is deleted" + (f", {size(kept)} are free again\n" if kept else "\n")])


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
