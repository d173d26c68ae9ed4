"""The commands, known without importing one: the folder is the list, a file's first line is its summary."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = "venvdoctor.cli"
FIRST = (
    "scan",
    "show",
    "fix",
    "undo",
    "predict",
    "snapshot",
    "freeze",
    "interpreters",
    "rules",
    "explain",
    "report",
    "hook",
)


def names() -> list[str]:
    """Return the names of all commands: those of daily use first, then the rest by alphabet."""
    from venvdoctor.registry import member_names  # noqa: PLC0415 - not needed to run one command

    found = [name.replace("_", "-") for name in member_names(PACKAGE)]
    return sorted(found, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))


def summary(name: str) -> str:
    """Return the first line of a command's file, without its full stop, without importing it."""
    from importlib.util import find_spec  # noqa: PLC0415

    spec = find_spec(f"{PACKAGE}.{_module(name)}")
    loader: Any = spec.loader if spec else None
    text = loader.get_source(f"{PACKAGE}.{_module(name)}") if hasattr(loader, "get_source") else None
    if text is None:  # compiled only, as in venvdoctor.pyz: a module's first constant is its docstring
        code = loader.get_code(f"{PACKAGE}.{_module(name)}") if hasattr(loader, "get_code") else None
        text = str(code.co_consts[0]) if code else ""
    line = text.strip().partition("\n")[0]
    words = line.strip().strip('"').rstrip(".")
    return words[:1].upper() + words[1:]


def load(name: str) -> ModuleType:
    """Import one command's file."""
    return import_module(f"{PACKAGE}.{_module(name)}")


def _module(name: str) -> str:
    return name.replace("-", "_")
