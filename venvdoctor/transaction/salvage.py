"""Carrying what a user has from the old tree into the new one: wheels from installed files, own files, provenance."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.fix import Attest, BringBack, CarryOver
    from venvdoctor.transaction.actions import Work

FILE_LIMIT = 1 << 30  # bytes; the largest single file that is carried over
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold: wheels must not depend on the clock
WRITTEN_BY_INSTALLERS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


def carry_over(work: Work, step: CarryOver) -> None:
    """Pack the installed files of one distribution into a wheel in the staging folder.

    Source of the layout: the binary distribution format specification (packaging.python.org).
    """
    base, _, info = step.metadata.rpartition("/")
    stem = info.removesuffix(".dist-info")
    rows: list[tuple[str, str, int]] = []
    target = work.path(f"{work.folder}/wheels")
    work.anchor.make_folder(f"{work.folder}/wheels")
    with zipfile.ZipFile(os.path.join(target, step.wheel), "x", zipfile.ZIP_STORED) as archive:
        for name, path in _members(step, base, info, stem):
            content = _portable(work.anchor.read(path, FILE_LIMIT), name)
            status = work.anchor.lstat(path)
            rows.append((name, _digest(content), len(content)))
            _add(archive, name, content, executable=bool(status and status.st_mode & 0o111))
        _add(archive, f"{info}/RECORD", _record(rows, f"{info}/RECORD"), executable=False)


def bring_back(work: Work, step: BringBack) -> None:
    """Copy a user's own file or link from the old tree into the new one, unless the new one has it."""
    source = find_kept(work, step.source)
    status = work.anchor.lstat(source) if source else None
    if source is None or status is None or work.anchor.lstat(step.path) is not None:
        return
    _make_parents(work, step.path)
    if stat.S_ISDIR(status.st_mode):
        _bring_folder(work, source, step.path)
        return
    slot = work.slot()
    work.journal.add("new", path=step.path, slot=slot)
    work.anchor.keep(source, slot + ".new")
    work.anchor.rename(slot + ".new", step.path)


def attest(work: Work, step: Attest) -> None:
    """Copy provenance files into the newly installed dist-info and name them in its RECORD."""
    old = find_kept(work, step.source)
    new = _installed(work, step.site_dir, step.source.rpartition("/")[2])
    if old is None or new is None:
        return
    rows = work.anchor.read(f"{new}/RECORD", FILE_LIMIT)
    for name in step.files:
        if work.anchor.lstat(f"{old}/{name}") is None:
            continue
        content = work.anchor.read(f"{old}/{name}", FILE_LIMIT)
        row = f"{new.rpartition('/')[2]}/{name}"
        if work.anchor.lstat(f"{new}/{name}") is not None:
            work.anchor.remove_tree(f"{new}/{name}")
            rows = b"\n".join(line for line in rows.splitlines() if not line.startswith(row.encode() + b",")) + b"\n"
        work.anchor.write_new(f"{new}/{name}", content, 0o644)
        rows += f"{row},{_digest(content)},{len(content)}\n".encode()
    work.anchor.remove_tree(f"{new}/RECORD")
    work.anchor.write_new(f"{new}/RECORD", rows, 0o644)


def find_kept(work: Work, path: str) -> str | None:
    """Return where something of the old tree lies now: under the slot of the folder that was set aside, or in place."""
    for record in work.journal.records:
        moved = str(record.get("path", ""))
        if record["act"] == "aside" and (path == moved or path.startswith(moved + "/")):
            kept = str(record["slot"]) + path[len(moved) :]
            return kept if work.anchor.lstat(kept) is not None else None
    return path if work.anchor.lstat(path) is not None else None


def _members(step: CarryOver, base: str, info: str, stem: str) -> Iterator[tuple[str, str]]:
    """Yield (name in the wheel, path below the root) of each file to pack."""
    for name in step.files:
        path = os.path.normpath(os.path.join(base, name))
        if path.startswith("..") or os.path.isabs(name):
            raise FixError(f"RECORD of {stem} names {name!r} outside the environment", hint="reinstall that package")
        if name.startswith(f"{info}/") and name.rpartition("/")[2] in WRITTEN_BY_INSTALLERS:
            continue
        if not name.startswith("../"):
            yield name, path
        elif path.startswith("bin/"):
            yield f"{stem}.data/scripts/{path[4:]}", path
        else:
            yield f"{stem}.data/data/{path}", path


def _portable(content: bytes, name: str) -> bytes:
    """Give a carried script the shebang that installers replace."""
    if ".data/scripts/" not in name or not content.startswith(b"#!"):
        return content
    first, newline, rest = content.partition(b"\n")
    return b"#!python" + newline + rest if b"python" in first else content


def _record(rows: list[tuple[str, str, int]], own: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(rows)
    writer.writerow((own, "", ""))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, executable: bool) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    archive.writestr(entry, content)


def _make_parents(work: Work, path: str) -> None:
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if work.anchor.lstat(folder) is None:
            slot = work.slot()
            work.journal.add("new", path=folder, slot=slot)
            work.anchor.make_folder(folder, 0o755)


def _bring_folder(work: Work, source: str, path: str) -> None:
    if work.anchor.lstat(path) is None:
        _make_parents(work, path + "/-")
    for name in work.anchor.names(source):
        status = work.anchor.lstat(f"{source}/{name}")
        if status is None or work.anchor.lstat(f"{path}/{name}") is not None:
            continue
        if stat.S_ISDIR(status.st_mode):
            _bring_folder(work, f"{source}/{name}", f"{path}/{name}")
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            work.anchor.keep(f"{source}/{name}", f"{path}/{name}")


def _installed(work: Work, site_dir: str, info: str) -> str | None:
    """Return the new dist-info of the same project and version, compared by normalised name."""
    wanted = _normal(info)
    for name in work.anchor.names(site_dir):
        if name.endswith(".dist-info") and _normal(name) == wanted:
            return f"{site_dir}/{name}"
    return None


def _normal(info: str) -> str:
    return info.lower().replace("-", "_").replace(".", "_")
