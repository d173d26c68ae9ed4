"""Text from the disk, made safe to print: nothing in a name may move the cursor, forge a line or hide itself."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return the text with everything that does not simply print shown as an escape.

    Control characters and undecodable bytes become ``\xNN``, bidirectional marks, other formatting
    characters and separators become ``\uNNNN``. Spaces and printable characters of any script stay.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(ord(char)) for char in text)


def recoverable(text: str) -> str:
    r"""Return printable text from which the original can be read back: backslashes are doubled where escapes occur."""
    return text if text.isprintable() else printable(text.replace("\\", "\\\\"))


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte, PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
