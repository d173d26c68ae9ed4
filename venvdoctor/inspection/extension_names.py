"""File names of extension modules: which interpreter's suffix each carries (PEP 3149 and its successors)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIX = re.compile(
    r"""\.(?:
        cpython-\d+[a-z]*(?:-[\w-]+)?     # PEP 3149
      | (?:pypy|graalpy)\d+[\w-]*
      | cp\d+[a-z]*-\w+                   # Windows: .cp311-win_amd64.pyd
      | abi3t?
    )?\.(?:so|pyd)$|\.(?:so|pyd)$""",
    re.VERBOSE,
)


class ExtensionName(NamedTuple):
    """The two parts of an extension module's file name: `_ssl`, `.cpython-311-x86_64-linux-gnu.so`."""

    stem: str
    suffix: str

    @property
    def tagged(self) -> bool:
        """Whether the suffix names one interpreter's ABI."""
        return self.suffix not in (".so", ".pyd")


def split_extension(filename: str) -> ExtensionName | None:
    """Return stem and suffix of a file name that some interpreter would import as an extension module."""
    match = SUFFIX.search(filename)
    stem = filename[: match.start()] if match else ""
    return ExtensionName(stem, filename[len(stem) :]) if stem and "." not in stem else None


def foreign_builds(names: Iterable[str], stem: str, suffixes: Iterable[str]) -> tuple[str, ...]:
    """Return the files of a directory that are module `stem` for other interpreters only; empty when one fits.

    Source beside it (`stem.py`, a package) takes its place: mypyc and Cython's pure mode ship both.

    Args:
        names: the names in one directory.
        stem: last part of the module's name.
        suffixes: what the interpreter imports, `Interpreter.suffixes`.
    """
    present = frozenset(names)
    if present & {stem, f"{stem}.py", f"{stem}.pyc"} or stem.endswith("__mypyc"):  # the latter only serves the others
        return ()
    known = set(suffixes)
    parts = [(name, split_extension(name)) for name in present if name.startswith(stem + ".")]
    builds = [(name, part.suffix) for name, part in parts if part and part.stem == stem]
    if not known or any(suffix in known for _, suffix in builds):
        return ()
    return tuple(sorted(name for name, _ in builds))
