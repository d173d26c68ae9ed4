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

_MARKS = (b"\ntry:", b"\nif sys.", b"\nif six.", b"\nif PY")
_REST = re.compile(rb"\n(?=[^\s#)\]}])(?!(?:except|else|elif|finally)\b)")  # where the next statement begins
_OUTCOMES = (b"import ", b"exit(")  # a handler without them goes on, or raises again, which others look for
_CALLS = (b"import_module(", b"__import__(")
_AT_ONCE = re.compile(rb"\n(?:(?:\w+ = )?(?:importlib\.)?(?:import_module|__import__)\(|for \w+ in )")
STATEMENT_LIMIT = 20_000  # bytes of one compound statement


def guarded(source: bytes, known: Known) -> list[Wanted]:
    """Return what a module may come to import where something fails, and what it imports by function; total."""
    found = [wanted for part in _compounds(source) for wanted in _statements(part)]
    if any(call in source for call in _CALLS) and _AT_ONCE.search(source):
        first_failure(source, found.append, known)
    return found


def _compounds(source: bytes) -> Iterator[bytes]:
    """Yield the statements at the first column whose branches may all fail."""
    for mark in _MARKS:
        at = source.find(mark)
        while at >= 0:
            end = _REST.search(source, at + 1, at + STATEMENT_LIMIT)
            part = source[at : end.start() if end else at + STATEMENT_LIMIT]
            branch = max(part.find(b"\nexcept"), part.find(b"\nel"), 0 if mark != b"\ntry:" else -1)
            if branch >= 0 and any(word in part[branch:] for word in _OUTCOMES):
                yield part
            at = source.find(mark, at + len(mark))


def _statements(part: bytes) -> list[Wanted]:
    trees = [parse(match[2]) for match in STATEMENT.finditer(part)]
    nodes = [node for tree in trees if tree for node in tree.body]
    return [wanted for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for wanted in wanted_of(node)]
