"""Reads the first lines of a script as the kernel and `env` read them, from bytes alone.

Sources: Linux fs/binfmt_script.c (BINPRM_BUF_SIZE 256 since 5.1), XNU bsd/kern/kern_exec.c (IMG_SHSIZE 512),
GNU coreutils env (`-S`), and the trampolines that pip's distlib, uv and conda write where a path is too long
for the kernel or holds a blank.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

LINUX_BUFFER = 256
DARWIN_BUFFER = 512
HEAD = 2048  # bytes of a script that are read: shebang, trampoline line and the body of a console script

ShebangProblem = Literal["", "too-long", "empty"]
_BLANK = b" \t"


class Shebang(NamedTuple):
    """What the kernel makes of a first line.

    Attributes:
        path: the program it starts, as written; `""` when there is none.
        argument: the one argument that it passes, `""` for none.
        problem: `too-long`: the path is cut off by the kernel's buffer; `empty`: no program is named.
        line: the line as it stands, for people.
    """

    path: str
    argument: str = ""
    problem: ShebangProblem = ""
    line: str = ""


class Trampoline(NamedTuple):
    """A shell's `exec` that stands for the shebang.

    Attributes:
        command: the program as written; for a relative one the name beside the script.
        relative: it is looked up beside the script (`$(dirname -- "$(realpath -- "$0")")`).
        undecided: the command is computed in a way that only a shell can follow.
    """

    command: str
    relative: bool = False
    undecided: bool = False


def parse_shebang(head: bytes, buffer: int = LINUX_BUFFER) -> Shebang | None:
    """Return what the kernel reads from the first `buffer` bytes, None without `#!`."""
    if not head.startswith(b"#!"):
        return None
    seen = head[:buffer]
    line = _text(head.split(b"\n", 1)[0])
    end = seen.find(b"\n")
    if end < 0 and len(head) >= buffer:
        body = seen[2:].lstrip(_BLANK)
        if not body:
            return Shebang("", problem="empty", line=line)
        if not re.search(rb"[ \t\0]", body):
            return Shebang(_text(seen[2:].strip(_BLANK)), problem="too-long", line=line)
        end = buffer - 1
    body = (seen[2:end] if end >= 0 else seen[2:]).strip(_BLANK)
    path, _, rest = _cut(body)
    if not path:
        return Shebang("", problem="empty", line=line)
    return Shebang(_text(path), _text(rest.split(b"\0", 1)[0]), line=line)


def _cut(body: bytes) -> tuple[bytes, bytes, bytes]:
    """Split at the first blank or NUL, as next_terminator() does; a NUL ends the line."""
    match = re.search(rb"[ \t\0]", body)
    if match is None:
        return body, b"", b""
    rest = b"" if match.group() == b"\0" else body[match.end() :].lstrip(_BLANK)
    return body[: match.start()], match.group(), rest


_EXEC = re.compile(rb"^(?:'''exec'|''''exec'|\"\"\"exec\"|\"exec\"|'exec'|\"\"\":\"\s*exec|exec)[ \t]+(.+)$")
_BESIDE = re.compile(r".*[)`][\"']*/[\"']*([^\"'\s/$`]+)")


def parse_trampoline(head: bytes) -> Trampoline | None:
    """Return the program that a `#!/bin/sh` script execs in its first lines, None when it is no trampoline."""
    lines = head.replace(b"\r\n", b"\n").split(b"\n")
    for line in lines[1:4]:
        match = _EXEC.match(line.strip())
        if match and b"$0" in match.group(1):
            return _command(_text(match.group(1)))
    return None


def _command(text: str) -> Trampoline:
    start = text.lstrip("\"'")
    beside = _BESIDE.match(start) if start.startswith(("$(", "`")) and "dirname" in start else None
    if beside:
        return Trampoline(beside.group(1), relative=True)
    word, _ = _first_word(text)
    if not word or "$" in word or "`" in word:
        return Trampoline(word or text, undecided=True)
    return Trampoline(word)


_SPACE = " \t\r\n\v\f"  # what `env -S` takes for a blank: a carriage return does no harm there


def _words(text: str) -> list[str]:
    """Split as `env -S` does, which is near enough to a shell."""
    found: list[str] = []
    while text := text.lstrip(_SPACE):
        word, text = _first_word(text, _SPACE)
        found.append(word)
    return found


def _first_word(text: str, blanks: str = " \t") -> tuple[str, str]:
    """Return the first shell word, quotes removed (the shell keeps everything between single quotes), and the rest."""
    out: list[str] = []
    quote = ""
    index = 0
    while index < len(text):
        char = text[index]
        if char == "\\" and quote != "'" and index + 1 < len(text):
            index += 1
            out.append(text[index])
        elif quote:
            quote, char = ("", "") if char == quote else (quote, char)
            out.append(char)
        elif char in "\"'":
            quote = char
        elif char in blanks:
            break
        else:
            out.append(char)
        index += 1
    return "".join(out), text[index:]


_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SPLITS = re.compile(r"-[0iv]*S|--split-string(?:=|$)|-vS|-iS")


def env_command(argument: str) -> str | None:
    """Return the name that `env ARGUMENT` would look up on PATH, None when it names none.

    The kernel passes one argument: without `-S`, blanks are part of the name (and so the command is not found).
    """
    match = _SPLITS.match(argument)
    if match is None:
        return None if not argument or argument.startswith("-") or _ASSIGNMENT.match(argument) else argument
    words = _words(argument[match.end() :])
    while words:
        word = words.pop(0)
        if "$" in word:
            return None  # env expands ${VARIABLE}
        if word in ("-u", "--unset", "-C", "--chdir"):
            del words[:1]
        elif not word.startswith("-") and not _ASSIGNMENT.match(word):
            return word
    return None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
