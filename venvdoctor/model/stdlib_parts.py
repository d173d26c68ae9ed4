"""The modules of the standard library that every installation of Python has, 3.6 to 3.15; plain data."""

from __future__ import annotations

# Never split off by any packager: Debian's python3.X-minimal has all of these (its file lists, 9 to sid).
CORE = (
    "abc", "argparse", "ast", "base64", "bisect", "calendar", "codecs", "collections", "configparser", "contextlib",
    "copy", "copyreg", "csv", "datetime", "dis", "email", "encodings", "enum", "fnmatch", "functools", "genericpath",
    "getopt", "glob", "hashlib", "heapq", "importlib", "inspect", "io", "ipaddress", "keyword", "linecache", "locale",
    "logging", "opcode", "operator", "optparse", "os", "pathlib", "pickle", "pkgutil", "platform", "posixpath",
    "random", "re",
    "reprlib", "runpy", "selectors", "signal", "site", "socket", "ssl", "stat", "string", "struct", "subprocess",
    "sysconfig", "tempfile", "textwrap", "threading", "token", "tokenize", "traceback", "types", "typing", "urllib",
    "warnings", "weakref", "zipfile", "_collections_abc", "_sitebuiltins", "_weakrefset",
)  # fmt: skip
# In the package beside the minimal one; a full installation of any provider has them.
FULL = (
    "asyncio", "concurrent", "ctypes", "decimal", "difflib", "gettext", "gzip", "hmac",
    "html", "http", "json", "mimetypes", "multiprocessing", "numbers", "pprint", "queue", "secrets", "shlex",
    "shutil", "tarfile", "unittest", "uuid", "xml",
)  # fmt: skip
