"""What the tests of the binary readers share: a view of a few made-up files, real files to mutate, the strategies."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.support.elf_writer import LOADER, Elf
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Host
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON = "/usr/bin/python3"
LIBC = "/lib/x86_64-linux-gnu/libc.so.6"


def tree(root: Path, files: Mapping[str, Elf | bytes]) -> None:
    """Write files below a root; keys are absolute paths inside it."""
    for name, content in files.items():
        place = root / name.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.build())


def machine(root: Path, files: Mapping[str, Elf | bytes], **environ: str) -> Shared:
    """Return the context for a machine of a Debian-like glibc, a python that exports two functions, and more files."""
    directories = b"".join(f"{name}/\0".encode() for name in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"))
    loader = Elf(soname="ld-linux-x86-64.so.2", rodata=b"\0" + directories + b"/lib/\0/usr/lib/\0/etc/ld.so.cache\0")
    python = Elf(interp=LOADER, needed=["libc.so.6"], exports={"PyObject_New": b"", "PyType_Ready": b""})
    known = {LOADER: loader, LIBC: Elf(soname="libc.so.6", verdef=["GLIBC_2.2.5", "GLIBC_2.36"]), PYTHON: python}
    tree(root, {**known, **files})
    return Shared(view=rooted_view(str(root)), host=Host(environ=environ))


def real() -> Shared:
    """Return the context for this machine."""
    return Shared(view=View(), host=Host())


@lru_cache(maxsize=1)
def samples() -> tuple[bytes, ...]:
    """Return small real ELF files of this machine, and made-up ones."""
    places = [shutil.which("ls"), *_dynload()[:2], "/lib64/ld-linux-x86-64.so.2"]
    found = [Path(place).read_bytes() for place in places if place and Path(place).is_file()]
    made = Elf(
        soname="a", needed=["b"], exports={"x": b"1234"}, undefined=["Py_y"], verneed={"b": ["V1"]}, verdef=["V2"]
    )
    return tuple(data[: 1 << 18] for data in [*found, made.build()] if data[:4] == b"\x7fELF")


def _dynload() -> list[Path]:
    folder = Path(sysconfig.get_path("platstdlib")) / "lib-dynload"
    return sorted(folder.glob("*.so")) if sys.platform == "linux" else []


@st.composite
def mutated(draw: st.DrawFn, originals: tuple[bytes, ...]) -> bytes:
    """Draw a real file with some bytes changed, most of them where the headers are, or with its end cut off."""
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 12))):
        end = draw(st.sampled_from([64, 1024, len(data)]))
        at = draw(st.integers(0, min(end, len(data)) - 1))
        piece = draw(st.sampled_from([b"\0", b"\xff" * 8, b"\xff", b"\x7f\xff\xff\xff", b"\x01\0\0\0\0\0\0\0"]))
        data[at : at + len(piece)] = piece
    return bytes(data[: draw(st.sampled_from([len(data), len(data) // 2, 70, 20]))])
