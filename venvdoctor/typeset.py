"""How text is set for a person: wrapped to the width, coloured where wanted, in ASCII where nothing else shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.escape import encoded, inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.format import Look

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_ASCII = {
    "✗": "x",
    "✓": "+",
    "→": "->",
    "·": "-",
    "…": "...",
    "├": "|",
    "└": "`",
    "─": "-",
    "│": "|",
    "▲": "^",
    "●": "*",
}
_MARKS = {"broken": ("✗", "red"), "degraded": ("!", "yellow"), "unknown": ("?", "magenta"), "healthy": ("✓", "green")}
_LEVELS = {"error": "red", "warning": "yellow", "note": "cyan"}

LABEL = 18  # columns that labels share; a longer one stands on a line of its own
NARROW = 60  # columns; where there are fewer, what hangs below a lead begins further to the left


class Page:
    """Sets lines of text for one look; every text that comes from a disk goes through `safe` first."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def paint(self, text: str, *styles: str) -> str:
        """Return the text in a colour or weight, when colours are wanted."""
        if not self.look.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def plain(self, text: str) -> str:
        """Return our own text with its signs replaced where the stream cannot show them."""
        if self.look.unicode:
            return text
        for sign, other in _ASCII.items():
            text = text.replace(sign, other)
        return text

    def mark(self, status: str) -> str:
        """Return the sign of an environment's status, coloured."""
        sign, colour = _MARKS.get(status, ("?", "magenta"))
        return self.paint(self.plain(sign), colour, "bold")

    def status(self, status: str, width: int = 0) -> str:
        """Return the word of an environment's status, coloured and padded."""
        return self.paint(status, _MARKS.get(status, ("", "magenta"))[1]) + " " * (width - len(status))

    def level(self, severity: str, width: int = 0) -> str:
        """Return the word of a severity, coloured and padded."""
        return self.paint(severity, _LEVELS.get(severity, "cyan")) + " " * (width - len(severity))

    def command(self, text: str) -> str:
        """Return a command as it can be typed: the single file is not called `venvdoctor`."""
        word, space, rest = text.partition(" ")
        return self.look.program + space + rest if word == "venvdoctor" else text

    def heading(self, text: str) -> str:
        """Return a section's heading."""
        return self.paint(text, "bold")

    def wrap(self, text: str, *, indent: int, first: int | None = None) -> Iterator[str]:
        """Yield the lines of a paragraph; paths are never cut, so they can be copied.

        Args:
            text: words that are already safe.
            indent: columns before every line but the first.
            first: columns that are already used on the first line (it is yielded without them); None: indented as well.
        """
        room = self.look.width
        line, used = "", indent if first is None else first
        prefix = " " * indent if first is None else ""
        for word in text.split(" "):
            if line and used + len(line) + 1 + len(word) > room:
                yield prefix + line
                line, used, prefix = word, indent, " " * indent
            else:
                line = f"{line} {word}" if line else word
        yield prefix + line

    def hang(self, columns: int) -> int:
        """Return where that begins which hangs below so wide a lead."""
        return columns if self.look.width >= NARROW or columns <= 10 else 8

    def item(self, lead: str, lead_width: int, text: str) -> Iterator[str]:
        """Yield a paragraph that hangs below its first line's lead."""
        lines = self.wrap(text, indent=self.hang(lead_width), first=lead_width)
        yield lead + next(lines)
        yield from lines

    def columns(self, rows: Iterable[tuple[str, str]], *, indent: int) -> Iterator[str]:
        """Yield label and text pairs, the texts aligned and wrapped."""
        pairs = list(rows)
        width = min(max((len(label) for label, _ in pairs), default=0), LABEL if self.look.width >= NARROW else 0)
        for label, text in pairs:
            if len(label) > width:
                yield " " * indent + self.paint(label, "dim")
            lead = " " * indent + self.paint(label, "dim") + " " * (width - len(label) + 2)
            yield from self.item(lead if len(label) <= width else " " * (indent + width + 2), indent + width + 2, text)


def safe(text: object) -> str:
    """Return a text from the disk with nothing in it that could move the cursor or forge a line."""
    return inert(str(text))


def quote(path: str) -> str:
    """Return a path as a shell takes it, on one line."""
    if inert(path) == path:
        from shlex import quote as shell_quote  # noqa: PLC0415 - only where a command is shown

        return shell_quote(path)
    kept = [char if char.isprintable() and char not in "'\\[:" else _bytes(char) for char in path]
    return f"$'{''.join(kept)}'"  # bash, zsh, ksh and POSIX 2024 read it


def _bytes(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in encoded(char))


def number(count: int, one: str, many: str = "") -> str:
    """Return `1 environment`, `2 environments`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
