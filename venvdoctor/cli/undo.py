"""put back what a fix replaced"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from venvdoctor.cli._output import emit
from venvdoctor.errors import EXIT_OK, UsageError
from venvdoctor.escape import printable
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import committed, prune, recover, undo

Id = Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False, help="the repair; default: the last one")]
List = Annotated[bool, typer.Option("--list", help="show the repairs that can be undone")]
Prune = Annotated[bool, typer.Option("--prune", help="delete what was kept: of ID, or of every repair")]


def command(id_: Id = None, list_: List = False, prune_: Prune = False) -> int:
    """Put back exactly what a repair replaced; the last one unless ID names another."""
    state = state_directory(os.environ)
    for path in recover(state):
        emit([f"{printable(path)}: an interrupted repair was taken back\n"])
    known = {journal.id: journal for journal in committed(state)}
    if list_:
        for name, journal in known.items():
            begin = journal.begin
            emit(
                [
                    (
                        f"{name}  {printable(str(begin.get('at', '')))}  {printable(str(begin['root']))}  "
                        f"{printable(str(begin.get('summary', '')))}\n"
                    )
                ]
            )
        return EXIT_OK
    if id_ is not None and id_ not in known:
        raise UsageError(f"there is no repair {id_!r} to undo", hint="`venvdoctor undo --list` shows them")
    if prune_:
        for name in [id_] if id_ else list(known):
            prune(state, known[name])
            emit([f"{name}: what it kept is deleted\n"])
        return EXIT_OK
    if not known:
        raise UsageError("there is no repair to undo", hint="`venvdoctor undo --list` shows them")
    emit([f"{printable(undo(state, known[id_ or next(iter(known))]))} is as it was before the repair\n"])
    return EXIT_OK
