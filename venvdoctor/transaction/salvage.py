"""Carrying what a user has from the old tree into the new one: own files, and provenance."""

from __future__ import annotations

import base64
import hashlib
import stat
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError

if TYPE_CHECKING:
    from venvdoctor.fix import Attest, BringBack
    from venvdoctor.transaction.work import Work

DEEPEST = 200  # directories in directories that are carried over: nobody's project comes near it
FILE_LIMIT = 1 << 28  # bytes; the longest script or record that is read at once


def bring_back(work: Work, step: BringBack) -> None:
    """Copy a user's own file or link from the old tree into the new one, unless the new one has it."""
    source = find_kept(work, step.source)
    status = work.anchor.lstat(source) if source else None
    if source is None or status is None or work.anchor.lstat(step.path) is not None:
        return
    make_parents(work, step.path)
    if stat.S_ISDIR(status.st_mode):
        _bring_folder(work, source, step.path, frozenset(step.without))
        return
    slot = work.slot()
    work.journal.add("new", path=step.path, slot=slot)
    work.anchor.keep(source, slot + ".new")
    work.anchor.rename(slot + ".new", step.path)


def attest(work: Work, step: Attest) -> None:
    """Give the newly installed dist-info the provenance files that the old one had, and no others; RECORD agrees.

    Raises:
        FixError: it is not there, though its installer said nothing: by its settings it went elsewhere, or nowhere.
    """
    info = step.source.rpartition("/")[2]
    old, new = find_kept(work, step.source), _installed(work, step.site_dir, info)
    if new is None:
        hint = "see the settings of pip and uv (root, target, dry-run)"
        raise FixError(f"{info.partition('-')[0]} was to be installed, and is not in {step.site_dir}", hint=hint)
    if old is None:
        return
    rows = work.anchor.read(f"{new}/RECORD", FILE_LIMIT).splitlines()
    for name in step.files:
        row = f"{new.rpartition('/')[2]}/{name}"
        rows = [line for line in rows if not line.startswith(row.encode() + b",")]
        work.anchor.remove_tree(f"{new}/{name}")
        if work.anchor.lstat(f"{old}/{name}") is not None:
            content = work.anchor.read(f"{old}/{name}", FILE_LIMIT)
            work.anchor.write_new(f"{new}/{name}", content, 0o644)
            rows.append(f"{row},{digest(content)},{len(content)}".encode())
    work.anchor.remove_tree(f"{new}/RECORD")
    work.anchor.write_new(f"{new}/RECORD", b"\n".join(rows) + b"\n", 0o644)


def resemble(work: Work, source: str, path: str) -> None:
    """Let a file or directory, and the directories in it, be as open as the old ones were, and to the same people."""
    old = find_kept(work, source)
    if old is not None:
        _resemble(work, old, path, 0)


def _resemble(work: Work, old: str, path: str, depth: int) -> None:
    model, status = work.anchor.lstat(old), work.anchor.lstat(path)
    if model is None or status is None or stat.S_IFMT(model.st_mode) != stat.S_IFMT(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode) and depth < DEEPEST:
        for name in work.anchor.names(path):
            inner = work.anchor.lstat(f"{path}/{name}")
            if inner is not None and stat.S_ISDIR(inner.st_mode):
                _resemble(work, f"{old}/{name}", f"{path}/{name}", depth + 1)
    work.anchor.resemble(path, old, times=False)


def find_kept(work: Work, path: str) -> str | None:
    """Return where something of the old tree lies now: under the slot of the folder that was set aside, or in place."""
    for record in work.journal.records:
        moved = str(record.get("path", ""))
        if record["act"] == "aside" and (path == moved or path.startswith(moved + "/")):
            kept = str(record["slot"]) + path[len(moved) :]
            return kept if work.anchor.lstat(kept) is not None else None
    return path if work.anchor.lstat(path) is not None else None


def digest(content: bytes) -> str:
    """Return a content's hash as RECORD notes it (binary distribution format specification)."""
    return "sha256=" + encoded(hashlib.sha256(content).digest())


def encoded(made: bytes) -> str:
    """Return a hash in the letters of RECORD."""
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def make_parents(work: Work, path: str) -> None:
    """Make the folders that hold `path` where they are missing; the journal knows each of them."""
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if work.anchor.lstat(folder) is None:
            slot = work.slot()
            work.journal.add("new", path=folder, slot=slot)
            work.anchor.make_folder(folder, 0o777 & ~work.umask)


def _bring_folder(work: Work, source: str, path: str, without: frozenset[str], *, inside: bool = False) -> None:
    """Make a folder like an old one, its files being second names of the old ones."""
    if path.count("/") > DEEPEST:
        raise FixError(f"{work.path(source)} lies too deep to be carried over", hint="remove it first")
    fresh = work.anchor.lstat(path) is None
    if inside:  # a new folder's own undoing takes all below it along
        work.anchor.make_folder(path, 0o777 & ~work.umask)
    elif fresh:
        make_parents(work, path + "/-")
    for name in work.anchor.names(source):
        status = work.anchor.lstat(f"{source}/{name}")
        if status is None or work.anchor.lstat(f"{path}/{name}") is not None or f"{path}/{name}" in without:
            continue
        if stat.S_ISDIR(status.st_mode):
            _bring_folder(work, f"{source}/{name}", f"{path}/{name}", without, inside=fresh)
        elif not stat.S_ISSOCK(status.st_mode):  # a socket is a running program's, and belongs to the old place
            work.anchor.keep(f"{source}/{name}", f"{path}/{name}")
    if fresh:
        work.anchor.resemble(path, source)


def _installed(work: Work, site_dir: str, info: str) -> str | None:
    """Return the new dist-info of the same project, compared by normalised name; the version may be a newer seed's."""
    wanted = _normal(info)
    for name in work.anchor.names(site_dir):
        if name.endswith(".dist-info") and _normal(name) == wanted:
            return f"{site_dir}/{name}"
    return None


def _normal(info: str) -> str:
    stem = info.removesuffix(".dist-info").removesuffix(".egg-info")
    return stem.partition("-")[0].lower().replace("-", "_").replace(".", "_")
