"""Reads which environment an activate script names, in every shell's dialect; nothing is evaluated.

Sources: CPython Lib/venv/scripts (3.6 to 3.14: quoted, `cygpath`, shlex-quoted), virtualenv's activators, uv.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LINE_LIMIT = 1 << 14  # characters: four times the longest path; shlex needs the square of a word's length
_PLACES = (
    r"(?:export\s+)?VIRTUAL_ENV=(?P<sh>.+)",
    r"setenv\s+VIRTUAL_ENV\s+(?P<csh>.+)",
    r"set\s+-gx\s+VIRTUAL_ENV\s+(?P<fish>.+)",
    r"(?:let|const)\s+virtual_env\s*=\s*(?P<nu>.+)",
    r'@?set\s+"?VIRTUAL_ENV=(?P<bat>[^"\r\n]+)"?',
    r'@?for\s+%%\w\s+in\s+\("(?P<uvbat>[^"]+)"\)\s+do\s+@?set\s+"VIRTUAL_ENV=.*',
    r"self\.embedded_virtual_env\s*=\s*(?P<xsh>.+)",
)
_LINE = re.compile(r"^\s*(?:" + "|".join(_PLACES) + r")\s*$", re.IGNORECASE)
_COMPUTED = re.compile(r"\$[({]|\$[A-Za-z_]|`|%~|^\(|__file__|status -f")
_FALLBACK = re.compile(r"VIRTUAL_ENV=\"?\$\{?CURRENT_ENV")


class Named(NamedTuple):
    """What an activate file says.

    Attributes:
        path: the environment that is written into it, `""` when it computes its own place.
        computed: it finds its place by itself, always.
        fallback: it finds its place by itself when the written one is gone (virtualenv since 20.31).
    """

    path: str = ""
    computed: bool = False
    fallback: bool = False


def parse_activate(text: str) -> Named | None:
    """Return what an activate file names, None when it names nothing."""
    computed = False
    fallback = bool(_FALLBACK.search(text))
    for line in text.splitlines():
        match = _LINE.match(line) if len(line) <= LINE_LIMIT else None
        if match is None:
            continue
        written = next(part for part in match.groups() if part is not None).strip()
        batch = match.group("bat") or match.group("uvbat")  # cmd.exe knows no escapes
        value = batch or (_literal(written) if match.group("xsh") else _unquote(written))
        if value.startswith("/") or re.match(r"[A-Za-z]:[\\/]", value):
            return Named(value, fallback=fallback)
        computed = computed or bool(_COMPUTED.search(value))
    return Named(computed=True) if computed else None


def _literal(text: str) -> str:
    """Return what a Python literal stands for (virtualenv writes `repr()`, all but ASCII escaped), else the text."""
    from ast import literal_eval  # noqa: PLC0415 - only for xonsh

    try:
        value = literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return _unquote(text)
    return value if isinstance(value, str) else text


def _unquote(text: str) -> str:
    """Return the one word of a shell, nu or Python literal; a computed one is returned as it stands."""
    raw = re.match(r"r(#+)'(.*)'\1$", text)  # nu's raw strings
    if raw:
        return raw.group(2)
    if re.match(r"[A-Za-z]:[\\/]", text):
        return text.rstrip('"')
    literal = re.fullmatch(r"'([^']*)'", text)
    if literal:
        return literal.group(1)
    if _COMPUTED.search(text):
        return text
    from shlex import split  # noqa: PLC0415 - only where there is an activate file

    try:
        words = split(text, comments=False)
    except ValueError:
        return text
    return words[0] if len(words) == 1 else text
