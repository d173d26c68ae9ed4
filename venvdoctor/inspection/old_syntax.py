"""What every Python 3 refuses in a module that was written for Python 2: statements that are gone, tabs among spaces.

Looked for only in projects that do not ask for Python 3, and parsed only where something looks like it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from venvdoctor.inspection.python_source import error_of

if TYPE_CHECKING:
    from collections.abc import Collection

_ASKS_FOR_3 = re.compile(r"(?:>=?|==|~=)\s*3")
_HINTS = tuple(map(re.compile, (rb"print[ \t]+[\w\"']", rb"except [\w.(), \t]+,", rb"raise [\w.]+[ \t]*,")))
_STATEMENT = re.compile(
    rb"\n[ \t]*(?:print[ \t]+(?:[\"']|[\w.]+[ \t]*(?:[\r\n,%(\[+]))"
    rb"|(?:except|raise)[ \t]+(?:[\w.]+|\([\w., \t]+\))[ \t]*,)"
)
_EVER = ("Missing parentheses in call to ",)  # what no later version takes either
_KEYWORDS = (3, 7)  # since then `async` and `await` are no names, and no later version took syntax away


def may_be_old(requires_python: str | None) -> bool:
    """Whether a project may be for Python 2: its Requires-Python names no 3."""
    return not _ASKS_FOR_3.search(requires_python or "")


def old_syntax(source: bytes, version: Collection[int] | None) -> str:
    """Return the exception that a Python 3 surely raises for the syntax of a module, "" for none; total.

    Args:
        source: its text.
        version: of the interpreter; where it is later than the one that runs this, only some errors tell anything.
    """
    mixed = b"\n\t" in source and b"\n " in source
    hinted = any(hint.search(source) for hint in _HINTS)
    if version is None or not (mixed or (hinted and _STATEMENT.search(b"\n" + source))):
        return ""
    error = error_of(source)
    if error is None:
        return ""
    covered = _KEYWORDS <= tuple(version) <= sys.version_info[:2]  # what this one refuses, that one does
    sure = covered or isinstance(error, TabError) or str(error).startswith(_EVER)
    return type(error).__name__ if sure else ""
