"""No pattern takes time that grows with the square of a text: each is pumped with what its own repetitions match."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import venvdoctor
from venvdoctor.inspection.dependents.place import _ISOLATED
from venvdoctor.inspection.import_statements import STATEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.version_info >= (3, 11):
    from re import _parser as parser
else:
    import sre_parse as parser

LETTERS = [chr(code) for code in range(32, 127)] + ["\t", "\n", "\r", "\x01"]
SIZE = 3000  # characters; four times as many may take eight times as long, and no more
PATIENCE = 0.2  # seconds for one pattern
QUICK = 0.05  # seconds for four times the size, below which nothing is measured
SHORT = {  # what only ever sees names, paths or what the caller typed, and of them a few thousand characters at most
    "extension_names.SUFFIX", "freeze._BARE", "freeze._LOOSE", "freeze._PINNED", "pdm.NAMED", "pip_cache._NAME",
    "pipenv.HASHED", "repair._REQUEST", "conda._SHEBANG", "conda_files._METADATA", "conda_history._DIST",
}  # fmt: skip


def _patterns() -> list[tuple[str, re.Pattern[Any]]]:
    found: dict[int, tuple[str, re.Pattern[Any]]] = {}
    for module in pkgutil.walk_packages(venvdoctor.__path__, "venvdoctor."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                for one in value if isinstance(value, tuple) else (value,):
                    if isinstance(one, re.Pattern):
                        found.setdefault(id(one), (f"{module.name.rpartition('.')[2]}.{name}", one))
    return sorted(found.values(), key=lambda item: item[0])


def _sample(tree: Any, chance: random.Random) -> str:
    """Return a text that a parsed pattern may match."""
    text = ""
    for operator, value in tree:
        kind = str(operator)
        if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            one = re.compile(_class(kind, value), re.DOTALL)
            text += chance.choice([letter for letter in LETTERS if one.fullmatch(letter)] or ["a"])
        elif kind.endswith("_REPEAT"):
            text += "".join(_sample(value[2], chance) for _ in range(max(int(value[0]), chance.choice([0, 1, 1]))))
        elif kind in ("SUBPATTERN", "ATOMIC_GROUP"):
            text += _sample(value[-1] if kind == "SUBPATTERN" else value, chance)
        elif kind == "BRANCH":
            text += _sample(chance.choice(value[1]), chance)
    return text


def _class(kind: str, value: Any) -> str:
    """Return the one-letter part of a pattern as text again."""
    if kind == "ANY":
        return "[^\n]"
    if kind != "IN":
        return f"[{'^' if kind == 'NOT_LITERAL' else ''}{re.escape(chr(value))}]"
    text = ""
    for operator, part in value:
        name = str(operator)
        if name == "NEGATE":
            text = "^" + text
        elif name == "LITERAL":
            text += re.escape(chr(part))
        elif name == "RANGE":
            text += f"{re.escape(chr(part[0]))}-{re.escape(chr(part[1]))}"
        else:
            word = str(part).removeprefix("CATEGORY_")
            text += "\\" + (word[4].upper() if word.startswith("NOT_") else word[0].lower())
    return f"[{text}]"


def _pumps(tree: Any, chance: random.Random, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield, for each repetition without an end, a text that leads to it and one that it repeats."""
    for operator, value in tree:
        kind = str(operator)
        if kind.endswith("_REPEAT"):
            if int(value[1]) >= 100:
                for _ in range(3):
                    pump = _sample(value[2], chance)
                    yield from ((before, pump), ("", pump), ("", before + pump)) if pump else ()
            yield from _pumps(value[2], chance, before)
        elif kind in ("SUBPATTERN", "ATOMIC_GROUP"):
            yield from _pumps(value[-1] if kind == "SUBPATTERN" else value, chance, before)
        elif kind == "BRANCH":
            for branch in value[1]:
                yield from _pumps(branch, chance, before)
        before += _sample([(operator, value)], chance)


def _seconds(search: Callable[[Any], Any], subject: str | bytes) -> float:
    start = time.process_time()
    search(subject)
    return time.process_time() - start


def _grows(name: str, pattern: re.Pattern[Any], before: str, pump: str, after: str) -> bool:
    texts: list[Any] = [before + pump * (size // len(pump)) + after for size in (SIZE, 4 * SIZE)]
    if isinstance(pattern.pattern, bytes):
        texts = [text.encode("latin-1", "replace") for text in texts]
    module, _, own = name.rpartition(".")
    anywhere = re.search(rf"\b{own}\.(?:search|find|sub|split)", _text(module if own[0] == "_" else "*")) is not None
    search = (lambda text: sum(1 for _ in pattern.finditer(text))) if anywhere else pattern.match
    long = _seconds(search, texts[1])
    return long > QUICK and min(long, _seconds(search, texts[1])) > 8 * _seconds(search, texts[0])


@cache
def _text(module: str) -> str:
    """Return the source of the modules of a name."""
    return "".join(path.read_text("utf-8") for path in Path(venvdoctor.__file__).parent.rglob(f"{module}.py"))


def test_no_pattern_is_quadratic() -> None:
    slow = []
    for name, pattern in _patterns():
        chance, end = random.Random(8), time.process_time() + PATIENCE
        tree = parser.parse(pattern.pattern, pattern.flags)
        asked = {(before[-40:], pump) for _ in range(3) for before, pump in _pumps(tree, chance)}
        cases = ((before, pump, after) for before, pump in sorted(asked) for after in ("", "\x01", "\n"))
        for case in cases:
            if name in SHORT or time.process_time() > end:
                break
            if _grows(name, pattern, *case):
                slow.append((name, case))
                break
    assert slow == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (STATEMENT, b"from " + b"N" * (1 << 20)),
        (STATEMENT, b"from a import (\n" * (1 << 16)),
        (_ISOLATED, "\n" * (1 << 20)),
        (_ISOLATED, "include-system-site-packages =" + "\n" * (1 << 20)),
    ],
    ids=["from a long name", "from without an end", "empty lines", "no value"],
)
def test_a_megabyte_takes_no_time(pattern: re.Pattern[Any], text: Any) -> None:
    start = time.process_time()
    assert sum(1 for _ in pattern.finditer(text)) in (0, 1 << 16)
    assert time.process_time() - start < 2
