"""Finds the imports that only matter when others fail: handlers, branches for a version, imports by function.

Reads bytes, for every module of an environment: it must be quick, and may find too much. What it finds decides nothing
by itself (inspection/import_run.py does).
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.import_run import Oracle, first_failure, wanted_of
from venvdoctor.inspection.import_search import MAX_LINES
from venvdoctor.inspection.import_statements import STATEMENT
from venvdoctor.inspection.python_source import parse
from venvdoctor.inspection.top_level import without_functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvdoctor.inspection.constant_text import Known
    from venvdoctor.inspection.source_imports import Wanted

_REST = re.compile(rb"\n(?=[^\s#)\]}])(?!(?:except|else|elif|finally)\b)")  # where the next statement begins
_OUTCOMES = (b"import ", b"exit(", b"raise")  # a handler without them goes on
_GUARDS = (b"ImportError", b"Exception", b"except:")
# conditions that no import meets
_NEVER = re.compile(
    rb"\nif \(?(?:\w+\.)?(?:TYPE_CHECKING(?:\)?[ \t]*:| and (?![^\n]* or ))|__name__ == ['\"]__main__['\"][ \t]*:)"
)
_CALLS = (b"import_module(", b"__import__(")
_AT_ONCE = re.compile(rb"\n(?:(?:\w+ = )?(?:importlib\.)?(?:import_module|__import__)\(|for \w+ in )")
STATEMENT_LIMIT = 20_000  # bytes of one compound statement


class _Gathered(Oracle):
    """Notes what is imported, and lets everything go well."""

    def __init__(self, found: list[Wanted]) -> None:
        self._found = found

    def imported(self, wanted: Wanted) -> None:
        self._found.append(wanted)


class Guarded:
    """Reads such imports of many sources; a statement that stands in many is parsed once."""

    def __init__(self) -> None:
        self._kept: dict[bytes, list[Wanted]] = {}

    def of(
        self, source: bytes, compounds: Sequence[int], known: Callable[[], Known], *, every: bool = False
    ) -> list[Wanted]:
        """Return what a module may come to import where something fails, and what it imports by function; total.

        Args:
            source: its text.
            compounds: where compound statements begin in it, as inspection/import_search.py finds them.
            known: what is known when it begins to run.
            every: also what a module is prepared to do without.
        """
        found: list[Wanted] = []
        for part in _compounds(source, compounds):
            if every or not part.startswith(b"\ntry:") or _may_end_badly(part):
                found += self._statements(_met(part))
        if _calls(source) and _AT_ONCE.search(b"\n" + source) and _calls(top := without_functions(source)):
            first_failure(top, _Gathered(found), known(), whole=True)
        return found

    def tried(self, source: bytes, compounds: Sequence[int]) -> list[Wanted]:
        """Return what a module imports in `try` statements, whatever they catch: other failures pass; total."""
        return [wanted for part in _compounds(source, compounds) for wanted in self._statements(_met(part))]

    def _statements(self, part: bytes) -> Iterator[Wanted]:
        for match in STATEMENT.finditer(part):
            text = match[2]
            known = self._kept.get(text)
            if known is None:
                known = _parsed(text)
                if len(self._kept) < MAX_LINES:
                    self._kept[text] = known
            yield from known


def _calls(source: bytes) -> bool:
    return b"import_" in source and any(call in source for call in _CALLS)


def _compounds(source: bytes, places: Sequence[int]) -> Iterator[bytes]:
    """Yield each `try`, `if` and `with` at the first column that holds imports, with all its branches."""
    for at in places:
        end = _REST.search(source, at + 1, at + STATEMENT_LIMIT)
        part = b"\n" + source[at + 1 : end.start() if end else at + STATEMENT_LIMIT]
        if b"import " in part:
            yield part


def _may_end_badly(part: bytes) -> bool:
    """Whether a `try` has branches that fail themselves, or catches too little."""
    ends = [at for word in (b"\nexcept", b"\nelse", b"\nfinally") if (at := part.find(word)) >= 0]
    branches = part[min(ends, default=0) :]
    return any(word in branches for word in _OUTCOMES) or not any(word in branches for word in _GUARDS)


def _met(part: bytes) -> bytes:
    """Return what of a statement running the module may meet: not what only type checkers read."""
    never = _NEVER.match(part)
    other = part.find(b"\nel", never.end() - 1) if never else 0
    return part[other:] if other >= 0 else b""


def _parsed(text: bytes) -> list[Wanted]:
    tree = parse(text)
    nodes = tree.body if tree else []
    return [wanted for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for wanted in wanted_of(node)]
