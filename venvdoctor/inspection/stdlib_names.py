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
            "aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis",
            "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib",
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

_COLLECTIONS = (
    "Awaitable", "Coroutine", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "Hashable", "Iterable", "Iterator",
    "Generator", "Reversible", "Sized", "Container", "Callable", "Collection", "Set", "MutableSet", "Mapping",
    "MutableMapping", "MappingView", "KeysView", "ItemsView", "ValuesView", "Sequence", "MutableSequence", "ByteString",
)  # fmt: skip

# Names that modules lost, from "Removed" in What's New of each version.
REMOVED_NAMES: dict[str, dict[str, tuple[int, int]]] = {
    "ast": dict.fromkeys(("Num", "Str", "Bytes", "NameConstant", "Ellipsis"), (3, 14)),
    "asyncio": {"coroutine": (3, 11)},
    "base64": dict.fromkeys(("encodestring", "decodestring"), (3, 9)),
    "cgi": {"escape": (3, 8)},
    "collections": dict.fromkeys(_COLLECTIONS, (3, 10)),
    "configparser": dict.fromkeys(("SafeConfigParser", "LegacyInterpolation"), (3, 12)),
    "fractions": {"gcd": (3, 9)},
    "importlib": {"find_loader": (3, 12)},
    "inspect": dict.fromkeys(("getargspec", "formatargspec"), (3, 11)),
    "locale": {"format": (3, 12)},
    "pkgutil": {
        **dict.fromkeys(("ImpImporter", "ImpLoader"), (3, 12)),
        **dict.fromkeys(("find_loader", "get_loader"), (3, 14)),
    },
    "platform": dict.fromkeys(("linux_distribution", "dist", "popen"), (3, 8)),
    "ssl": dict.fromkeys(("wrap_socket", "match_hostname", "RAND_pseudo_bytes"), (3, 12)),
    "time": {"clock": (3, 8)},
    "unittest": dict.fromkeys(("makeSuite", "findTestCases"), (3, 13)),
    "xml.etree": {"cElementTree": (3, 9)},
}

# Attributes of modules that old packages use in a statement at the first column: the statement's bytes, the attribute.
REMOVED_USES: dict[bytes, tuple[str, tuple[int, int]]] = {
    b"\nregister_finder(pkgutil.ImpImporter": ("pkgutil.ImpImporter", (3, 12)),
    b"\n@asyncio.coroutine": ("asyncio.coroutine", (3, 11)),
}

# Modules that some builds compile into the interpreter, so that no file of theirs is in its library.
COMPILED: frozenset[str] = frozenset(
    {
        "__future__", "__main__", "array", "atexit", "audioop", "binascii", "builtins", "cmath", "errno",
        "faulthandler", "fcntl", "gc", "grp", "itertools", "marshal", "math", "mmap", "msilib", "msvcrt", "nis", "nt",
        "ossaudiodev", "posix", "pwd", "pyexpat", "readline", "resource", "select", "spwd", "sys", "syslog", "termios",
        "time",
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
