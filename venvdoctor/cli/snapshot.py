"""Record every environment so that it can be rebuilt whatever an upgrade does."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from venvdoctor import api
from venvdoctor.cli import _options as options
from venvdoctor.cli._guard import guarded, left_out
from venvdoctor.cli._output import emit
from venvdoctor.errors import EXIT_OK, UsageError
from venvdoctor.escape import printable
from venvdoctor.transaction.journal import state_directory
from venvdoctor.typeset import number
from venvdoctor.upgrading import memory
from venvdoctor.upgrading.snapshot import Store, differences

if TYPE_CHECKING:
    from venvdoctor.upgrading.snapshot import Record

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]}
)
Id = Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False, help="a snapshot; default: the last one")]
Other = Annotated[
    str | None, typer.Argument(metavar="[NEW]", show_default=False, help="another; default: what is there now")
]
Where = Annotated[list[str] | None, typer.Option("--path", metavar="PATH", help="only environments there; repeatable")]


@app.callback(invoke_without_command=True)
def command(context: typer.Context, path: Where = None) -> None:
    """Record every environment: its interpreter, its packages and where they came from, its manager's notes."""
    if context.invoked_subcommand is None:
        _take(path)


def _store() -> Store:
    options.require_answers()
    return Store(state_directory(os.environ))


@guarded
def _take(paths: list[str] | None) -> int:
    config = options.read_settings(None, isolated=False)
    request = api.ScanRequest(paths=options.resolve_paths(paths) or config.paths)
    session = api.open_session(request, config)
    try:
        taken = memory.take(session, _store())
    except OSError as error:
        where = error.filename or state_directory(os.environ)
        raise UsageError(f"{where}: {error.strerror}", hint="VENVDOCTOR_STATE_DIR names another directory") from None
    emit([f"snapshot {taken.id}: {number(len(taken.records), 'environment')}\n"])
    return left_out(session.errors)


@app.command("list")
@guarded
def list_() -> int:
    """List the snapshots."""
    found = _store().all()
    rows = [(one.id, one.at, number(len(one.records), "environment"), one.reason) for one in found]
    emit(["  ".join(map(printable, row)).rstrip() + "\n" for row in rows] or ["There is no snapshot yet.\n"])
    return EXIT_OK


@app.command()
@guarded
def show(id_: Id = None) -> int:
    """Print a snapshot's records as JSON."""
    store = _store()
    found = store.find(id_)
    records = {path: store.record(digest) for path, digest in found.records.items()}
    emit(
        [json.dumps({"id": found.id, "at": found.at, "reason": found.reason, "environments": records}, indent=2), "\n"]
    )
    return EXIT_OK


@app.command()
@guarded
def diff(old: Id = None, new: Other = None) -> int:
    """Say what changed since a snapshot."""
    store = _store()
    before = store.find(old)
    known = {path: store.record(digest) for path, digest in before.records.items()}
    then: dict[str, Record | None]
    code = EXIT_OK
    if new is not None:
        then = {path: store.record(digest) for path, digest in store.find(new).records.items()}
    else:
        session = api.open_session(api.ScanRequest(), options.read_settings(None, isolated=False))
        then = {str(record["path"]): record for record in memory.again(session, filter(None, known.values()))}
        code = left_out(session.errors)
    changed = 0
    for path in dict.fromkeys([*known, *then]):
        if path in known and known[path] is None:
            emit([f"{printable(path)}\n  its record is damaged: nothing can be said of it\n"])
            continue
        lines = list(differences(known.get(path), then.get(path)))
        changed += bool(lines)
        emit([f"{printable(path)}\n", *(f"  {printable(line)}\n" for line in lines)] if lines else [])
    total = number(len(known), "environment")
    emit([f"{changed} of {total} changed since snapshot {before.id} ({printable(before.at)})\n"])
    return code
