"""Reads which interpreter a Windows launcher (`pip.exe`) starts: distlib's stub, `#!` line, zip; and uv's trampolines.

Sources: distlib/scripts.py, pypa/distlib PC/launcher.c, uv crates/uv-trampoline-builder: a trailer in its first
versions (`UVUV`, then `UVSC` and `UVPY`), resources of the program since pull request
15068 (2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.pe_resources import resource

if TYPE_CHECKING:
    from venvdoctor.view import Blob

_END = b"PK\x05\x06"  # end of central directory, APPNOTE.TXT 4.3.16
_TAIL = 22 + (1 << 16)
_LINE = 4096
_LARGEST = 16 << 20  # bytes; a launcher has fewer than 100 KB, and the script that it holds


def launcher_shebang(blob: Blob) -> str | None:
    """Return the command of a Windows launcher, None when the file holds none."""
    tail_at = max(0, blob.size - _TAIL)
    tail = blob.read_at(tail_at, _TAIL)
    return _trampoline(tail) or _distlib(blob, tail, tail_at) or _resources(blob)


def _resources(blob: Blob) -> str | None:
    """Return the path in the resource of a newer launcher of uv."""
    path = resource(blob, "UV_PYTHON_PATH") if blob.size <= _LARGEST else None
    return path[:_LINE].decode("utf-8", "surrogateescape") or None if path else None


def _distlib(blob: Blob, tail: bytes, tail_at: int) -> str | None:
    """Return the line that stands between the stub and the zip."""
    end = tail.rfind(_END)
    if end < 0 or end + 22 > len(tail):
        return None
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    offset = int.from_bytes(tail[end + 16 : end + 20], "little")
    start = tail_at + end - size - offset
    if start <= 0:
        return None
    before = blob.read_at(max(0, start - _LINE), min(_LINE, start)).rstrip(b"\r\n\0")
    mark = before.rfind(b"#!")
    if mark < 0 or b"\n" in before[mark:]:
        return None
    return before[mark + 2 :].decode("utf-8", "surrogateescape").strip().strip('"')


def _trampoline(tail: bytes) -> str | None:
    """Return the path in front of the magic number of uv: path, its length (4 bytes), `UVSC` or `UVPY`."""
    if tail[-4:] not in (b"UVSC", b"UVPY", b"UVUV"):
        return None
    length = int.from_bytes(tail[-8:-4], "little")
    if not 0 < length <= _LINE or length + 8 > len(tail):
        return None
    return tail[-8 - length : -8].decode("utf-8", "surrogateescape")
