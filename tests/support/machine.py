"""The parts of a made-up machine: libraries, interpreters and environments as small files below a root of their own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.elf_writer import AARCH64, LOADER, X86_64, Elf
from tests.support.wheels import install
from venvdoctor.view import rooted_view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TRIPLET = "x86_64-linux-gnu"
ADA = os.getuid() or 1000  # the user whose home the recipes fill is whoever runs the tests, and for root somebody else
GLIBC = ["GLIBC_2.2.5", "GLIBC_2.14", "GLIBC_2.17", "GLIBC_2.28", "GLIBC_2.34", "GLIBC_2.36"]
_MODULES = """
__future__ _collections_abc _compat_pickle _compression _markupbase _py_abc _pydecimal _pyio _sitebuiltins
_strptime _threading_local _weakrefset abc argparse ast asyncio/__init__ base64 bdb bisect bz2 calendar cmd code
codecs codeop collections/__init__ colorsys compileall concurrent/__init__ concurrent/futures/__init__ configparser
contextlib contextvars copy copyreg csv ctypes/__init__ ctypes/util curses/__init__ dataclasses datetime
dbm/__init__ decimal difflib dis doctest email/__init__ email/mime/__init__ encodings/__init__ encodings/aliases
encodings/ascii encodings/cp437 encodings/idna encodings/latin_1 encodings/utf_8 ensurepip/__init__
ensurepip/__main__ enum filecmp fileinput fnmatch fractions ftplib functools genericpath getopt getpass gettext
glob gzip hashlib heapq hmac html/__init__ html/parser http/__init__ http/client imaplib importlib/__init__
importlib/_abc importlib/_bootstrap importlib/_bootstrap_external importlib/abc importlib/machinery
importlib/metadata/__init__ importlib/util inspect io ipaddress json/__init__ json/decoder json/encoder
json/scanner keyword linecache locale logging/__init__ lzma mailbox mimetypes modulefinder multiprocessing/__init__
netrc ntpath numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib
posixpath pprint profile pty py_compile pyclbr pydoc pydoc_data/__init__ queue quopri random re/__init__ reprlib
rlcompleter runpy sched secrets selectors shelve shlex shutil signal site smtplib socket socketserver
sqlite3/__init__ ssl stat statistics string stringprep struct subprocess symtable sysconfig tabnanny tarfile
tempfile textwrap threading timeit token tokenize tomllib/__init__ trace traceback tracemalloc tty types typing
unittest/__init__ urllib/__init__ urllib/parse urllib/request uuid venv/__init__ venv/__main__ warnings wave
weakref webbrowser wsgiref/__init__ xml/__init__ xml/dom/__init__ xml/etree/__init__ xml/sax/__init__ zipapp
zipfile zipimport zoneinfo/__init__
"""
STDLIB = _MODULES.split()
BEFORE_312 = [
    "distutils/__init__",
    "distutils/util",
    "distutils/core",
    "distutils/cmd",
    "distutils/version",
    "imp",
    "asyncore",
]
DYNLOAD = ("_ssl", "_ctypes", "_sqlite3", "_hashlib", "_bz2", "_lzma", "_json", "readline")
API = ("Py_Main", "Py_BytesMain", "Py_Initialize", "PyModule_Create2", "PyImport_ImportModule")
BUILT_IN = ("_struct", "math", "select", "_socket", "_random", "_posixsubprocess", "zlib", "array")
# What is read of Debian's site.py: which directories it adds.
DEBIAN_SITE = """
            libdirs.append("lib")
                    libdirs.append(os.path.join(prefix, "local/lib", "python%d.%d" % sys.version_info[:2], "dist-packages"))
                    libdirs.append(os.path.join(prefix, "lib", "python3", "dist-packages"))
"""
LIBRARIES = {
    "_ssl": "libssl.so.3",
    "_hashlib": "libcrypto.so.3",
    "_ctypes": "libffi.so.8",
    "_sqlite3": "libsqlite3.so.0",
    "_bz2": "libbz2.so.1.0",
    "_lzma": "liblzma.so.5",
    "readline": "libreadline.so.8",
}


@dataclass
class Machine:
    """A made-up Debian 12: its root on the real disk, and what lies in it. Paths are as inside."""

    root: Path

    def at(self, path: str) -> Path:
        """Return where an inside path lies outside."""
        return self.root / path.lstrip("/")

    def write(self, path: str, data: str | bytes, mode: int = 0o644) -> None:
        """Write a file, its directories included."""
        place = self.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)
        place.chmod(mode)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link; an existing name is replaced."""
        place = self.at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink() or place.exists():
            place.unlink()
        place.symlink_to(target)

    def basics(self) -> None:
        """Write the system: release, users, loader, C library and the libraries that the standard library uses."""
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        self.write(
            "/etc/passwd",
            f"root:x:0:0:root:/root:/bin/bash\nada:x:{ADA}:{ADA}:Ada:/home/ada:/bin/bash\n"
            f"grace:x:{ADA + 1}:{ADA + 1}:Grace:/home/grace:/bin/sh\n",
        )
        for home in ("/root", "/home/ada", "/home/grace", "/tmp", "/opt", "/srv", "/usr/local/bin"):
            self.at(home).mkdir(parents=True, exist_ok=True)
        for link, target in (("/bin", "usr/bin"), ("/lib", "usr/lib"), ("/lib64", "usr/lib64")):
            self.link(link, target)
        self.write(
            f"/usr/lib/{TRIPLET}/ld-linux-x86-64.so.2",
            Elf(soname="ld-linux-x86-64.so.2", verdef=["GLIBC_2.2.5"]).build(),
            0o755,
        )
        self.link("/usr/lib64/ld-linux-x86-64.so.2", f"/lib/{TRIPLET}/ld-linux-x86-64.so.2")
        for name in ("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "libutil.so.1"):
            self.library(name, verdef=GLIBC)
        for name in ("libz.so.1", "libexpat.so.1", *LIBRARIES.values()):
            self.library(name)
        self.write("/usr/bin/env", Elf(interp=LOADER, needed=["libc.so.6"]).build(), 0o755)
        for shell in ("sh", "bash"):
            self.write(f"/usr/bin/{shell}", Elf(interp=LOADER, needed=["libc.so.6"]).build(), 0o755)

    def settle(self) -> None:
        """Give the homes to their owners, so that a machine is the same whoever runs the tests."""
        if os.getuid():
            return
        for home, owner in (("/home/ada", ADA), ("/home/grace", ADA + 1)):
            for folder, folders, files in os.walk(self.at(home)):
                for name in (".", *folders, *files):
                    os.lchown(os.path.join(folder, name), owner, owner)

    def library(self, name: str, *, verdef: Sequence[str] = (), folder: str = f"/usr/lib/{TRIPLET}") -> None:
        """Write a shared library."""
        self.write(
            f"{folder}/{name}",
            Elf(soname=name, verdef=verdef, needed=[] if name.startswith("libc.") else ["libc.so.6"]).build(),
        )

    def interpreter(
        self,
        version: str,
        prefix: str = "/usr",
        *,
        shared: bool = False,
        names: Sequence[str] = (),
        machine: str = "x86_64",
        **binary: object,
    ) -> None:
        """Write a CPython: its binary, its standard library, its extension modules and the names that lead to it."""
        series, compact = _series(version), _series(version).replace(".", "")
        facts = python_elf(version, prefix, machine=machine)
        if shared:
            soname = f"libpython{series}.so.1.0"
            facts.soname = soname
            self.write(f"{prefix}/lib/{soname}", facts.build(), 0o755)
            facts = Elf(interp=LOADER, needed=[soname, "libc.so.6"], runpath=f"{prefix}/lib", machine=facts.machine)
        else:
            facts.interp = LOADER
        for key, value in binary.items():
            setattr(facts, key, value)
        self.write(f"{prefix}/bin/python{series}", facts.build(), 0o755)
        for name in names or ("python3",):
            self.link(f"{prefix}/bin/{name}", f"python{series}")
        library = f"{prefix}/lib/python{series}"
        for module in [*STDLIB, *(BEFORE_312 if int(series.split(".")[1]) < 12 else ())]:
            self.write(f"{library}/{module}.py", "")
        if prefix == "/usr":
            self.write(f"{library}/site.py", DEBIAN_SITE)
        self.write(f"{library}/lib-dynload/.keep", "")
        for module in DYNLOAD:
            needed = [LIBRARIES[module], "libc.so.6"] if module in LIBRARIES else ["libc.so.6"]
            body = Elf(needed=needed, exports={f"PyInit_{module}": b""}, machine=facts.machine).build()
            self.write(f"{library}/lib-dynload/{module}.cpython-{compact}-{machine}-linux-gnu.so", body)
        site = f"{library}/site-packages" if prefix != "/usr" else "/usr/lib/python3/dist-packages"
        self.at(site).mkdir(parents=True, exist_ok=True)

    def environment(
        self, path: str, python: str, *, maker: str = "venv", copies: bool = False, system: bool = False, **cfg: str
    ) -> None:
        """Make an environment as `venv`, `virtualenv` or `uv` leaves it, on an interpreter written before."""
        real = self.at(rooted_view(str(self.root)).realpath(python))
        version = version_of(real.read_bytes(), self)
        series, home = _series(version), os.path.dirname(python)
        name = os.path.basename(python) if maker == "venv" else "python"
        keys = {
            "home": home,
            "include-system-site-packages": str(system).lower(),
            **_maker_keys(maker, version, python, path),
            **cfg,
        }
        self.write(f"{path}/pyvenv.cfg", "".join(f"{key} = {value}\n" for key, value in keys.items() if value != "-"))
        if copies:
            self.write(f"{path}/bin/{name}", real.read_bytes(), 0o755)
        else:
            self.link(f"{path}/bin/{name}", python)
        for alias in ("python", "python3", f"python{series}"):
            if alias != name:
                self.link(f"{path}/bin/{alias}", name)
        self.at(f"{path}/lib/python{series}/site-packages").mkdir(parents=True, exist_ok=True)
        if maker == "venv":
            self.link(f"{path}/lib64", "lib")
        self.write(f"{path}/bin/activate", f'VIRTUAL_ENV="{path}"\nexport VIRTUAL_ENV\n')

    def distribution(self, env: str, name: str, version: str, *, series: str = "", **content: object) -> None:
        """Install a made-up distribution into an environment; `scripts` start the environment's own python."""
        site = self.site(env, series)
        (self.at(env) / "bin").mkdir(exist_ok=True)
        install(site, name, version, bin_dir=self.at(env) / "bin", shebang=f"{env}/bin/python", **content)

    def conda(self, path: str, version: str) -> None:
        """Make a conda environment: an interpreter of its own, a package with a script, and the records of both."""
        series = _series(version)
        self.interpreter(version, path, names=("python3", "python"))
        self.write(f"{path}/conda-meta/history", f"==> 2024-01-01 00:00:00 <==\n# cmd: conda create -p {path}\n")
        owned = [*sorted(self.at(path).glob(f"lib/python{series}/**/*.py")), self.at(f"{path}/bin/python{series}")]
        python = [{"_path": str(item.relative_to(self.at(path))), "path_type": "hardlink"} for item in owned]
        script = f"#!{path}/bin/python\nimport sys\nfrom tool import main\nsys.exit(main())\n"
        self.write(f"{path}/bin/tool", script, 0o755)
        self.write(f"{path}/lib/python{series}/site-packages/tool/__init__.py", "def main(): ...\n")
        tool = [
            {
                "_path": "bin/tool",
                "path_type": "hardlink",
                "prefix_placeholder": "/opt/placeholder",
                "file_mode": "text",
            },
            {"_path": f"lib/python{series}/site-packages/tool/__init__.py", "path_type": "hardlink"},
        ]
        self.conda_record(path, "python", version, python)
        self.conda_record(path, "tool", "1.0", tool)

    def conda_record(self, path: str, name: str, version: str, rows: Sequence[object]) -> None:
        """Write one record of conda-meta."""
        link = {"type": 1, "source": f"/home/ada/miniforge3/pkgs/{name}-{version}-h0_0"}
        record: dict[str, object] = {
            "name": name,
            "version": version,
            "build": "h0_0",
            "build_number": 0,
            "channel": "conda-forge",
            "link": link,
        }
        record["paths_data"] = {"paths": rows, "paths_version": 1}
        self.write(f"{path}/conda-meta/{name}-{version}-h0_0.json", json.dumps(record, indent=1))

    def site(self, env: str, series: str = "") -> Path:
        """Return the site-packages of an environment (outside path)."""
        if series:
            return self.at(f"{env}/lib/python{series}/site-packages")
        return min(self.at(env).glob("lib/python*/site-packages"))


def python_elf(version: str, prefix: str, *, machine: str = "x86_64") -> Elf:
    """Return the runtime of a CPython: Py_Version, API symbols, version text, extension suffixes, PREFIX."""
    series = _series(version)
    compact = series.replace(".", "")
    texts = [
        version,
        series,
        f".cpython-{compact}-{machine}-linux-gnu.so",
        ".abi3.so",
        ".so",
        prefix,
        f"lib/python{series}",
        "lib",
    ]
    exports = dict.fromkeys([*API, *(f"PyInit_{name}" for name in BUILT_IN)], b"")
    if int(series.split(".")[1]) >= 11:
        exports = {"Py_Version": hex_version(version).to_bytes(4, "little"), **exports}
    return Elf(
        needed=["libm.so.6", "libc.so.6"],
        exports=exports,
        rodata=b"\0".join(text.encode() for text in texts),
        verneed={"libc.so.6": ["GLIBC_2.34"]},
        machine={"x86_64": X86_64, "aarch64": AARCH64}[machine],
    )


def hex_version(version: str) -> int:
    """Return PY_VERSION_HEX of a final version or of one like 3.14.0rc2."""
    numbers, level, serial = version, 0xF, 0
    for letters, value in (("rc", 0xC), ("b", 0xB), ("a", 0xA)):
        if letters in version:
            numbers, _, tail = version.partition(letters)
            level, serial = value, int(tail)
            break
    major, minor, micro = (int(part) for part in numbers.split("."))
    return major << 24 | minor << 16 | micro << 8 | level << 4 | serial


def version_of(binary: bytes, machine: Machine) -> str:
    """Return the version text of a binary that this module wrote (of its libpython where it is a thin one)."""
    import re

    match = re.search(rb"\0(3\.\d+\.\d+(?:rc\d+|b\d+|a\d+)?)\0", binary)
    if match:
        return match[1].decode()
    soname = re.search(rb"(libpython[\w.]+)\0", binary)
    assert soname, "no interpreter of the fixtures"
    return version_of(next(machine.root.rglob(soname[1].decode())).read_bytes(), machine)


def _series(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _maker_keys(maker: str, version: str, python: str, path: str) -> dict[str, str]:
    newer = int(version.split(".")[1]) >= 11
    if maker == "uv":
        return {"uv": "0.9.0", "implementation": "CPython", "version_info": version}
    if maker == "virtualenv":
        keys = {
            "implementation": "CPython",
            "version_info": f"{version}.final.0",
            "virtualenv": "20.31.2",
            "version": version,
        }
        return {**keys, "base-prefix": os.path.dirname(os.path.dirname(python)), "base-executable": python}
    keys = {"version": version}
    return {**keys, "executable": python, "command": f"{python} -m venv {path}"} if newer else keys
