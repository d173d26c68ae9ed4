"""A transaction from end to end: lock, check that the plan still fits, journal, do, commit; or take it all back."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.fix import Verify
from venvdoctor.transaction.actions import free_bytes, perform
from venvdoctor.transaction.anchor import Anchor
from venvdoctor.transaction.changes import note_made
from venvdoctor.transaction.journal import FORMAT, KEEP, Journal, open_store, read_journals
from venvdoctor.transaction.lock import locked
from venvdoctor.transaction.rollback import roll_back
from venvdoctor.transaction.stopping import stoppable, unstoppable
from venvdoctor.transaction.trust import require_place
from venvdoctor.transaction.verify import baseline
from venvdoctor.transaction.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvdoctor.fix import Plan, Step
    from venvdoctor.transaction.work import Measured

GUARD_LIMIT = 64 << 20  # bytes; a guarded file is a script, a cfg or an interpreter


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A committed transaction: its name for `undo`, what it did, how long it took in seconds, what was measured."""

    id: str
    root: str
    summary: str
    seconds: float
    measured: Measured | None = None


def carry_out(
    plan: Plan,
    state: str,
    *,
    part_of: str = "",
    tell: Callable[[str], None] = lambda _line: None,
    before: Callable[[int, Step], None] = lambda _number, _step: None,
) -> Done:
    """Carry out a plan, or leave everything as it was.

    Args:
        plan: what to do.
        state: venvdoctor's state directory.
        part_of: name of the first transaction of the repair that this one goes on with.
        tell: called with lines of progress.
        before: called with each step's number before it is done; for tests that interrupt there.

    Raises:
        FixError: refused or failed; the environment is as it was.
    """
    started = time.monotonic()
    with locked(state, plan.identity) as lock_fd, Anchor(plan.root, plan.identity) as anchor:
        check(anchor, plan)
        _require_clean(state, plan)
        journal = Journal(os.path.join(open_store(state), _name(plan, state, anchor) + ".jsonl"))
        umask, group = _customs(anchor)
        work = Work(anchor=anchor, journal=journal, lock_fd=lock_fd, tell=tell, umask=umask, group=group)
        inherited = os.umask(umask)
        try:
            with stoppable():
                _do(work, plan, part_of or journal.id, before)
        except BaseException as error:
            _take_back(anchor, journal, error)
            if told := _told(plan.root, error):
                raise told from error
            raise
        finally:
            os.umask(inherited)
    seconds = time.monotonic() - started
    return Done(id=journal.id, root=plan.root, summary=plan.summary, seconds=seconds, measured=work.measured)


def check(anchor: Anchor, plan: Plan) -> None:
    """Check that the plan still fits what is there.

    Raises:
        FixError: something changed since it was made, it belongs to somebody else, or there is no room for it.
    """
    if anchor.owner != os.geteuid():
        raise FixError(f"{plan.root} belongs to another user", hint="run the repair as the user who owns it")
    require_place(plan.root)
    if not os.access(plan.root, os.W_OK | os.X_OK):
        raise FixError(f"{plan.root} is read-only for you", hint="make it writable, or leave it to whoever froze it")
    for path, expected in plan.guards:
        found = _what_is(anchor, path, expected)
        if found != expected:
            raise FixError(
                f"{os.path.join(plan.root, path)} changed since the plan was made", hint="run `venvdoctor fix` again"
            )
    free = free_bytes(plan.root)
    if free < plan.space:
        raise FixError(
            f"{plan.root} needs {plan.space >> 20} MiB for this repair and has {free >> 20}", hint="make room first"
        )


def _require_clean(state: str, plan: Plan) -> None:
    """Refuse to build on what an interrupted repair left in the middle."""
    for journal in read_journals(state):
        if not journal.stands and journal.begin["identity"] == list(plan.identity):
            message = f"an interrupted repair of {plan.root} could not be taken back yet"
            raise FixError(message, hint="run `venvdoctor fix` again, and see what it says")


def _do(work: Work, plan: Plan, part_of: str, before: Callable[[int, Step], None]) -> None:
    work.journal.add(
        "begin",
        format=FORMAT,
        root=plan.root,
        identity=list(plan.identity),
        fixer=plan.fixer,
        summary=plan.summary,
        part_of=part_of,
        at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )
    work.anchor.make_folder(KEEP)
    kept = work.anchor.lstat(KEEP)
    if kept is not None and kept.st_mode & 0o022:  # an environment that was opened to a group, or to everybody
        work.anchor.chmod(KEEP, 0o700)
    if work.anchor.lstat(f"{KEEP}/.gitignore") is None:
        work.anchor.write_new(f"{KEEP}/.gitignore", b"*\n", 0o600)
    work.anchor.make_folder(work.folder)
    for step in plan.steps:
        if isinstance(step, Verify):
            work.worked |= baseline(work, step)
    for number, step in enumerate(plan.steps):
        before(number, step)
        perform(work, step)
    before(len(plan.steps), plan.steps[-1])
    _settle(work)
    note_made(work.anchor, work.journal)
    os.sync()  # what builders wrote, too, is on the disk before the old tree becomes only a way back
    work.journal.add("commit")


def _customs(anchor: Anchor) -> tuple[int, int]:
    """Return the umask and the group that the environment was made with, as its site-packages shows them."""
    for name in anchor.names("lib"):
        status = anchor.lstat(f"lib/{name}/site-packages")
        if status is not None and stat.S_ISDIR(status.st_mode):
            return 0o077 & ~status.st_mode, status.st_gid
    return 0o077 & ~anchor.mode, anchor.group


def _settle(work: Work) -> None:
    """Give what was made to the group that the old had; a directory that hands its group on has done so already."""
    if work.group == os.getegid():
        return
    for record in work.journal.records:
        made = record.get("made") if record["act"] == "ran" else [record.get("path")]
        for path in made if isinstance(made, list) and record["act"] in ("ran", "new", "replace") else []:
            work.anchor.give(str(path), work.group)


def _take_back(anchor: Anchor, journal: Journal, error: BaseException) -> None:
    """Roll back after a failure; when even that fails, the journal stays for the next run."""
    if not journal.records:
        return
    try:
        with unstoppable():
            roll_back(anchor, journal)
    except (OSError, FixError) as second:
        message = f"{anchor.path} could not be put back yet: {second}"
        raise FixError(message, hint="run `venvdoctor fix` again: it goes on putting it back first") from error


def _name(plan: Plan, state: str, anchor: Anchor) -> str:
    """Return a name that sorts by order of beginning, whatever the clock says, and differs between environments.

    Its folder is not there yet: programs are started in it, and one that somebody prepared could hold modules for them.
    """
    numbers = [int(head) for journal in read_journals(state) if (head := journal.id.partition("-")[0]).isdecimal()]
    ending = hashlib.sha256(os.fsencode(plan.root)).hexdigest()[:8]
    names = (f"{number:06d}-{ending}" for number in count(max(numbers, default=0) + 1))
    return next(name for name in names if anchor.lstat(f"{KEEP}/{name}") is None)


def _what_is(anchor: Anchor, path: str, expected: str) -> str:
    status = anchor.lstat(path)
    if status is None:
        return "absent"
    if expected == "present":
        return "present"
    if expected.startswith("link:"):
        try:
            return "link:" + anchor.readlink(path)
        except OSError:
            return "another kind"
    return "sha256:" + hashlib.sha256(anchor.read(path, GUARD_LIMIT)).hexdigest()


def _told(root: str, error: BaseException) -> FixError | None:
    """Return what a failure of the disk is to people; None: it says itself what it is."""
    if isinstance(error, OSError):
        return FixError(f"{root}: {error.strerror or error}; it was put back as it was", hint=_hint(error))
    if isinstance(error, RecursionError):
        message = f"{root} holds directories in directories too deep to be carried over"
        return FixError(f"{message}; it was put back as it was", hint="remove them first")
    return None


def _hint(error: OSError) -> str:
    return (
        "make room on the disk, then run it again"
        if error.errno == errno.ENOSPC
        else "see what the path is, then run it again"
    )
