"""The folder is the registry: every module of a plural folder is a member, and no list is kept by hand.

A member is the module-level object that a folder's modules all define under one name: `rule` in
`rules/`, `source` in `sources/`, `fixer` in `fixers/`, `format` in `formats/`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def member_names(package: str) -> list[str]:
    """Return the module names of a folder in alphabetical order, without importing them."""
    path = import_module(package).__path__
    try:
        found = {name.partition(".")[0] for name in os.listdir(path[0]) if name.endswith((".py", ".pyc"))}
    except OSError:  # in an archive
        from pkgutil import iter_modules  # noqa: PLC0415 - it imports the parser

        found = {module.name for module in iter_modules(path)}
    return sorted(name for name in found if not name.startswith("_"))


def members(package: str, attribute: str) -> list[Any]:
    """Import every module of a folder and return its member, ordered by module name.

    Raises:
        AttributeError: a module of the folder defines no such member.
    """
    return [getattr(import_module(f"{package}.{name}"), attribute) for name in member_names(package)]
