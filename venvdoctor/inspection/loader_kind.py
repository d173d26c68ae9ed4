"""Which dynamic loader a program names, and what is compiled into it: search directories, `$LIB`, the cache's place."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Literal, NamedTuple

from venvdoctor.inspection.elf import read_elf
from venvdoctor.inspection.ld_cache import CACHE_LIMIT, LdCache, parse_cache
from venvdoctor.model.binary import ElfFile

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.view import View

LOADER_LIMIT = 1 << 21  # bytes; ld-linux-x86-64.so.2 has 210 KiB
MUSL_DEFAULT = ("/lib", "/usr/local/lib", "/usr/lib")  # ldso/dynlink.c, load_library
UPSTREAM_64 = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
MULTIARCH = {  # Debian's names where they differ from MACHINE-linux-gnu
    "ppc64le": "powerpc64le-linux-gnu",
    "arm": "arm-linux-gnueabihf",
    "x32": "x86_64-linux-gnux32",
}
HWCAPS = {  # glibc-hwcaps subdirectories, best first (glibc ≥ 2.33, sysdeps/*/dl-hwcaps-subdirs.c)
    "x86_64": ("x86-64-v4", "x86-64-v3", "x86-64-v2"),
    "ppc64le": ("power10", "power9"),
    "s390x": ("z16", "z15", "z14", "z13"),
}

Libc = Literal["glibc", "musl", "other"]


class LoaderKind(NamedTuple):
    """A dynamic loader.

    Attributes:
        path: PT_INTERP of the program.
        libc: whose rules it follows; `other` (Android's linker, uClibc …): nobody here can say what it finds.
        elf: its own facts, None when it is not there or is no ELF file (`problem`).
        directories: where it looks last, as compiled in or configured.
        lib: value of `$LIB`.
        cache: what `ld.so.cache` holds; musl has none.
    """

    path: str
    libc: Libc
    machine: str
    elf: ElfFile | None
    directories: tuple[str, ...]
    lib: str
    cache: LdCache
    problem: str = ""


def loader_libc(interp: str) -> Libc:
    """Return whose loader a PT_INTERP path names, by its file name."""
    name = posixpath.basename(interp)
    if name.startswith("ld-musl-"):
        return "musl"
    if name.startswith(("ld-linux", "ld64.so", "ld.so.1", "ld-2.", "ld-lsb")):
        return "glibc"
    return "other"


def read_loader(interp: str, program: ElfFile, shared: Shared) -> LoaderKind:
    """Return the facts of the loader that a program names; kept for the whole scan."""
    known = shared.store("loader_kind")
    key = (interp, program.machine)
    if key not in known:
        known[key] = _read_loader(interp, program, shared.view)
    kind: LoaderKind = known[key]
    return kind


def _read_loader(interp: str, program: ElfFile, view: View) -> LoaderKind:
    data, elf, problem = _loader_file(interp, view)
    libc = loader_libc(interp)
    if libc == "other" and b"glibc-ld.so.cache" in data:  # a renamed glibc loader: patched wheels, Nix, Guix
        libc = "glibc"
    if libc == "musl":
        directories, lib, cache = _musl_directories(interp, view), "lib", LdCache({})
    else:
        directories, lib = _compiled_directories(data) or _usual_directories(program, view)
        cache = _read_cache(view, _cache_path(data)) if libc == "glibc" else LdCache({})
    return LoaderKind(interp, libc, program.machine, elf, directories, lib, cache, problem)


def _loader_file(interp: str, view: View) -> tuple[bytes, ElfFile | None, str]:
    """Return the loader's bytes, its facts, and why there are none (`missing`, `denied`, `not-elf`)."""
    try:
        with view.open(interp) as blob:
            found = read_elf(blob)
            if not isinstance(found, ElfFile):
                return b"", None, "not-elf"
            return blob.read_at(0, LOADER_LIMIT), found, ""
    except PermissionError:
        return b"", None, "denied"
    except (OSError, ValueError):
        return b"", None, "missing"


def _compiled_directories(data: bytes) -> tuple[tuple[str, ...], str] | None:
    """Return `system_dirs` of glibc's `elf/dl-load.c`: NUL-terminated names ending in a slash, one after the other."""
    at = data.find(b"/usr/lib/\0")
    if at < 0:
        at = data.find(b"/lib/\0")  # Nix, Guix: only the store's own directory is compiled in
    if at < 0:
        return None
    start = _name_start(data, at)
    while data[start - 2 : start] == b"/\0":  # walk back over the names before it
        before = _name_start(data, start - 2)
        if data[before : before + 1] != b"/":
            break
        start = before
    names: list[str] = []
    while data[start : start + 1] == b"/" and len(names) < 16:
        end = data.find(b"\0", start, start + 4096)
        if end < 0 or data[end - 1 : end] != b"/":
            break
        names.append(data[start : end - 1].decode("utf-8", "surrogateescape"))
        start = end + 1
    return (tuple(names), _lib_token(names)) if names else None


def _name_start(data: bytes, at: int) -> int:
    """Return where the NUL-terminated text that holds `at` begins."""
    return data.rfind(b"\0", max(0, at - 4096), at) + 1


def _lib_token(names: list[str]) -> str:
    """Return `$LIB` (DL_DST_LIB): libdir without its prefix."""
    for name in names:
        if name.startswith("/usr/lib"):
            return name[len("/usr/") :]
    return "lib"


def _usual_directories(program: ElfFile, view: View) -> tuple[tuple[str, ...], str]:
    """Return what distributions compile in, for a loader that cannot be read."""
    triplet = MULTIARCH.get(program.machine, f"{program.machine}-linux-gnu")
    if view.kind(f"/usr/lib/{triplet}") == "dir":
        return (f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib", "/usr/lib"), f"lib/{triplet}"
    return (UPSTREAM_64, "lib64") if program.bits == 64 else (("/lib", "/usr/lib"), "lib")


def _cache_path(data: bytes) -> str:
    """Return where this loader keeps its cache: `sysconfdir` is compiled in."""
    at = data.find(b"/ld.so.cache\0")
    start = data.rfind(b"\0", max(0, at - 4096), at) + 1 if at > 0 else 0
    path = data[start:at].decode("utf-8", "surrogateescape") + "/ld.so.cache" if start else ""
    return path if path.startswith("/") else "/etc/ld.so.cache"


def _read_cache(view: View, path: str) -> LdCache:
    try:
        return parse_cache(view.read(path, CACHE_LIMIT))
    except PermissionError:
        return LdCache({}, problem="denied")
    except (OSError, ValueError):
        return LdCache({}, problem="missing")


def _musl_directories(interp: str, view: View) -> tuple[str, ...]:
    """Return musl's search path: `/etc/ld-musl-ARCH.path` beside its root, else the default."""
    machine = posixpath.basename(interp)[len("ld-musl-") :].split(".", 1)[0]
    prefix = posixpath.dirname(posixpath.dirname(interp)).rstrip("/")
    try:
        text = view.read(f"{prefix}/etc/ld-musl-{machine}.path", 1 << 20).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return MUSL_DEFAULT
    return tuple(part for line in text.split("\n") for part in line.split(":") if part)
