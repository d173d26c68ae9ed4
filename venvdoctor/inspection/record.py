"""Reads RECORD and asks the listings which of its files are there.

Format: the Python Packaging User Guide, "Recording installed projects": CSV of path, hash, size; paths relative to the
directory that holds the `.dist-info`, or absolute, with `/` (some wheels made on Windows: with a backslash).
"""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from venvdoctor.inspection.listings import Listings
    from venvdoctor.view import View

LIMIT = 32 << 20  # bytes; the longest RECORD seen (a cloud SDK) is 4 MB
MOST = 500_000  # rows
LONGEST = 4096  # bytes of a path (PATH_MAX); what is longer names no file


class Row(NamedTuple):
    """One recorded file: path as recorded (slashes), hash text, size in bytes or None."""

    path: str
    digest: str
    size: int | None


_row = partial(tuple.__new__, Row)  # `Row(…)` is a function of Python; a scan makes 80 000


class Record:
    """A RECORD file: its state (`ok`, `missing`, `unreadable`, `garbled`), its rows, the lines that are none.

    Most questions need no rows, so those of a file whose first line is one are taken apart when they are asked for.
    """

    __slots__ = ("_odd", "_rows", "_text", "detail", "state")

    def __init__(self, state: str, text: str | None = None, detail: str = "") -> None:
        self.state = state
        self.detail = detail
        self._text = text
        self._rows: tuple[Row, ...] = ()
        self._odd: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The recorded files."""
        self._parse()
        return self._rows

    @property
    def odd(self) -> tuple[str, ...]:
        """The first lines that are no rows."""
        self._parse()
        return self._odd

    def most(self) -> int:
        """Return how many rows there are at most; costs little before they are asked for."""
        return len(self._rows) if self._text is None else self._text.count("\n") + 1

    def may_hold(self, part: str) -> bool:
        """Whether some path may have a part of a name in it; costs little before the rows are asked for."""
        return self._text is None or part in self._text

    def _parse(self) -> None:
        if self._text is not None:
            self._rows, self._odd = parse_rows(self._text)
            self._text = None


class Presence(NamedTuple):
    """Which rows are not there (paths as recorded), which dangle (path, absolute place), which nobody can tell."""

    missing: tuple[str, ...]
    dangling: tuple[tuple[str, str], ...]
    denied: tuple[str, ...]
    links: tuple[str, ...]  # places of recorded files that are live links


def read_record(path: str, view: View, most: int = MOST) -> Record:
    """Read a RECORD, at most so many rows of it; total."""
    try:
        data = view.read(path, LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return Record("missing")
    except (OSError, ValueError) as error:
        return Record("unreadable", detail=str(getattr(error, "strerror", "") or error))
    return parse_record(data, most)


def parse_record(data: bytes, most: int = MOST) -> Record:
    """Parse a RECORD, at most so many rows of it; total: lines that are no rows are kept as `odd`."""
    text = data.decode("utf-8", "surrogateescape")
    if len(text) > most and text.count("\n") > most:  # a row of four bytes takes more than a hundred in memory
        text = "\n".join(text.split("\n", most)[:most])
    record = Record("ok", text)
    if not _begins_well(text) and not record.rows:
        record.state, record.detail = "garbled", "no line of it is a row" if record.odd else "it has no rows"
    return record


def _begins_well(text: str) -> bool:
    """Whether the first line is certainly a row, whatever follows it, and no line is more than one."""
    line = text[: LONGEST + 1].partition("\n")[0]
    return '"' not in text and len(line) <= LONGEST and line.isprintable() and line.count(",") == 2 and line[0] != ","


def parse_rows(text: str) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return the rows of a RECORD, and the first lines that are none; total."""
    plain = _plain_rows(text)
    if plain:
        return tuple(plain), ()
    rows: list[Row] = []
    odd: list[str] = []
    for path, digest, size in _fields(text, odd):
        if "\0" in path or not path or len(path) > LONGEST:
            odd.append(path[:200])
            continue
        place = path.replace("\\", "/") if "\\" in path and "/" not in path else path
        rows.append(Row(place, digest, int(size) if size.isdecimal() and len(size) < 19 and size.isascii() else None))
    return tuple(rows), tuple(odd[:10])


def _plain_rows(text: str) -> list[Row]:
    """Return the rows of a RECORD that has nothing but plain rows, as nearly all do; empty for any other."""
    if any(mark in text for mark in ('"', "\0", "\\", "\r", "\n,")) or text.startswith(",") or not text.isascii():
        return []
    lines = text.split("\n")
    if max(map(len, lines)) > LONGEST:
        return []
    try:
        return [
            _row((path, digest, int(size) if size.isdecimal() and len(size) < 19 else None))
            for path, digest, size in [line.split(",") for line in lines if line]
        ]
    except ValueError:  # a line of another number of fields
        return []


def _fields(text: str, odd: list[str]) -> Iterator[tuple[str, str, str]]:
    if '"' in text:
        yield from _csv_fields(text, odd)
        return
    for line in text.split("\n"):
        parts = line.rstrip("\r").split(",")
        if len(parts) == 3:
            yield parts[0], parts[1], parts[2]
        elif len(parts) in (1, 2) and parts[0]:
            if len(parts) == 2 or "." in line:
                yield parts[0], parts[1] if len(parts) == 2 else "", ""
            else:
                odd.append(line[:200])
        elif len(parts) > 3:
            odd.append(line[:200])


def _csv_fields(text: str, odd: list[str]) -> Iterator[tuple[str, str, str]]:
    import csv  # noqa: PLC0415 - few files have quotes

    reader = csv.reader(text.replace("\0", "\ufffd").splitlines())
    try:
        for row in reader:
            if row and row[0]:
                path, digest, size, *_ = [*row, "", ""]
                yield path, digest, size
    except csv.Error as error:
        odd.append(f"line {reader.line_num}: {error}")


def check_presence(rows: tuple[Row, ...], site_dir: str, listings: Listings) -> Presence:
    """Compare rows with the listings; compiled caches are never asked for (installers record some and remove them)."""
    missing: list[str] = []
    dangling: list[tuple[str, str]] = []
    denied: list[str] = []
    links: list[str] = []
    folders: dict[str, tuple[str, frozenset[str], AbstractSet[str]]] = {}
    for path, _, _ in rows:
        if path.endswith((".pyc", ".pyo")):
            continue
        head, _, name = path.rpartition("/")
        if not head and path[0] == "/":
            head = "/"
        folder = folders.get(head)
        if folder is None:
            place = posixpath.normpath(posixpath.join(site_dir, head))
            listing = listings.get(place)
            folder = folders[head] = (place, listing.names, listing.links)
        if name in folder[1]:
            if folder[2] and name in folder[2]:
                _sort_link(path, f"{folder[0]}/{name}", listings, dangling, links)
        elif name:
            (denied if listings.presence(f"{folder[0]}/{name}") == "denied" else missing).append(path)
    return Presence(tuple(missing), tuple(dangling), tuple(denied), tuple(links))


def _sort_link(path: str, place: str, listings: Listings, dangling: list[tuple[str, str]], links: list[str]) -> None:
    if listings.presence(place) == "dangling":
        dangling.append((path, place))
    else:
        links.append(place)


def digests_differ(path: str, recorded: str, view: View) -> bool | None:
    """Whether a file's hash is another than the recorded one (`sha256=` and urlsafe base64 without padding).

    None: no hash is recorded, its algorithm is unknown, or the file cannot be read.
    """
    import base64  # noqa: PLC0415 - only with --deep
    import hashlib  # noqa: PLC0415

    name, _, expected = recorded.partition("=")
    if not expected or name not in hashlib.algorithms_guaranteed or name.startswith("shake"):
        return None
    digest = hashlib.new(name, usedforsecurity=False)
    try:
        with view.open(path) as blob:
            offset = 0
            while chunk := blob.read_at(offset, 1 << 20):
                digest.update(chunk)
                offset += len(chunk)
                if offset > blob.size + (1 << 20):
                    return None
    except (OSError, ValueError):
        return None
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode() != expected.rstrip("=")
