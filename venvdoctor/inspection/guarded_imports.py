"""Finds the imports that only matter when others fail: handlers, branches for a version, imports by function.

Reads bytes, for every module of an environment: it must be quick, and may find too much. What it finds decides nothing
by itself (inspection/import_run.py does).
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.import_run import first_failure, wanted_of
from venvdoctor.inspection.import_statements import STATEMENT
from venvdoctor.inspection.python_source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.constant_text import Known
    from venvdoctor.inspection.source_imports import Wanted

_MARKS = (b"\ntry:", b"\nif ")
_REST = re.compile(rb"\n(?=[^\s#)\]}])(?!(?:except|else|elif|finally)\b)")  # where the next statement begins
_OUTCOMES = (b"import ", b"exit(", b"raise")  # a handler without them goes on
_GUARDS = (b"ImportError", b"Exception", b"except:")
_NEVER = (b"TYPE_CHECKING", b"__name__")  # conditions that no import meets
_CALLS = (b"import_module(", b"__import__(")
_AT_ONCE = re.compile(rb"\n(?:(?:\w+ = )?(?:importlib\.)?(?:import_module|__import__)\(|for \w+ in )")
STATEMENT_LIMIT = 20_000  # bytes of one compound statement


def guarded(source: bytes, known: Known) -> list[Wanted]:
    """Return what a module may come to import where something fails, and what it imports by function; total."""
    text = b"\n" + source
    found = [wanted for part in _compounds(text) if _matters(part) for wanted in _statements(part)]
    if any(call in source for call in _CALLS) and _AT_ONCE.search(text):
        first_failure(source, found.append, known)
    return found


def tried(source: bytes) -> list[Wanted]:
    """Return what a module imports in `try` statements, whatever they catch: failures of another kind pass; total."""
    return [wanted for part in _compounds(b"\n" + source) for wanted in _statements(part)]


def _compounds(source: bytes) -> Iterator[bytes]:
    """Yield each `try` and `if` at the first column that holds imports, with all its branches."""
    for mark in _MARKS:
        at = source.find(mark)
        while at >= 0:
            end = _REST.search(source, at + 1, at + STATEMENT_LIMIT)
            part = source[at : end.start() if end else at + STATEMENT_LIMIT]
            if b"import " in part:
                yield part
            at = source.find(mark, at + len(mark))


def _matters(part: bytes) -> bool:
    return _may_end_badly(part) if part.startswith(b"\ntry:") else _may_be_met(part)


def _may_end_badly(part: bytes) -> bool:
    """Whether a `try` has branches that fail themselves, or catches too little."""
    ends = [at for word in (b"\nexcept", b"\nelse", b"\nfinally") if (at := part.find(word)) >= 0]
    branches = part[min(ends, default=0) :]
    return any(word in branches for word in _OUTCOMES) or not any(word in branches for word in _GUARDS)


def _may_be_met(part: bytes) -> bool:
    """Whether an `if` is one that importing the module may meet."""
    return b"\nel" in part or not any(word in part.partition(b":")[0] for word in _NEVER)


def _statements(part: bytes) -> list[Wanted]:
    trees = [parse(match[2]) for match in STATEMENT.finditer(part)]
    nodes = [node for tree in trees if tree for node in tree.body]
    return [wanted for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for wanted in wanted_of(node)]
