"""Text from the disk, made safe to print: nothing in a name may move the cursor, forge a line or hide itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def json_array(items: Iterable[object], depth: int = 0) -> Iterator[str]:
    """Yield the text of a JSON array, set as `json_text` sets it with an indent of two, one item in memory at a time.

    Args:
        items: its values.
        depth: how deep the array stands in its document.
    """
    pad, between = "  " * (depth + 1), "[\n"
    for item in items:  # no string of JSON holds a line break, so each one is between values
        yield between + pad + json_text(item, indent=2).replace("\n", "\n" + pad)
        between = ",\n"
    yield "[]" if between == "[\n" else "\n" + "  " * depth + "]"


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte, PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
