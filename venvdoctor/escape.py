"""Text from the disk, made safe to print: nothing in a name may move the cursor, forge a line or hide itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def json_text(value: object, *, indent: int | None = None) -> str:
    r"""Return a value as JSON in ASCII, which neither a terminal nor a build server's log can be fooled by.

    Undecodable bytes stay recoverable as escaped lone surrogates; `##[` and its like become `##\u005b`, which
    every JSON reader turns back.
    """
    from json import dumps  # noqa: PLC0415 - only those who write JSON pay

    return _inert_json(dumps(value, indent=indent))


def json_pieces(value: object, *, indent: int) -> Iterator[str]:
    """Yield the same text in pieces, so that no large one is ever held as a whole."""
    from json import JSONEncoder  # noqa: PLC0415

    pieces: list[str] = []
    for number, piece in enumerate(JSONEncoder(indent=indent).iterencode(value)):  # a string is never divided
        pieces.append(piece)
        if number % 4096 == 4095:
            yield _inert_json("".join(pieces))
            pieces.clear()
    yield _inert_json("".join(pieces))


def _inert_json(text: str) -> str:
    if "##" not in text and "\x7f" not in text:
        return text
    return re.sub(r"(##\w*)\[", r"\1\\u005b", text).replace("\x7f", "\\u007f")


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte, PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
