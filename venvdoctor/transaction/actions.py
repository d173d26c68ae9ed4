"""How each step is done: its intent is journaled, the old thing is kept, the new one takes its name in one rename."""

from __future__ import annotations

import re
import shutil
import stat
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.fix import (
    Attest,
    BringBack,
    ChangeMode,
    CopyIn,
    KeepKeys,
    ReplaceFile,
    ReplaceLink,
    Resemble,
    Run,
    SetAside,
    Transplant,
    Verify,
)
from venvdoctor.transaction.portable import CFG_LIMIT, start_beside
from venvdoctor.transaction.salvage import attest, bring_back, resemble
from venvdoctor.transaction.starting import start
from venvdoctor.transaction.transplant import transplant
from venvdoctor.transaction.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvdoctor.fix import Step
    from venvdoctor.transaction.work import Work

_PLACE = re.compile(r"\{root\}|\{stage\}")
LOG_TAIL = 2000  # characters of a builder's last words that an error repeats


def perform(work: Work, step: Step) -> None:
    """Do one step.

    Raises:
        FixError: it failed in a way that a person can understand.
        OSError: the disk refused.
    """
    match step:
        case ReplaceLink(path=path, target=target):
            _replace(work, path, lambda new: work.anchor.link_new(new, target))
        case ReplaceFile(path=path, content=content, mode=mode):
            bits = _mode_of(work, path) if mode is None else mode
            _replace(work, path, lambda new: _rewrite(work, path, new, content, bits))
        case CopyIn(path=path, source=source):
            _replace(work, path, lambda new: work.anchor.copy_new(new, source))
        case SetAside(path=path):
            set_aside(work, path)
        case ChangeMode(path=path, mode=mode):
            _change_mode(work, path, mode)
        case Run():
            _run(work, step)
        case BringBack():
            bring_back(work, step)
        case Transplant():
            transplant(work, step)
        case Attest():
            attest(work, step)
        case Resemble(source=source, path=path):
            resemble(work, source, path)
        case KeepKeys(path=path, keys=keys):
            _keep_keys(work, path, keys)
        case Verify():
            work.measured = verify(work, step)


def set_aside(work: Work, path: str) -> None:
    """Move something out of the way; the journal knows from where before it goes."""
    if work.anchor.lstat(path) is None:
        return
    slot = work.slot()
    work.journal.add("aside", path=path, slot=slot)
    work.anchor.rename(path, slot)


def _replace(work: Work, path: str, make: Callable[[str], None]) -> None:
    """Let something new take a name in one rename, the old thing staying reachable under its slot."""
    old = work.anchor.lstat(path)
    slot = work.slot()
    make(slot + ".new")
    if old is None:
        work.journal.add("new", path=path, slot=slot)
    elif stat.S_ISDIR(old.st_mode):
        set_aside(work, path)
        work.journal.add("new", path=path, slot=slot)
    else:
        work.journal.add("replace", path=path, slot=slot)
        work.anchor.keep(path, slot)
    work.anchor.rename(slot + ".new", path)


def _rewrite(work: Work, path: str, new: str, content: bytes, mode: int) -> None:
    """Write a file anew, never in the second and size of the old one: by these bytecode knows its source (PEP 552)."""
    work.anchor.write_new(new, content, mode)
    old = work.anchor.lstat(path)
    if old is not None and stat.S_ISREG(old.st_mode):
        work.anchor.resemble(new, path, times=False)
        work.anchor.chmod(new, mode)
    if old is not None and old.st_size == len(content):
        work.anchor.outdate(new, int(old.st_mtime))


def _mode_of(work: Work, path: str) -> int:
    status = work.anchor.lstat(path)
    return stat.S_IMODE(status.st_mode) if status and stat.S_ISREG(status.st_mode) else 0o644


def _change_mode(work: Work, path: str, mode: int) -> None:
    status = work.anchor.lstat(path)
    if status is None:
        raise FixError(f"{work.path(path)} is gone", hint="scan again")
    if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:  # the bits are those of every name that it has
        _replace(work, path, lambda new: work.anchor.copy_within(path, new, mode))
        return
    work.journal.add("mode", path=path, mode=stat.S_IMODE(status.st_mode))
    work.anchor.chmod(path, mode)


def _keep_keys(work: Work, path: str, keys: tuple[tuple[str, str], ...]) -> None:
    """Add what the builder did not write itself; keys are compared as site.py does."""
    content = work.anchor.read(path, CFG_LIMIT)
    known = {line.partition(b"=")[0].strip().lower() for line in content.splitlines()}
    fresh = [
        f"{key} = {value}\n".encode("utf-8", "surrogateescape") for key, value in keys if key.encode() not in known
    ]
    if fresh:
        _replace(work, path, lambda new: _rewrite(work, path, new, content + b"".join(fresh), _mode_of(work, path)))


def _run(work: Work, step: Run) -> None:
    """Run a builder; what it may create is journaled before, and what it did create after."""
    listing = {folder: work.anchor.names(folder) for folder in step.fills}
    creates = [path for path in step.creates if work.anchor.lstat(path) is None]
    work.journal.add("run", creates=creates, listing=listing)
    work.tell(step.purpose)
    if step.supplies or step.papers:
        work.anchor.make_folder(f"{work.folder}/wheels")
    for name, source in step.supplies:
        work.anchor.copy_new(f"{work.folder}/wheels/{name}", source)
    for name, text in step.papers:
        work.anchor.write_new(f"{work.folder}/wheels/{name}", text.encode("utf-8", "surrogateescape"), 0o600)
    code, output = _start(work, step)
    work.anchor.remove_tree(f"{work.folder}/wheels")
    if code != 0:
        raise FixError(f"{step.purpose} failed (exit {code}): {output.strip()[-LOG_TAIL:]}", hint="nothing was changed")
    made = [path for path in creates if work.anchor.lstat(path) is not None]
    fresh = [
        f"{folder}/{name}" for folder, old in listing.items() for name in work.anchor.names(folder) if name not in old
    ]
    start_beside(work, fresh)
    work.journal.add("ran", made=[*made, *(path for path in fresh if path not in made)])


def _start(work: Work, step: Run) -> tuple[int, str]:
    """Start a program with plain words, never a shell; return its exit code and all that it printed."""
    places = {"{root}": work.anchor.path, "{stage}": work.path(work.folder)}
    words = [_PLACE.sub(lambda found: places[found[0]], word) for word in step.argv]  # once: a path may hold a brace
    try:
        return start(work, words, environ=step.environ)
    except OSError as error:
        raise FixError(f"{words[0]} could not be started: {error.strerror}", hint=step.purpose) from error


def free_bytes(path: str) -> int:
    """Return the bytes free to this user on the file system of `path`."""
    return shutil.disk_usage(path).free
