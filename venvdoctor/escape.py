"""Text from the disk, made safe to print: nothing in a name may move the cursor, forge a line or hide itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLAIN = (dict, list, tuple, str, int, float, type(None))  # what the writer of JSON takes
_LOG_COMMAND = re.compile(r"(##\w*)\[|(?<!\S)::")  # what build servers take for orders in any line of a log


def printable(text: str) -> str:
    r"""Return the text with everything that does not simply print shown as an escape.

    Control characters and undecodable bytes become ``\xNN``, bidirectional marks, other formatting
    characters and separators become ``\uNNNN``. Spaces and printable characters of any script stay.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(ord(char)) for char in text)


def inert(text: str) -> str:
    r"""Return printable text that no build server's log reads as an order.

    GitHub's runner obeys a line that begins with `::` after blanks and `##[` anywhere, Azure `##vso[`, TeamCity
    `##teamcity[` (actions/runner, ActionCommand.cs); the sign that starts the order becomes an escape.
    """
    text = printable(text)
    if "##" not in text and "::" not in text:
        return text
    return _LOG_COMMAND.sub(lambda found: f"{found[1]}\\x5b" if found[1] else "\\x3a:", text)


def encoded(text: str) -> bytes:
    """Return the bytes that a text stood for on the disk (PEP 383); in a saved report some stand for none."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def json_text(value: object, *, indent: int | None = None) -> str:
    r"""Return a value as JSON in ASCII, which neither a terminal nor a build server's log can be fooled by.

    Undecodable bytes stay recoverable as escaped lone surrogates; `##[` and its like become `##\u005b`, which
    every JSON reader turns back.
    """
    from json import dumps  # noqa: PLC0415 - only those who write JSON pay

    return _inert_json(dumps(value, indent=indent))


def _inert_json(text: str) -> str:
    if "##" not in text and "\x7f" not in text:
        return text
    return re.sub(r"(##\w*)\[", r"\1\\u005b", text).replace("\x7f", "\\u007f")


def json_pieces(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the text of a value, set as `json_text` sets it with an indent of two.

    What is no list and only iterates becomes an array, of which one item is in memory at a time; such an array may
    stand in dictionaries and in others of its kind.

    Args:
        value: what is written.
        depth: how deep it stands in its document.
    """
    pairs: Iterable[tuple[str, object]]
    if isinstance(value, dict) and not all(isinstance(item, PLAIN) for item in value.values()):
        ends, pairs = "{}", ((json_text(key) + ": ", item) for key, item in value.items())
    elif isinstance(value, PLAIN):
        yield json_text(value, indent=2).replace("\n", "\n" + "  " * depth)  # no string of JSON holds a line break
        return
    else:
        ends, pairs = "[]", (("", item) for item in cast("Iterable[object]", value))
    between = ends[0] + "\n"
    for head, item in pairs:
        yield between + "  " * (depth + 1) + head
        yield from json_pieces(item, depth + 1)
        between = ",\n"
    yield "\n" + "  " * depth + ends[1] if between[0] == "," else ends


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte, PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
