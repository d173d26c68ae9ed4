"""Rewriting scripts and activate files for the place where they are now. Pure: bytes in, bytes out.

How installers write first lines: distlib's scripts.py (pip), uv-install-wheel; what the kernel takes: execve(2).
"""

from __future__ import annotations

import re

SHEBANG_LIMIT = 127  # bytes that every kernel still in use takes; installers switch to the trampoline there, too
_TRAMPOLINE = re.compile(rb"#!/bin/sh\n'''exec' ([^\n]*)\n' '''\n")


def shebang(interpreter: str) -> bytes:
    """Return the first line (or lines) that start an interpreter, however long its path and whatever is in it."""
    path = interpreter.encode("utf-8", "surrogateescape")
    if len(path) + 3 <= SHEBANG_LIMIT and b" " not in path:
        return b"#!" + path + b"\n"
    return b"#!/bin/sh\n'''exec' \"" + path + b'" "$0" "$@"\n' + b"' '''\n"


def with_interpreter(content: bytes, interpreter: str) -> bytes:
    """Return a script that starts this interpreter, keeping flags such as `-I` and everything below the first lines."""
    match = _TRAMPOLINE.match(content)
    if match:
        return shebang(interpreter) + content[match.end() :]
    first, newline, rest = content.partition(b"\n")
    if not first.startswith(b"#!"):
        return content
    words = first[2:].strip().split()
    flags = [word for word in words[1:] if word.startswith(b"-")]
    head = shebang(interpreter)
    if flags and not head.startswith(b"#!/bin/sh"):
        head = head.rstrip(b"\n") + b" " + b" ".join(flags) + b"\n"
    return head + (rest if newline else b"")


def with_root(content: bytes, old: str, new: str) -> bytes:
    """Return a text with every whole occurrence of one directory's path replaced by another's.

    An occurrence is whole when what follows it can be no part of the directory's own name.
    """
    path = re.escape(old.rstrip("/").encode("utf-8", "surrogateescape"))
    replacement = new.rstrip("/").encode("utf-8", "surrogateescape")
    return re.sub(rb"(?<![\w.@+/-])" + path + rb"(?![\w.@+-])", lambda _match: replacement, content)


def record_with(record: bytes, row: str, digest: str, size: int) -> bytes:
    """Return a RECORD in which one row has another hash and size; the rest stays to the byte."""
    name = row.encode("utf-8", "surrogateescape")
    lines = record.split(b"\n")
    for number, line in enumerate(lines):
        if line.startswith((name + b",", b'"' + name + b'",')):
            ending = b"\r" if line.endswith(b"\r") else b""
            head = line[: len(name)] if not line.startswith(b'"') else line[: len(name) + 2]
            lines[number] = head + f",{digest},{size}".encode() + ending
    return b"\n".join(lines)
