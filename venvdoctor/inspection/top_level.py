"""Takes out of a source what no import fails in, functions first: what is left of its top level parses much faster.

Lines are told by their indentation. A function that holds half of a triple-quoted string stays; where strings mislead
all the same, the rest does not parse, or seems to fail: then the whole source is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Match

_FUNCTION = re.compile(
    rb"\n([ \t]*)(?:async )?def [^\n]*"
    rb"(?:\n(?:\1[ \t]+[^\s][^\n]*|[ \t\r]*(?=\n)|[ \t]*#[^\n]*|\1[)\]}][^\n]*))*"
)
_STATEMENT = re.compile(
    rb"\n((?:import|from|try|if|for|with|class|raise)\b[^\n]*"
    rb"(?:\n(?:(?:[ \t#)\]}]|(?:except|else|elif|finally)\b)[^\n]*|\r?(?=\n)))*)"
)
_QUOTES = (b'"""', b"'''")


def without_functions(source: bytes) -> bytes:
    """Return a source whose functions do nothing; total."""
    return _FUNCTION.sub(_emptied, b"\n" + source)


def that_may_fail(source: bytes) -> bytes | None:
    """Return the statements of a source's first column that import or raise something, functions emptied; total.

    None: one of them holds half of a triple-quoted string, or stands on a line with another one.
    """
    if b"; import" in source or b"; from" in source:
        return None
    found = [text for text in _STATEMENT.findall(b"\n" + source) if b"import" in text or b"raise" in text]
    if any(text.count(quotes) % 2 for text in found for quotes in _QUOTES):
        return None
    return without_functions(b"\n".join(found))


def _emptied(match: Match[bytes]) -> bytes:
    text = match[0]
    if any(text.count(quotes) % 2 for quotes in _QUOTES):
        return text
    return b"\n" + match[1] + b"def _(): pass"
