"""Installing a distribution from its own installed files: `installer` sees a wheel, and writes through the anchor.

Entry points are regenerated for the new interpreter; provenance (INSTALLER, REQUESTED, direct_url.json) is kept.
Source of the layout: the binary distribution format specification (packaging.python.org).
"""

from __future__ import annotations

import io
import posixpath
import stat
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from installer import install
from installer.destinations import WheelDestination
from installer.records import Hash, RecordEntry
from installer.scripts import Script
from installer.sources import WheelSource
from installer.utils import construct_record_file, fix_shebang

from venvdoctor.errors import FixError
from venvdoctor.inspection.record import parse_record
from venvdoctor.repairing.script_text import relocatable
from venvdoctor.transaction.salvage import FILE_LIMIT, encoded, find_kept, make_parents, resemble

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from installer.scripts import ScriptSection
    from installer.sources import WheelContentElement
    from installer.utils import Scheme

    from venvdoctor.fix import Transplant
    from venvdoctor.transaction.work import Work

PROVENANCE = ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
REGENERATED = ("RECORD", *PROVENANCE)


def transplant(work: Work, step: Transplant) -> None:
    """Install one distribution of the old tree into the new one.

    Raises:
        FixError: its files do not make a wheel any more.
        OSError: the disk refused.
    """
    source = InstalledSource(work, step)
    kept = {
        name: work.anchor.read(path, FILE_LIMIT)
        for name in PROVENANCE
        if (path := source.find(f"{step.metadata}/{name}"))
    }
    work.tell(f"carrying over {step.label}")
    try:
        install(source, AnchoredDestination(work, step), kept)
    except (ValueError, KeyError, AssertionError) as error:
        raise FixError(f"{step.label} cannot be carried over: {error}", hint="reinstall that package") from error


class InstalledSource(WheelSource):
    """What `installer` takes for a wheel: the files that RECORD names, where they lie in the old tree."""

    def __init__(self, work: Work, step: Transplant) -> None:
        folder, _, info = step.metadata.rpartition("/")
        name, _, version = info.removesuffix(".dist-info").partition("-")
        super().__init__(distribution=name, version=version)
        self._work, self._step, self._folder, self._info = work, step, folder, info
        self._scripts = self._entry_points()

    def find(self, path: str) -> str | None:
        """Return where a path of the old tree lies now."""
        return find_kept(self._work, path)

    @property
    def dist_info_dir(self) -> str:
        """Name of the metadata directory."""
        return self._info

    @property
    def dist_info_filenames(self) -> list[str]:
        """Names in the metadata directory."""
        found = self.find(self._step.metadata)
        return self._work.anchor.names(found) if found else []

    def read_dist_info(self, filename: str) -> str:
        """Return the text of one metadata file."""
        found = self.find(f"{self._step.metadata}/{filename}")
        if found is None:
            raise KeyError(filename)
        return self._work.anchor.read(found, FILE_LIMIT).decode("utf-8", "surrogateescape")

    def get_contents(self) -> Iterator[WheelContentElement]:
        """Yield each file: its RECORD row, its content, whether it is executable."""
        found = self.find(f"{self._step.metadata}/RECORD")
        record = parse_record(self._work.anchor.read(found, FILE_LIMIT) if found else b"")
        rows = {row.path: (row.digest, str(row.size or "")) for row in record.rows}
        for row in self._step.files:
            name = self._name_in_wheel(row)
            path = posixpath.normpath(posixpath.join(self._folder, row))
            found = self.find(path) if name and not path.startswith("../") else None
            status = self._work.anchor.lstat(found) if found else None
            if name is None or found is None or status is None:
                continue
            stream = Kept(found, rows.get(row, ("", "")) if stat.S_ISLNK(status.st_mode) else None)
            yield (name, "", ""), cast("BinaryIO", stream), bool(status.st_mode & stat.S_IXUSR)

    def _name_in_wheel(self, row: str) -> str | None:
        """Return a row's name inside a wheel; None for what installers write themselves."""
        if row.endswith(".pyc") or (row.startswith(self._info + "/") and row.rpartition("/")[2] in REGENERATED):
            return None
        if not row.startswith("../"):
            return row
        data = self._info.removesuffix(".dist-info") + ".data"
        path = posixpath.normpath(posixpath.join(self._folder, row))
        if path.startswith("bin/"):
            return None if path[4:] in self._scripts else f"{data}/scripts/{path[4:]}"
        if path.startswith("include/site/"):
            return f"{data}/headers/{'/'.join(path.split('/')[4:])}"
        return f"{data}/data/{path}"

    def _entry_points(self) -> set[str]:
        from installer.utils import parse_entrypoints  # noqa: PLC0415 - only where there are entry points

        if "entry_points.txt" not in self.dist_info_filenames:
            return set()
        return {name for name, *_ in parse_entrypoints(self.read_dist_info("entry_points.txt"))}


class AnchoredDestination(WheelDestination):
    """Writes a wheel's files below the anchor: through descriptors, journaled, never over something."""

    def __init__(self, work: Work, step: Transplant) -> None:
        self._work, self._step = work, step

    def write_script(self, name: str, module: str, attr: str, section: str) -> RecordEntry:
        """Write the script of an entry point."""
        kind = cast("ScriptSection", section)
        made, content = Script(name, module, attr, kind).generate(self._step.interpreter, "posix")
        return self._write(cast("Scheme", "scripts"), made, self._starting(content), 0o755)

    def write_file(
        self, scheme: Scheme, path: str | os.PathLike[str], stream: BinaryIO | Kept, is_executable: bool
    ) -> RecordEntry:
        """Write one file of the wheel."""
        if scheme == "scripts":
            content = self._work.anchor.read(stream.place, FILE_LIMIT) if isinstance(stream, Kept) else stream.read()
            portable = _portable(content)
            if portable is content:
                return self._write(scheme, str(path), content, 0o755)
            with fix_shebang(io.BytesIO(portable), self._step.interpreter) as fixed:
                return self._write(scheme, str(path), self._starting(fixed.read()), 0o755)
        if isinstance(stream, Kept):
            return self._carry(scheme, str(path), stream)
        return self._write(scheme, str(path), stream.read(), 0o755 if is_executable else 0o644)

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        """Write RECORD last, as installers do."""
        home = self._folder(scheme)

        def prefix(other: str) -> str | None:
            folder = self._folder(cast("Scheme", other))
            return None if folder == home else posixpath.relpath("/" + folder, "/" + home) + "/"

        with construct_record_file(list(records), prefix) as stream:
            self._write(scheme, record_file_path, stream.read(), 0o644)

    def _carry(self, scheme: Scheme, path: str, old: Kept) -> RecordEntry:
        """Copy a file of the old tree, or make a link anew that stood in its place (`uv --link-mode symlink`)."""
        target, anchor = self._free(scheme, path), self._work.anchor
        if old.recorded is not None:
            anchor.link_new(target, anchor.readlink(old.place))
            return RecordEntry.from_elements(path, *old.recorded)
        status = anchor.lstat(old.place)
        with anchor.open(old.place) as stream:
            digest, size = anchor.pour_new(target, stream, stat.S_IMODE(status.st_mode) & 0o777 if status else 0o644)
        anchor.resemble(target, old.place)
        return RecordEntry(path, Hash("sha256", encoded(digest)), size)

    def _write(self, scheme: Scheme, path: str, content: bytes, mode: int) -> RecordEntry:
        target = self._free(scheme, path)
        made, size = self._work.anchor.pour_new(target, io.BytesIO(content), mode & ~self._work.umask)
        inside = self._folder(scheme) == self._step.site_dir
        resemble(self._work, posixpath.join(posixpath.dirname(self._step.metadata), path) if inside else target, target)
        bits = stat.S_IMODE(status.st_mode) if (status := self._work.anchor.lstat(target)) else mode
        if mode & ~bits & stat.S_IXUSR:  # a command that had lost the bit
            self._work.anchor.chmod(target, bits | 0o111 & ~self._work.umask)
        return RecordEntry(path, Hash("sha256", encoded(made)), size)

    def _starting(self, content: bytes) -> bytes:
        return relocatable(content) if self._step.relocatable else content

    def _free(self, scheme: Scheme, path: str) -> str:
        """Return where something goes, its folder made and its name free, and known to the journal."""
        target = posixpath.join(self._folder(scheme), path)
        make_parents(self._work, target)
        if self._work.anchor.lstat(target) is not None:
            raise FixError(f"{self._work.path(target)} is there already", hint="move it away, then run it again")
        if not target.startswith(self._step.site_dir + "/"):  # the new site-packages goes as a whole when undone
            self._work.journal.add("new", path=target, slot=self._work.slot())
        return target

    def _folder(self, scheme: Scheme) -> str:
        return {"scripts": "bin", "headers": self._step.headers, "data": ""}.get(scheme, self._step.site_dir)


class Kept(NamedTuple):
    """What stands for an open file of the old tree: where it lies now; of a link the hash and size on record, too."""

    place: str
    recorded: tuple[str, str] | None = None


def _portable(content: bytes) -> bytes:
    """Give a carried script of Python the shebang that installers replace; any other stays what it is."""
    first, newline, rest = content.partition(b"\n")
    if first.startswith(b"#!") and b"python" in first:
        return b"#!python" + newline + rest
    trampoline = content.startswith(b"#!/bin/sh\n'''exec' ") and content.count(b"\n", 0, 4096) > 2
    return b"#!python\n" + content.split(b"\n", 3)[3] if trampoline else content
