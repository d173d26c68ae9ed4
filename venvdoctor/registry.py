"""The folder is the registry: every module of a plural folder is a member, and no list is kept by hand.

A member is the module-level object that a folder's modules all define under one name: `rule` in
`rules/`, `source` in `sources/`, `fixer` in `fixers/`, `format` in `formats/`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def member_names(package: str) -> list[str]:
    """Return the module names of a folder in alphabetical order, without importing them."""
    path = import_module(package).__path__
    return sorted(module.name for module in iter_modules(path) if not module.name.startswith("_"))


def members(package: str, attribute: str) -> list[Any]:
    """Import every module of a folder and return its member, ordered by module name.

    Raises:
        AttributeError: a module of the folder defines no such member.
    """
    return [getattr(import_module(f"{package}.{name}"), attribute) for name in member_names(package)]
