"""The machine that is looked at, read from its own files: system, machine, C library, homes, emulators."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING

from venvdoctor.inspection.elf import read_elf
from venvdoctor.model.binary import BinaryProblem
from venvdoctor.model.host import Home, Host

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.binary import ElfFile
    from venvdoctor.view import View

# Any program of the system itself says what the machine and its C library are; the shell is everywhere.
PROGRAMS = ("/bin/sh", "/usr/bin/env", "/bin/ls", "/bin/busybox", "/usr/bin/bash", "/sbin/init", "/usr/bin/coreutils")
LOADER_DIRS = ("/lib64", "/lib", "/usr/lib64", "/usr/lib", "/lib32")
# Where system accounts "live" (base-passwd, sysusers.d): directories of the system, no homes.
NO_HOMES = ("/nonexistent", "/dev", "/proc", "/bin", "/sbin", "/usr", "/run", "/sys", "/boot", "/etc",
            "/var/run", "/var/cache", "/var/spool", "/var/mail", "/var/backups", "/var/empty", "/var/log")  # fmt: skip
_NO_HOME_PREFIXES = tuple(path + "/" for path in NO_HOMES)
OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
OS_KEYS = {
    "id": "ID", "version": "VERSION_ID", "name": "PRETTY_NAME", "id_like": "ID_LIKE", "codename": "VERSION_CODENAME",
}  # fmt: skip
BINFMT = "/proc/sys/fs/binfmt_misc"  # what the running kernel has registered; not a place of the disk
BINFMT_DIRS = ("/etc/binfmt.d", "/usr/lib/binfmt.d", "/usr/local/lib/binfmt.d", "/var/lib/binfmts")
QEMU_NAMES = {"i486": "i386", "i686": "i386", "armv7l": "arm", "amd64": "x86_64", "arm64": "aarch64"}
# The kernel itself runs these: 32-bit programs on 64-bit machines, where it was built for it.
ALSO_RUNS = {
    "x86_64": ("i386", "x32"), "aarch64": ("arm",), "ppc64": ("ppc",), "s390x": ("s390",), "sparc64": ("sparc",),
    "mips64": ("mips",), "mips64el": ("mipsel",),
}  # fmt: skip
_UID = re.compile(r"[0-9]{1,10}")  # 32 bits; `isdigit` would take letters that `int` refuses
ROSETTA = "/Library/Apple/usr/libexec/oah/libRosettaRuntime"


def read_host(view: View, environ: Mapping[str, str], sysroot: str | None = None, *, all_homes: bool = False) -> Host:
    """Return the facts of the machine that the view shows; total.

    Args:
        view: the door to the disk; for a sysroot the rooted view.
        environ: variables of this process; they are not used for a sysroot.
        sysroot: directory of the image, None for the machine that runs.
        all_homes: every user's home, rather than the caller's own.
    """
    platform = _platform(view, sysroot)
    machine, libc = _system_programs(view) if platform == "linux" else (None, None)
    if machine is None and sysroot is None:
        machine = _uname_machine()
    uid = os.getuid() if sysroot is None and hasattr(os, "getuid") else None
    accounts = tuple(_accounts(view))
    every = all_homes or sysroot is not None
    return Host(
        homes=_all_homes(view, accounts) if every else _own_home(accounts, environ, uid),
        environ={} if sysroot is not None else dict(environ),
        platform=platform,
        machine=machine,
        foreign_machines=frozenset(_foreign(view, platform, machine, sysroot)),
        libc=libc,
        os=_os_release(view, platform),
        name=_name(view, sysroot),
        uid=uid,
        sysroot=sysroot,
        today=time.strftime("%Y-%m-%d"),
    )


def _text(view: View, path: str) -> str:
    """Return a small text file, empty when it cannot be read."""
    try:
        return view.read(path, 1 << 20).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _names(view: View, path: str) -> list[str]:
    try:
        return view.listdir(path)
    except OSError:
        return []


def _platform(view: View, sysroot: str | None) -> str:
    """Return the system's family; an image's own layout tells, not the system that looks at it."""
    if sysroot is None:
        return {"win32": "windows", "cygwin": "windows", "darwin": "darwin"}.get(sys.platform, "linux")
    if view.kind("/System/Library/CoreServices") == "dir":
        return "darwin"
    return "windows" if view.kind("/Windows/System32") == "dir" else "linux"


def _system_programs(view: View) -> tuple[str | None, str | None]:
    """Return machine and C library of the first of the system's own programs that is an ELF file."""
    machine: str | None = None
    for path in PROGRAMS:
        elf = _elf(view, path)
        if elf is None:
            continue
        machine = machine or elf.machine
        libc = libc_of(elf)
        if libc is not None:
            return elf.machine, libc
    loader_machine, libc = _by_loader(view)
    return machine or loader_machine, libc


def _elf(view: View, path: str) -> ElfFile | None:
    try:
        with view.open(path) as blob:
            elf = read_elf(blob)
    except OSError:
        return None
    return None if isinstance(elf, BinaryProblem) else elf


def libc_of(elf: ElfFile) -> str | None:
    """Return the C library that a program or library is made for; None when it names none (static)."""
    loader = (elf.interp or "").rpartition("/")[2]
    if loader.startswith("ld-musl-") or any(name.startswith(("libc.musl-", "ld-musl-")) for name in elf.needed):
        return "musl"
    if loader.startswith(("ld-linux", "ld64.so", "ld.so", "ld-")) and loader != "":
        return "glibc"
    if any(need.version.startswith("GLIBC_") for need in elf.verneed):
        return "glibc"
    if "libc.so.6" in elf.needed or "libc.so.6.1" in elf.needed:
        return "glibc"
    return "musl" if "libc.so" in elf.needed else None


def _by_loader(view: View) -> tuple[str | None, str | None]:
    """Return machine and C library of the loader in the usual directories (no program names one: some images)."""
    for place in LOADER_DIRS:
        for name in _names(view, place):
            if name.startswith(("ld-linux", "ld64.so", "ld-musl-")):
                elf = _elf(view, f"{place}/{name}")
                if elf is not None:
                    return elf.machine, "musl" if name.startswith("ld-musl-") else "glibc"
    return None, None


def _uname_machine() -> str | None:
    if not hasattr(os, "uname"):
        return {"AMD64": "x86_64", "ARM64": "aarch64", "x86": "i386"}.get(os.environ.get("PROCESSOR_ARCHITECTURE", ""))
    machine = os.uname().machine
    return {"arm64": "aarch64", "amd64": "x86_64", "i686": "i386"}.get(machine, machine) or None


def _foreign(view: View, platform: str, machine: str | None, sysroot: str | None) -> Iterator[str]:
    """Yield the other machines whose programs run here."""
    yield from ALSO_RUNS.get(machine or "", ())
    kernel = _uname_machine() if sysroot is None else None
    if kernel is not None and machine is not None and kernel != machine:  # 32-bit programs under a 64-bit kernel
        yield kernel
    if platform == "darwin" and machine == "aarch64" and view.kind(ROSETTA) != "missing":
        yield "x86_64"
    if platform == "linux":
        names = _registered() if sysroot is None else [name for place in BINFMT_DIRS for name in _names(view, place)]
        yield from filter(None, map(_emulated, names))


def _registered() -> list[str]:
    """Return the names of the handlers that the running kernel has enabled (Documentation/admin-guide/binfmt-misc)."""
    try:
        return os.listdir(BINFMT)
    except OSError:
        return []


def _emulated(name: str) -> str | None:
    """Return the machine that a handler's name speaks of: `qemu-aarch64-static.conf`, `rosetta`, `FEX-x86_64`."""
    if name.lower().startswith("rosetta"):
        return "x86_64"
    for prefix in ("qemu-", "FEX-", "box"):
        if name.startswith(prefix):
            word = name[len(prefix) :].removesuffix(".conf").removesuffix("-static")
            return {"64": "x86_64", "86": "i386"}.get(word) if prefix == "box" else QEMU_NAMES.get(word, word)
    return None


def _os_release(view: View, platform: str) -> dict[str, str]:
    """Return `id`, `version`, `name`, `id_like`, `codename` (os-release(5)); of macOS its product version."""
    if platform == "darwin":
        return {"id": "macos", "version": _macos_version(view), "name": "macOS"}
    text = next(filter(None, (_text(view, path) for path in OS_RELEASE)), "")
    raw: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            raw[key] = _unquoted(value)
    found = {ours: raw[theirs] for ours, theirs in OS_KEYS.items() if theirs in raw}
    return found or ({"id": platform} if platform != "linux" else {})


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].replace('\\"', '"').replace("\\$", "$").replace("\\`", "`").replace("\\\\", "\\")
    return value


def _macos_version(view: View) -> str:
    text = _text(view, "/System/Library/CoreServices/SystemVersion.plist")
    after = text.partition("<key>ProductVersion</key>")[2].partition("<string>")[2]
    return after.partition("</string>")[0].strip() if after else ""


def _name(view: View, sysroot: str | None) -> str:
    if sysroot is None and hasattr(os, "uname"):
        return os.uname().nodename
    return _text(view, "/etc/hostname").strip().partition("\n")[0]


def _accounts(view: View) -> Iterator[Home]:
    """Yield (home, uid, user) of every line of /etc/passwd that is one (passwd(5))."""
    for line in _text(view, "/etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) == 7 and _UID.fullmatch(fields[2]) and fields[5].startswith("/"):
            yield Home(fields[5].rstrip("/") or "/", int(fields[2]), fields[0])


def home_of(uid: int, shared: Shared) -> str | None:
    """Return the home of an account, None for one that /etc/passwd does not name."""
    store = shared.store(__name__)
    if "homes" not in store:
        store["homes"] = {home.uid: home.path for home in reversed(list(_accounts(shared.view)))}
    homes: dict[int, str] = store["homes"]
    return homes.get(uid)


def _own_home(accounts: tuple[Home, ...], environ: Mapping[str, str], uid: int | None) -> tuple[Home, ...]:
    """Return the caller's home: HOME as every tool reads it, else the account's."""
    account = next((home for home in accounts if home.uid == uid), None)
    path = environ.get("HOME") or environ.get("USERPROFILE") or (account.path if account else "")
    if not path or not os.path.isabs(path):
        path = account.path if account else ""
    return (Home(path.rstrip("/") or "/", -1 if uid is None else uid, account.user if account else ""),) if path else ()


def _all_homes(view: View, accounts: tuple[Home, ...]) -> tuple[Home, ...]:
    """Return every home that is there: of the accounts, and what lies below /home and /Users (directory services)."""
    found: dict[str, Home] = {}
    for home in accounts:
        if home.path != "/" and not (home.path + "/").startswith(_NO_HOME_PREFIXES) and view.kind(home.path) == "dir":
            found.setdefault(home.path, home)
    for parent in ("/home", "/Users", "/var/home"):
        for name in _names(view, parent):
            path = f"{parent}/{name}"
            if path not in found and name not in ("lost+found", "Shared") and view.kind(path) == "dir":
                found[path] = Home(path, _owner(view, path), name)
    seen: set[str] = set()
    return tuple(home for home in found.values() if _first_time(view, home.path, seen))


def _first_time(view: View, path: str, seen: set[str]) -> bool:
    """Whether a home is met for the first time, by its canonical path (/home is often a link to /var/home)."""
    try:
        real = view.realpath(path)
    except OSError:
        return True
    known = real in seen
    seen.add(real)
    return not known


def _owner(view: View, path: str) -> int:
    try:
        return view.stat(path).st_uid
    except OSError:
        return -1
