"""The ELF files of the fixtures are ELF files: the system's own loader takes them."""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.elf_writer import LOADER, Elf

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the loader of x86-64 Linux is asked"
)


def test_the_loader_takes_a_written_library(tmp_path: Path) -> None:
    path = tmp_path / "libdemo.so.1"
    exports = {"Py_Version": (0x030B07F0).to_bytes(4, "little"), "PyInit_demo": b""}
    path.write_bytes(
        Elf(
            soname="libdemo.so.1",
            exports=exports,
            verdef=["DEMO_1.0"],
            needed=["libc.so.6"],
            verneed={"libc.so.6": ["GLIBC_2.2.5"]},
        ).build()
    )
    library = ctypes.CDLL(str(path))
    assert ctypes.c_uint32.in_dll(library, "Py_Version").value == 0x030B07F0
    assert library.PyInit_demo


def test_the_loader_misses_what_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "libdemo.so.1"
    path.write_bytes(Elf(soname="libdemo.so.1", needed=["libnot-there.so.9"]).build())
    with pytest.raises(OSError, match=r"libnot-there\.so\.9"):
        ctypes.CDLL(str(path))
    path.write_bytes(Elf(needed=["libc.so.6"], verneed={"libc.so.6": ["GLIBC_9.99"]}).build())
    with pytest.raises(OSError, match=r"GLIBC_9\.99"):
        ctypes.CDLL(str(path))


def test_the_loader_misses_a_symbol(tmp_path: Path) -> None:
    path = tmp_path / "libdemo.so.1"
    path.write_bytes(
        Elf(soname="libdemo.so.1", needed=["libc.so.6"], undefined=["PyNot_There"], exports={"x": b""}).build()
    )
    with pytest.raises(OSError, match="PyNot_There"):
        ctypes.CDLL(str(path))


def test_readelf_reads_it(tmp_path: Path) -> None:
    readelf = shutil.which("readelf") or pytest.skip("no readelf here")
    path = tmp_path / "program"
    path.write_bytes(Elf(interp=LOADER, needed=["libc.so.6"], runpath="$ORIGIN/../lib").build())
    done = subprocess.run([readelf, "-ld", path], capture_output=True, text=True, check=True)
    assert "$ORIGIN/../lib" in done.stdout
    assert LOADER in done.stdout
