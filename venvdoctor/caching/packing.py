"""Looks and what was seen, packed for a later run to ask again (`kept.holds`).

A look that another one implies is left out: whoever asks for a file's content knows its status. What could not be
told from a later answer (a look that had two answers, a name with a NUL) makes a pack impossible.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from venvdoctor.caching import kept
from venvdoctor.view import PSEUDO_ROOTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvdoctor.caching.recorder import Look, Signature

DENIED = 13  # EACCES: what a view says of every pseudo file system, whatever it holds


def pack(looks: Mapping[Look, Signature]) -> bytes | None:
    """Return looks as one block; None where they cannot be held to anything later."""
    sections: list[dict[bytes, tuple[int, ...]]] = [{} for _ in kept.WANTED]
    texts: list[bytes] = []
    for (kind, path), said in looks.items():
        name = os.fsencode(path)
        if b"\0" in name:
            return None
        if kind not in "dfsl":
            text = os.fsencode(said) if isinstance(said, str) else b"!%d" % -said[0]
            look = kind.encode()
            if b"\0" in text or (kind == "p" and kept.text_now(look, name, {}) != text):
                return None  # the two ways to resolve a path differ in what hardly any path has: 40 links
            texts += [look + name, text]
        elif isinstance(said, str):
            return None
        elif not (said == (-DENIED,) and path.startswith(PSEUDO_ROOTS)):
            section, answer = _section(kind, said)
            sections[section][name] = answer
    _fold(sections)
    sums = b"".join(map(kept.sum_of, _pieces(sections)))
    counts = b"".join(len(section).to_bytes(kept.WORD, sys.byteorder) for section in sections)
    names = b"".join(name + b"\0" for section in sections for name in section)
    return kept.joined([counts, sums, names, b"".join(text + b"\0" for text in texts)])


def _pieces(sections: list[dict[bytes, tuple[int, ...]]]) -> Iterator[list[int]]:
    """Yield the answers of each kind as numbers, as many looks at a time as `kept` asks."""
    for section in sections:
        answers = list(section.values())
        for place in range(0, len(answers), kept.PIECE):
            yield [number for said in answers[place : place + kept.PIECE] for number in said]


def _section(kind: str, said: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the section that a look belongs to, and its answer there."""
    link = kind == "l"
    if len(said) == 1:
        return (kept.LINK_FAILED if link else kept.FAILED), (-said[0],)
    if kind in "df":
        return kept.CONTENT, said
    if stat.S_ISREG(said[0]):
        return (kept.LINK_FILE if link else kept.FILE), said
    return (kept.LINK_OTHER if link else kept.OTHER), said


def _fold(sections: list[dict[bytes, tuple[int, ...]]]) -> None:
    """Drop what a look at content says as well."""
    for name, said in sections[kept.CONTENT].items():
        if sections[kept.FILE].get(name) == said[:7]:
            del sections[kept.FILE][name]
        elif sections[kept.OTHER].get(name) == tuple(said[number] for number in kept.PLACE):
            del sections[kept.OTHER][name]
