"""Reads METADATA and PKG-INFO: the few headers that matter, by hand, with the email parser's meaning.

importlib.metadata gives the file to `email.message_from_string`; what that parser does with headers is imitated here
(Lib/email/feedparser.py, `_parsegen` and `_parse_headers`): header lines until the first line that is none,
continuation lines begin with blank or tab, a leading `From ` line is an envelope, and a header is text before a colon.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from venvdoctor.view import View

HEAD = 1 << 16  # bytes; headers come first, and the longest seen (all Requires-Dist of a big project) are about 30 kB
LIMIT = 4 << 20
_WANTED = {"name", "version", "requires-python", "requires-dist", "provides-extra", "obsoletes-dist"}
_NORMAL = re.compile(r"[-_.]+")


class Metadata(NamedTuple):
    """The wanted headers of a metadata file.

    Attributes:
        state: `ok`, `missing`, `empty`, `unreadable` (permission, not a file), `garbled` (no Name header in it).
        detail: why it is unreadable or garbled.
    """

    state: str
    name: str | None = None
    version: str | None = None
    requires_python: str | None = None
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    detail: str = ""


def normalize(name: str) -> str:
    """Return the normalised name of a project (PEP 503)."""
    return _NORMAL.sub("-", name).lower()


def read_metadata(path: str, view: View) -> Metadata:
    """Read a METADATA or PKG-INFO file; total."""
    try:
        with view.open(path) as blob:
            data = blob.read_at(0, min(blob.size, HEAD))
            if len(data) == HEAD and b"\n\n" not in data and b"\r\n\r\n" not in data:
                data += blob.read_at(HEAD, LIMIT)
    except FileNotFoundError:
        return Metadata("missing")
    except NotADirectoryError:
        return Metadata("missing")
    except (OSError, ValueError) as error:
        return Metadata("unreadable", detail=str(getattr(error, "strerror", "") or error))
    return parse_metadata(data)


def parse_metadata(data: bytes) -> Metadata:
    """Parse the head of a metadata file; total: garbage gives `garbled`."""
    if not data.strip():
        return Metadata("empty")
    text = data.partition(b"\n\n")[0].decode("utf-8", "surrogateescape")  # an empty line ends the headers
    single: dict[str, str] = {}
    many: dict[str, list[str]] = {"requires-dist": [], "provides-extra": []}
    for key, value in _headers(text):
        if key in many:
            many[key].append(value)
        else:
            single.setdefault(key, value)
    name = single.get("name", "").strip()
    if not name:
        return Metadata("garbled", version=single.get("version"), detail="it has no Name")
    return Metadata(
        "ok" if "version" in single else "garbled",
        name=name,
        version=single.get("version"),
        requires_python=single.get("requires-python"),
        requires=tuple(many["requires-dist"]),
        extras=tuple(many["provides-extra"]),
        detail="" if "version" in single else "it has no Version",
    )


def _headers(text: str) -> list[tuple[str, str]]:
    """Return the wanted headers of a message, in order, continuation lines joined, values stripped."""
    found: list[tuple[str, str]] = []
    wanted = False
    for number, line in enumerate(text.split("\n")):
        bare = line.removesuffix("\r")
        if bare[:1] in (" ", "\t"):
            if wanted:
                key, value = found[-1]
                found[-1] = (key, value + "\n" + bare)
            continue
        colon = bare.find(":")
        if colon <= 0 or " " in bare[:colon] or "\t" in bare[:colon]:
            if number == 0 and (bare.startswith("From ") or not bare.strip("\ufeff")):
                continue
            break  # the end of the headers, or a line that is none: the body begins
        key = bare[:colon].lower()
        wanted = key in _WANTED
        if wanted:
            found.append((key, bare[colon + 1 :]))
    return [(key, value.strip()) for key, value in found]


def read_requires_txt(data: bytes) -> tuple[str, ...]:
    """Return setuptools' `requires.txt` as PEP 508 texts, as importlib.metadata converts it.

    Source: Lib/importlib/metadata/__init__.py, `_convert_egg_info_reqs_to_simple_reqs`.
    """
    found: list[str] = []
    extra, marker = "", ""
    for raw in data.decode("utf-8", "surrogateescape").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
            continue
        clauses = [f"({marker})"] if marker and extra else [marker] if marker else []
        if extra:
            clauses.append(f'extra == "{extra}"')
        space = " " if "@" in line else ""
        found.append(line + (f"{space}; " + " and ".join(clauses) if clauses else ""))
    return tuple(found)
