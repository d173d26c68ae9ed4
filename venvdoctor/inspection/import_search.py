"""Finds what sources import by searching bytes: one pass over each sees everything that is looked for in it.

Cheap enough for every module of an environment; it may take a line of a docstring for a statement.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.source_imports import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_LINES = 50_000  # lines that are remembered
COMPOUNDS = (b"\ntry:", b"\nif ", b"\nwith ")  # statements whose branches depend on what is there

FIRST = (b"import ", b"from ", *(text[1:] for text in COMPOUNDS))


class Seen(NamedTuple):
    """What one source holds at the first column of its lines.

    Attributes:
        imports: what its statements import, plain ones before those that take names.
        others: which of the other texts begin a line of it.
        compounds: where each of the `COMPOUNDS` begins, in their order: the line break before it, -1 for none.
    """

    imports: list[Wanted]
    others: list[bytes]
    compounds: list[int]


class Search:
    """Finds what statements at the first column of sources import; a line that stands in many is read once.

    Args:
        wanted: whether anybody asks for imports of an absolute module; what nobody asks for is left out.
        others: other texts to look for, each a line break and the beginning of a line.
    """

    def __init__(self, wanted: Callable[[str], bool] = bool, others: Iterable[bytes] = ()) -> None:
        self._wanted = wanted
        self._kept: dict[bytes, tuple[Wanted, ...]] = {}
        beginnings = b"|".join(re.escape(text[1:]) for text in (*COMPOUNDS, *others))
        self._pattern = re.compile(rb"\n(?:import [^\n]*|from [^\n]*|" + beginnings + rb")")

    def of(self, source: bytes) -> Seen:
        """Return what a source holds; total."""
        plain: list[Wanted] = []
        taking: list[Wanted] = []
        others: dict[bytes, list[int]] = {}
        if source.startswith(FIRST):
            self._first(source, plain, others)
        for match in self._pattern.finditer(source):
            line = match[0]
            known = self._kept.get(line)
            if known is None:
                if not line.startswith((b"\nimport ", b"\nfrom ")):
                    others.setdefault(line, []).append(match.start())
                    continue
                known = self._at(source, match.start() + 1, match.end())
            if known:
                (plain if line.startswith(b"\ni") else taking).extend(known)
        plain += taking
        if not others:
            return Seen(plain, [], [])
        if COMPOUNDS[0] in others:
            self._tried(source, plain)
        return Seen(plain, list(others), [at for text in COMPOUNDS for at in others.get(text, ())])

    def _first(self, source: bytes, found: list[Wanted], others: dict[bytes, list[int]]) -> None:
        """Read a first line, which no line break precedes."""
        if source.startswith((b"import ", b"from ")):
            found += self._at(source, 0, source.find(b"\n"))
        else:
            others[next(text for text in COMPOUNDS if source.startswith(text[1:]))] = [-1]

    def _tried(self, source: bytes, found: list[Wanted]) -> None:
        """Read the statements of a `try` at the first column whose handler raises again: numpy words its failure so."""
        at = source.find(b"\ntry:")
        while at >= 0:
            end = source.find(b"\nexcept", at)
            if end < 0:
                return
            if source.find(b"raise", end, end + 4000) >= 0:
                for marker in (b"\n    import ", b"\n    from "):
                    line = source.find(marker, at, end)
                    while line >= 0:
                        found += self._at(source, line + 5, source.find(b"\n", line + 6))
                        line = source.find(marker, line + 6, end)
            at = source.find(b"\ntry:", end)

    def _at(self, source: bytes, start: int, end: int) -> tuple[Wanted, ...]:
        """Read the statement whose first line lies between two places."""
        line = source[start:] if end < 0 else source[start:end]
        found = self._kept.get(b"\n" + line)
        if found is None:
            module = (line[5:].split(None, 1) or [b""])[0].decode("latin-1")
            told = line.startswith((b"import ", b"from .")) or self._wanted(module)
            whole = _whole(source, start, line) if told else line
            found = tuple(item for item in _parse(whole) if item.level or self._wanted(item.module)) if told else ()
            if whole is line and len(self._kept) < MAX_LINES:
                self._kept[b"\n" + line] = found
        return found


def quick(source: bytes) -> list[Wanted]:
    """Return what statements at the first column import, docstrings perhaps included; total."""
    return Search().of(source).imports


def _whole(source: bytes, start: int, line: bytes) -> bytes:
    """Return the statement that begins with a line, on one line."""
    if b"(" in line and b")" not in line:
        close = source.find(b")", start, start + 20_000)
        text = source[start:close] if close > 0 else line
        return b" ".join(part.partition(b"#")[0] for part in text.split(b"\n"))
    if line.rstrip().endswith(b"\\"):
        close = source.find(b"\n\n", start, start + 4000)
        text = source[start:close] if close > 0 else source[start : start + 4000]
        return text.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").partition(b"\n")[0]
    return line


def _parse(line: bytes) -> list[Wanted]:
    """Return the imports of a statement that stands on one line."""
    text = line.partition(b"#")[0].partition(b";")[0].decode("utf-8", "replace")
    if text.startswith("import "):
        parts = [part.split() for part in text[7:].split(",")]
        return [Wanted(words[0]) for words in parts if words and _is_dotted(words[0])]
    head, separator, tail = text[5:].partition(" import")
    module = head.strip()
    bare = module.lstrip(".")
    if not separator or not (_is_dotted(module) or not bare):
        return []
    names = tuple(words[0] for part in tail.strip(" ()\t\r").split(",") if (words := part.split()))
    return [Wanted(bare, len(module) - len(bare), names or ("*",))]


def _is_dotted(module: str) -> bool:
    return module.replace(".", "").replace("_", "a").isalnum()
