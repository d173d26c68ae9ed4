"""Top-level modules that the standard library lost, and those that are compiled into interpreters.

Computed by comparing the standard libraries of CPython 3.6 to 3.15; a module "removed in 3.12" is there in 3.11 and no
longer in 3.12. PEP 594 (dead batteries), PEP 632 (distutils).
"""

from __future__ import annotations

import sys

REMOVED: dict[str, tuple[int, int]] = {
    "macurl2path": (3, 7),
    "macpath": (3, 8),
    "dummy_threading": (3, 9),
    "_dummy_thread": (3, 9),
    "_dummy_threading": (3, 9),
    "formatter": (3, 10),
    "parser": (3, 10),
    "symbol": (3, 10),
    "binhex": (3, 11),
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), (3, 12)),
    **dict.fromkeys(
        (
            "aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis", "nntplib",
            "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib",
        ),
        (3, 13),
    ),
    **dict.fromkeys(("sre_compile", "sre_constants", "sre_parse"), (3, 15)),
}  # fmt: skip

ADDED: dict[str, tuple[int, int]] = {
    "contextvars": (3, 7),
    "dataclasses": (3, 7),
    "graphlib": (3, 9),
    "zoneinfo": (3, 9),
    "tomllib": (3, 11),
    "annotationlib": (3, 14),
    "compression": (3, 14),
    "concurrent.interpreters": (3, 14),
}

# Modules that some builds compile into the interpreter, so that no file of theirs is in its library.
COMPILED: frozenset[str] = frozenset(
    {
        "__future__", "__main__", "array", "atexit", "audioop", "binascii", "builtins", "cmath", "errno", "faulthandler",
        "fcntl", "gc", "grp", "itertools", "marshal", "math", "mmap", "msilib", "msvcrt", "nis", "nt", "ossaudiodev",
        "posix", "pwd", "pyexpat", "readline", "resource", "select", "spwd", "sys", "syslog", "termios", "time",
        "unicodedata", "winreg", "winsound", "xxsubtype", "zipimport", "zlib",
    }
    | {name for name in sys.stdlib_module_names if name.startswith("_")}
)  # fmt: skip

PYPY: frozenset[str] = frozenset(
    {"__pypy__", "_cffi_backend", "cffi", "greenlet", "pypyjit", "_continuation", "stackless", "hpy", "identity_dict"}
)

# A distribution that brings a removed module back: `legacy-cgi`, `audioop-lts`, `standard-…`, `pyasyncore`, setuptools.
BACKPORTS: dict[str, str] = {
    "asynchat": "pyasynchat",
    "asyncore": "pyasyncore",
    "audioop": "audioop-lts",
    "cgi": "legacy-cgi",
    "cgitb": "legacy-cgi",
    "distutils": "setuptools",
    "imp": "zombie-imp",
    "lib2to3": "fissix",
}


def in_table(name: str, version: tuple[int, int]) -> bool:
    """Whether a name is in the standard library of a version, where its directory cannot be asked."""
    added = ADDED.get(name)
    if added and version < added:
        return False
    return name in sys.stdlib_module_names or name in REMOVED
