"""The names inside an `.egg` or zip archive on sys.path, read from its central directory only."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.inspection.listings import Listings
    from venvdoctor.view import Blob

NAME_LIMIT = 100_000
DIRECTORY_LIMIT = 8 << 20  # bytes of a central directory: 100 000 names, each of which becomes an object in memory
SIZE_LIMIT = 512 << 20  # bytes of archive


class _BlobFile(io.RawIOBase):
    """A seekable file over a blob, for zipfile."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self._at, self._blob.size)[whence]
        if start + offset < 0:
            raise OSError("before the start of the archive")
        self._at = start + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        count = self._blob.size - self._at if size < 0 else size
        if count > DIRECTORY_LIMIT:
            raise OSError("a central directory that no archive of modules has")
        data = self._blob.read_at(self._at, count)
        self._at += len(data)
        return data


def archive_names(path: str, listings: Listings) -> frozenset[str] | None:
    """Return the names in an archive, None when the path is no readable archive; total."""
    if listings.kind(path) != "file":
        return None
    import zipfile  # noqa: PLC0415 - archives on sys.path are rare

    try:
        with listings.view.open(path) as blob:
            if blob.size > SIZE_LIMIT or blob.read_at(0, 2) != b"PK":
                return None
            with zipfile.ZipFile(_BlobFile(blob)) as archive:
                return frozenset(archive.namelist()[:NAME_LIMIT])
    except damages():
        return None


def archive_member(path: str, name: str, listings: Listings, limit: int = 1 << 20) -> bytes | None:
    """Return one small member of an archive, None when it cannot be had; total."""
    import zipfile  # noqa: PLC0415

    try:
        with (
            listings.view.open(path) as blob,
            zipfile.ZipFile(_BlobFile(blob)) as archive,
            archive.open(name) as member,
        ):
            return member.read(limit)
    except damages():
        return None


def damages() -> tuple[type[Exception], ...]:
    """Return what `zipfile` raises for an archive that cannot be read, is damaged, or is packed oddly."""
    import zipfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    found: list[type[Exception]] = [zipfile.BadZipFile, zlib.error]
    with suppress(ImportError):  # a Python without it refuses such members
        import lzma  # noqa: PLC0415

        found.append(lzma.LZMAError)
    return (*found, OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError)
