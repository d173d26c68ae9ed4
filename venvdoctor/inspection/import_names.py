"""The names that a user imports from a distribution: by RECORD, else by top_level.txt, else guessed and said so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

NAME_LIMIT = 200  # names of one distribution; the widest namespace family seen has 30
DEEPEST = 50  # folders in folders that are packages; nobody nests a tenth of it
_EXTENSION = re.compile(r"\.(?:cpython-|pypy|graalpy|abi3|cp3)[^/]*\.(?:so|pyd)$|\.pyd$")
_ASIDE = frozenset(
    {
        "test",
        "tests",
        "testing",
        "doc",
        "docs",
        "example",
        "examples",
        "script",
        "scripts",
        "bin",
        "benchmark",
        "benchmarks",
    }
)


def names_of(paths: Collection[str]) -> tuple[str, ...]:
    """Return the import names that recorded paths make: packages and modules, dotted where they are below a namespace.

    Args:
        paths: recorded paths relative to site-packages, with slashes.
    """
    packages = {path.partition("/__init__.")[0] for path in paths if "/__init__." in path and not path.endswith(".pyi")}
    names: dict[str, None] = {}
    folders: dict[str, None] = {}
    for path in paths:
        first, slash, _ = path.partition("/")
        if slash:
            folders[first] = None
        elif (name := _module_name(path)) is not None:
            names[name] = None
    open_folders: set[str] = set()
    for folder in folders:
        if not folder.isidentifier():
            continue
        if folder in packages:
            names[folder] = None
        else:
            open_folders.add(folder)
    if open_folders:
        below = [path for path in paths if path.partition("/")[0] in open_folders]
        names.update(dict.fromkeys(_below_namespaces(below, packages)))
    return tuple(list(names)[:NAME_LIMIT])


def _below_namespaces(paths: Iterable[str], packages: Collection[str]) -> list[str]:
    """Return the first packages and modules below directories that have no `__init__`."""
    found: dict[str, None] = {}
    for path in paths:
        parts = path.split("/", DEEPEST)
        if not parts[-1].endswith((".py", ".pyc", ".so", ".pyd")) or "__pycache__" in parts or parts[0] in _ASIDE:
            continue
        if "/" in parts[-1]:
            continue
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if not parts[depth - 1].isidentifier():
                break
            if folder in packages:
                found[folder.replace("/", ".")] = None
                break
        else:
            name = _module_name(parts[-1])
            if name is not None:
                found[".".join([*parts[:-1], name])] = None
    return list(found)


def _module_name(name: str) -> str | None:
    """Return the module that a file is, None for a file that is none (a bare `.so` may be any library)."""
    if name.endswith(".py"):
        stem = name[:-3]
    elif _EXTENSION.search(name):
        stem = name.partition(".")[0]
    elif name.endswith(".pyc") and "." not in name[:-4]:
        stem = name[:-4]
    else:
        return None
    return stem if stem.isidentifier() and not stem.startswith("__") else None


def names_of_top_level(data: bytes) -> tuple[str, ...]:
    """Return the names of a `top_level.txt`; total."""
    lines = data[: 1 << 16].decode("utf-8", "replace").splitlines()
    return tuple(
        dict.fromkeys(
            name for line in lines if (name := line.strip().replace("/", ".")).replace(".", "a").isidentifier()
        )
    )


def is_module_file(path: str) -> bool:
    """Whether a recorded path is a module that users or the distribution itself may import, tests left aside."""
    if not path.endswith((".py", ".so", ".pyd")) or path.startswith(("../", "/")):
        return False
    *folders, name = path.split("/", DEEPEST)
    if "/" in name or any(part in _ASIDE or not part.isidentifier() for part in folders):
        return False
    return not (name.startswith(("test_", "conftest.")) or name.endswith("_test.py"))


def stem_of(path: str) -> str:
    """Return the path of a module without its suffix; a package's `__init__` gives the package's directory."""
    head, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return head if stem == "__init__" else f"{head}/{stem}" if head else stem
