"""Facts of a Windows interpreter, as far as its file and its neighbours tell on any system.

The version is in the resources (VS_VERSIONINFO, `ProductVersion`); what an environment's `python.exe` holds is that of
the redirector, which starts whatever `home` names (PC/venvlauncher.c). Format: Microsoft's "PE Format".
"""

from __future__ import annotations

import posixpath
import re
from struct import error, unpack_from
from typing import TYPE_CHECKING

from venvdoctor.inspection import python_version
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared

MACHINES = {0x14C: "i386", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C4: "arm"}
PLATFORMS = {"i386": "win32", "x86_64": "win_amd64", "aarch64": "win_arm64", "arm": "win_arm32"}
MAX_EXE = 8 << 20  # bytes; python.exe has 100 KB, the launchers of uv and distlib less than 1 MB
PRODUCT = "ProductVersion".encode("utf-16-le") + b"\0\0"
OWNER = "Python Software Foundation".encode("utf-16-le")
_DLL = re.compile(r"python3\d{1,2}t?(?:_d)?\.dll\Z", re.IGNORECASE)


def read_pe_interpreter(path: str, shared: Shared) -> Interpreter:
    """Return the facts of a Windows executable; total."""
    try:
        with shared.view.open(path) as blob:
            data = blob.read_at(0, MAX_EXE)
    except OSError as problem:
        return Interpreter(executable=path, undecided=(f"{path} cannot be read: {problem.strerror}",))
    machine = _machine(data)
    if machine is None:
        return Interpreter(executable=path, faults=(Fault("not-binary", path, "", "it has no PE header"),))
    neighbours = _names(posixpath.dirname(path), shared)
    version = _product_version(data)
    if version is None or OWNER not in data:
        return Interpreter(
            executable=path, machine=machine, undecided=("a Windows program that does not say of which Python it is",)
        )
    libraries = sorted(name for name in neighbours if _DLL.match(name))
    if not libraries:
        reason = "it only redirects to the interpreter that pyvenv.cfg names, which this system cannot look up"
        return Interpreter(executable=path, machine=machine, undecided=(reason,))
    return _described(path, version, machine, libraries, shared)


def _described(path: str, version: PythonVersion, machine: str, libraries: list[str], shared: Shared) -> Interpreter:
    """Return the facts of an interpreter that stands beside its library."""
    threaded = any(name.lower().startswith(f"python3{version.minor}t") for name in libraries)
    flags = "t" if threaded and path.lower().endswith("t.exe") else ""
    tag = f"cp3{version.minor}{flags}-{PLATFORMS[machine]}"
    prefix = posixpath.dirname(path)
    whole = shared.view.kind(f"{prefix}/Lib/os.py") == "file"
    return Interpreter(
        executable=path,
        version=version,
        version_source=path,
        implementation="cpython",
        abi_flags=flags,
        soabi=tag,
        suffixes=(f".{tag}.pyd", ".pyd"),
        machine=machine,
        prefix=prefix if whole else None,
        stdlib=f"{prefix}/Lib" if whole else None,
        dynload=f"{prefix}/DLLs" if whole else None,
        libpython=f"{prefix}/{libraries[0]}",
    )


def _machine(data: bytes) -> str | None:
    try:
        (at,) = unpack_from("<I", data, 0x3C)
        (number,) = unpack_from("<H", data, at + 4)
    except error:
        return None
    return MACHINES.get(number) if data[at : at + 4] == b"PE\0\0" else None


def _product_version(data: bytes) -> PythonVersion | None:
    """Return the text behind `ProductVersion`: UTF-16, aligned to four bytes."""
    at = data.find(PRODUCT)
    if at < 0:
        return None
    text = data[at + len(PRODUCT) : at + len(PRODUCT) + 64].lstrip(b"\0")
    words = text.decode("utf-16-le", "replace").split("\0", 1)[0].strip()
    return python_version.from_text(words)


def _names(path: str, shared: Shared) -> list[str]:
    try:
        return shared.view.listdir(path)
    except OSError:
        return []
