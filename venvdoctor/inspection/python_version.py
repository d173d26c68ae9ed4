"""Versions as binaries spell them: PY_VERSION_HEX, PY_VERSION, the soname of libpython, tags of extension modules."""

from __future__ import annotations

import re
from typing import NamedTuple

from venvdoctor.model.interpreter import PythonVersion

LEVELS = {0xA: "alpha", 0xB: "beta", 0xC: "candidate", 0xF: "final"}
LETTERS = {"a": "alpha", "b": "beta", "rc": "candidate", "c": "candidate"}
_TEXT = re.compile(r"(\d)\.(\d{1,2})(?:\.(\d{1,3})(?:(a|b|rc|c)(\d{1,3}))?\+?)?\Z")
_SONAME = re.compile(r"libpython(\d)\.(\d{1,2})([a-z]*)\.(?:so|dylib)\b")
_PYPY = re.compile(r"libpypy(?:(\d)\.(\d{1,2}))?(?:-c)?\.(?:so|dylib)\b")
_TAG = re.compile(r"cpython-(\d)(\d{1,2})([a-z]*)\Z")


class Tagged(NamedTuple):
    """What a soname or an extension tag says: the series, and the ABI flags."""

    major: int
    minor: int
    flags: str

    @property
    def version(self) -> PythonVersion:
        """The series as a version whose micro is not known."""
        return PythonVersion(self.major, self.minor)


def from_hex(value: int) -> PythonVersion | None:
    """Return the version of a PY_VERSION_HEX (Include/patchlevel.h), None for a number that is none."""
    level = LEVELS.get(value >> 4 & 0xF)
    major, minor, micro = value >> 24, value >> 16 & 0xFF, value >> 8 & 0xFF
    if level is None or major not in (2, 3) or minor > 60:
        return None
    return PythonVersion(major, minor, micro, level, value & 0xF)


def from_text(text: str) -> PythonVersion | None:
    """Return the version of a text like `3.9.18`, `3.13.0rc2`, `3.12.0+`, `3.11`; None for anything else."""
    match = _TEXT.match(text)
    if match is None:
        return None
    major, minor, micro, letter, serial = match.groups()
    level = LETTERS[letter] if letter else "final"
    return PythonVersion(int(major), int(minor), int(micro) if micro else None, level, int(serial or 0))


def from_soname(name: str) -> Tagged | None:
    """Return what `libpython3.7m.so.1.0`, `libpython3.13t.so.1.0` say; None for `libpython3.so` and anything else."""
    match = _SONAME.search(name)
    return Tagged(int(match[1]), int(match[2]), match[3]) if match else None


def is_pypy_soname(name: str) -> bool:
    """Whether it is PyPy's library: `libpypy3.9-c.so`, `libpypy3-c.so`."""
    return bool(_PYPY.search(name)) or name.startswith("libpypy")


def from_pypy_soname(name: str) -> PythonVersion | None:
    """Return the series that `libpypy3.9-c.so` names; None for `libpypy3-c.so`, which names none."""
    match = _PYPY.search(name)
    return PythonVersion(int(match[1]), int(match[2])) if match and match[1] else None


def from_tag(tag: str) -> Tagged | None:
    """Return what the first two words of an extension tag say: `cpython-37m`, `cpython-311`, `cpython-313t`."""
    match = _TAG.match(tag)
    return Tagged(int(match[1]), int(match[2]), match[3]) if match else None
