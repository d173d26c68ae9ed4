"""Parses what may be Python, and only what this parser gets through in bounded time and memory.

CPython's parser joins the parts of a dotted import anew for each part, searches an f-string from its start for each of
its fields, makes up to 2 KiB of objects for two characters (`a;`), and up to 3.10 it overflows its stack in a chain
of 100 000 operators: a megabyte made for it takes hours or gigabytes, or ends the process. Among 70 000 modules of
PyPI's most used packages none of up to 2 MiB is beyond the limits here; what is, is left undecided.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings

SOURCE_LIMIT = 2 << 20  # bytes
PIECES_LIMIT = 100_000  # separators; altair's generated schema has 96 000
CHAIN_LIMIT = 70_000  # operators; sympy and altair have modules of 57 000
FIELDS_LIMIT = 10_000  # opening braces
DOTS_LIMIT = 1_000  # in one line that may import
_BRACKETS = rb"\[(?:[^\[\]\n]|\[[^\[\]\n]*\]){1,400}\]"
_PARAMETERS = re.compile(rb"(?m)^([ \t]*(?:async def|def|class) \w+)" + _BRACKETS)
_ALIAS = re.compile(rb"(?m)^([ \t]*)type (\w+)(?:" + _BRACKETS + rb")? *=")
_SEPARATORS = (b";", b",", b"(", b"[", b"{", b"@", b"<", b":", b"\n")
_OPERATORS = (b"+", b"-", b"*", b"/", b".", b"|", b"&", b"%", b"^", b"=", b"(", b"[")


def parse(source: bytes | str) -> ast.Module | None:
    """Return the tree of a module; None for what this interpreter cannot parse, or not cheaply. Total.

    Type parameters and aliases (PEP 695) are taken out where this parser does not know them.
    """
    data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if not _is_bounded(data):
        return None
    tree = _parsed(source)
    if tree is None and sys.version_info < (3, 12):
        plain = _ALIAS.sub(rb"\1\2 =", _PARAMETERS.sub(rb"\1", data))
        return _parsed(plain) if plain != data else None
    return tree


def error_of(source: bytes) -> SyntaxError | None:
    """Return why this interpreter refuses a module; None where it does not, or nobody asks it (total)."""
    try:
        if _is_bounded(source):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(source)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        pass
    return None


def _parsed(source: bytes | str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package's invalid escapes are not our user's news
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_bounded(data: bytes) -> bool:
    if len(data) > SOURCE_LIMIT or data.count(b"{") > FIELDS_LIMIT:
        return False
    if len(data) > CHAIN_LIMIT and (
        sum(map(data.count, _SEPARATORS)) > PIECES_LIMIT or sum(map(data.count, _OPERATORS)) > CHAIN_LIMIT
    ):
        return False
    if data.count(b".") <= DOTS_LIMIT:
        return True
    lines = data.replace(b"\\\r\n", b"").replace(b"\\\n", b"").splitlines()
    return not any(line.count(b".") > DOTS_LIMIT and b"import" in line for line in lines if len(line) > DOTS_LIMIT)
