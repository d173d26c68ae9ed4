"""Installing a distribution from its own installed files: `installer` sees a wheel, and writes through the anchor.

Entry points are regenerated for the new interpreter; provenance (INSTALLER, REQUESTED, direct_url.json) is kept.
Source of the layout: the binary distribution format specification (packaging.python.org).
"""

from __future__ import annotations

import io
import posixpath
import stat
from typing import TYPE_CHECKING, BinaryIO, cast

from installer import install
from installer.destinations import WheelDestination
from installer.records import Hash, RecordEntry
from installer.scripts import Script
from installer.sources import WheelSource
from installer.utils import construct_record_file, fix_shebang

from venvdoctor.errors import FixError
from venvdoctor.transaction.salvage import FILE_LIMIT, digest, find_kept, make_parents

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
        for row in self._step.files:
            name = self._name_in_wheel(row)
            path = posixpath.normpath(posixpath.join(self._folder, row))
            found = self.find(path) if name and not path.startswith("../") else None
            if name is None or found is None:
                continue
            content = self._work.anchor.read(found, FILE_LIMIT)
            status = self._work.anchor.lstat(found)
            executable = bool(status and status.st_mode & stat.S_IXUSR)
            yield (
                (name, digest(content), str(len(content))),
                cast("BinaryIO", io.BytesIO(_portable(name, content))),
                executable,
            )

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
        return self._write(cast("Scheme", "scripts"), made, content, 0o755)

    def write_file(
        self, scheme: Scheme, path: str | os.PathLike[str], stream: BinaryIO, is_executable: bool
    ) -> RecordEntry:
        """Write one file of the wheel."""
        mode = 0o755 if is_executable else 0o644
        if scheme == "scripts":
            with fix_shebang(stream, self._step.interpreter) as fixed:
                return self._write(scheme, str(path), fixed.read(), 0o755)
        return self._write(scheme, str(path), stream.read(), mode)

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

    def _write(self, scheme: Scheme, path: str, content: bytes, mode: int) -> RecordEntry:
        target = posixpath.join(self._folder(scheme), path)
        anchor = self._work.anchor
        make_parents(self._work, target)
        if anchor.lstat(target) is not None:
            raise FixError(f"{self._work.path(target)} is there already", hint="move it away, then run it again")
        if not target.startswith(self._step.site_dir + "/"):  # the new site-packages goes as a whole when undone
            self._work.journal.add("new", path=target, slot=self._work.slot())
        anchor.write_new(target, content, mode, durable=False)
        name, _, value = digest(content).partition("=")
        return RecordEntry(path, Hash(name, value), len(content))

    def _folder(self, scheme: Scheme) -> str:
        return {"scripts": "bin", "headers": self._step.headers, "data": ""}.get(scheme, self._step.site_dir)


def _portable(name: str, content: bytes) -> bytes:
    """Give a carried script the shebang that installers replace."""
    if ".data/scripts/" not in name or not content.startswith(b"#!"):
        return content
    first, newline, rest = content.partition(b"\n")
    return b"#!python" + newline + rest if b"python" in first else content
