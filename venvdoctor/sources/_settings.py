"""Managers' settings files, as far as they say where environments are; a broken file says nothing."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from venvdoctor.view import View

LIMIT = 1 << 20  # bytes; settings files have some hundred


def read_text(view: View, path: str) -> str:
    """Return the text of a settings file, empty when it cannot be read."""
    try:
        return view.read(path, LIMIT).decode("utf-8", "replace").lstrip("\ufeff")
    except (OSError, ValueError):
        return ""


def read_toml(view: View, path: str) -> dict[str, Any]:
    """Return a TOML file's tables; empty when it is missing, unreadable or no TOML."""
    text = read_text(view, path)
    if not text.strip():
        return {}
    reader = _toml_reader()
    if reader is None:
        return {}
    try:
        found: dict[str, Any] = reader.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found


def _toml_reader() -> ModuleType | None:
    """Return the standard library's reader, or its ancestor below Python 3.11."""
    try:
        return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ImportError:
        return None


def value_at(tables: dict[str, Any], *keys: str) -> str | None:
    """Return the text below nested keys, None when anything else stands there."""
    found: Any = tables
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found else None


def yaml_list(text: str, key: str) -> list[str]:
    """Return the items of a top-level list in a YAML file, in block or flow style, without comments and quotes.

    It reads what conda writes and its documentation shows (`envs_dirs:` with `- path` lines); no YAML beyond that.
    """
    match = re.search(rf"(?m)^{re.escape(key)}[ \t]*:[ \t]*(.*)$", text)
    if match is None:
        return []
    if match[1].strip().startswith("["):
        inner = text[match.start(1) :].split("]", 1)[0]
        return [item for part in inner.strip().lstrip("[").split(",") if (item := _scalar(part))]
    items: list[str] = []
    for line in text[match.end() :].splitlines():
        stripped = line.strip()
        if stripped.startswith("- "):
            items.append(_scalar(stripped[2:]))
        elif stripped and not stripped.startswith("#"):
            break
    return [item for item in items if item]


def _scalar(text: str) -> str:
    text = re.sub(r"(?:^|\s)#.*", "", text).strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
