"""Rewriting scripts and activate files for the place where they are now. Pure: bytes in, bytes out.

How installers write first lines: distlib's scripts.py (pip), uv-install-wheel; what the kernel takes: execve(2).
"""

from __future__ import annotations

import re

SHEBANG_LIMIT = 127  # bytes that every kernel still in use takes; installers switch to the trampoline there, too
_TRAMPOLINE = re.compile(rb"#!/bin/sh\n'''exec' ([^\n]*)\n' '''\n")
_BESIDE = b"#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''\n"
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
_BLANK = re.compile(rb"[\s\0]")
# what is not plain text to a POSIX shell, csh or fish, by the quote around it
_MEANING = {
    b"": re.compile(rb"[^\w@%+:,./\x80-\xff-]"),
    b'"': re.compile(rb'["$`\\!\n\r\0]'),
    b"'": re.compile(rb"['\\!\n\r\0]"),
}

# an apostrophe inside single quotes, for sh, csh, fish and Python alike; by the file's ending where it is another
_APOSTROPHE = b"'\"'\"'"
_APOSTROPHES = {"ps1": b"''", "nu": b"", "bat": b""}


def shebang(interpreter: str) -> bytes:
    """Return the first line (or lines) that start an interpreter, however long its path and whatever is in it.

    Raises:
        ValueError: no first line can hold such a path.
    """
    path = interpreter.encode("utf-8", "surrogateescape")
    if len(path) + 3 <= SHEBANG_LIMIT and not _BLANK.search(path):
        return b"#!" + path + b"\n"
    quote = b"'" if _MEANING[b'"'].search(path) else b'"'
    return b"#!/bin/sh\n'''exec' " + quote + quoted(path, quote) + quote + b' "$0" "$@"\n' + b"' '''\n"


def with_interpreter(content: bytes, interpreter: str) -> bytes:
    """Return a script that starts this interpreter, keeping flags such as `-I` and everything below the first lines.

    One without a first line gets one; a byte order mark, which hides the first line from the kernel, goes.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    match = _TRAMPOLINE.match(content)
    if match:
        return shebang(interpreter) + content[match.end() :]
    first, newline, rest = content.partition(b"\n")
    if not first.startswith(b"#!"):
        return shebang(interpreter) + content
    head = shebang(interpreter)
    flags = re.search(rb"\s(-[^\r\0]*)", first)
    if flags and not head.startswith(b"#!/bin/sh"):
        head = head.rstrip(b"\n") + b" " + _one_argument(flags.group(1).split()) + b"\n"
    return head + (rest if newline else b"")


def _one_argument(words: list[bytes]) -> bytes:
    """Return options as the one word that the kernel passes on: `-s -E` would be refused, `-X dev` is taken."""
    plain = all(re.fullmatch(rb"-[A-Za-z]+", word) for word in words)
    return b"-" + b"".join(word[1:] for word in words) if plain else b" ".join(words)


def relocatable(content: bytes) -> bytes:
    """Return a script that starts the `python` beside it, wherever that is, as `uv venv --relocatable` has them."""
    match = _TRAMPOLINE.match(content)
    rest = content[match.end() :] if match else content.partition(b"\n")[2]
    return _BESIDE + rest if content.startswith(b"#!") else content


def in_url(path: str) -> str:
    """Return a path as a `file:` URL writes it (RFC 3986)."""
    encoded = path.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in encoded)


def local_path(url: str) -> str:
    """Return the path of a file URL, any other URL as it is."""
    from urllib.parse import unquote  # noqa: PLC0415 - few packages have a URL

    path = url.removeprefix("file://")
    return unquote(path, errors="surrogateescape") if path != url and path.startswith("/") else url


def with_root(content: bytes, old: str, new: str, *, shell: str = "") -> bytes:
    """Return a text with every whole occurrence of one directory's path replaced by another's.

    An occurrence is whole when what follows it can be no part of the directory's own name. With `shell`, the name of
    the file, the new path is quoted as its place demands, so that no name of a directory is ever an order
    (CVE-2024-9287 was this in venv).

    Raises:
        ValueError: the place cannot hold such a path.
    """
    apostrophe = _APOSTROPHES.get(shell.rpartition(".")[2], _APOSTROPHE) if shell else b"'"
    plain = old.rstrip("/").encode("utf-8", "surrogateescape")
    path = b"|".join(map(re.escape, dict.fromkeys((plain, plain.replace(b"'", apostrophe or b"'")))))
    replacement = new.rstrip("/").encode("utf-8", "surrogateescape")

    def put(match: re.Match[bytes]) -> bytes:
        return quoted(replacement, _quote_at(content, match.start()), apostrophe) if shell else replacement

    if shell.endswith(".nu") and b"'" in replacement and b"'#" not in replacement:
        return re.sub(rb"'(?:" + path + rb")'", lambda _match: b"r#'" + replacement + b"'#", content)
    return re.sub(rb"(?<![\w.@+/-])(?:" + path + rb")(?![\w.@+-])", put, content)


def quoted(path: bytes, quote: bytes, apostrophe: bytes = _APOSTROPHE) -> bytes:
    """Return a path as a shell takes it literally inside this quote; outside of any it gets quotes where it needs them.

    Args:
        path: what is to be one word.
        quote: the quote that is open where it is written.
        apostrophe: how an apostrophe is written inside single quotes; empty where it cannot be.

    Raises:
        ValueError: what is in the path has a meaning there that no quoting takes away in every shell.
    """
    if not _MEANING[quote].search(path):
        return path
    if quote != b'"' and not _MEANING[b"'"].search(path.replace(b"'", b"")) and (apostrophe or b"'" not in path):
        inner = path.replace(b"'", apostrophe)
        return inner if quote else b"'" + inner + b"'"
    raise ValueError(f"{path.decode('utf-8', 'backslashreplace')} holds what a shell would take for an order")


def _quote_at(content: bytes, at: int) -> bytes:
    """Return the quote that is open at a place, by the line that it stands in; nothing where none is."""
    quote = b""
    for char in content[content.rfind(b"\n", 0, at) + 1 : at].replace(b'\\"', b""):
        one = bytes([char])
        if one == quote:
            quote = b""
        elif not quote and one in b"\"'":
            quote = one
    return quote


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
