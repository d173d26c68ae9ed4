"""What an interpreter's files say: version, ABI, where it looks for its library, what keeps it from starting."""

from __future__ import annotations

from typing import Literal, NamedTuple

from venvdoctor.model.fact import fact

Implementation = Literal["cpython", "pypy", "graalpy"]


class PythonVersion(NamedTuple):
    """A Python version as far as it is known; `micro` is None where only X.Y could be read."""

    major: int
    minor: int
    micro: int | None = None
    level: str = "final"  # alpha, beta, candidate, final
    serial: int = 0

    @property
    def series(self) -> str:
        """X.Y."""
        return f"{self.major}.{self.minor}"

    @property
    def text(self) -> str:
        """X.Y, X.Y.Z, X.Y.ZrcN, as `python -V` prints it."""
        if self.micro is None:
            return self.series
        suffix = {"alpha": f"a{self.serial}", "beta": f"b{self.serial}", "candidate": f"rc{self.serial}"}.get(
            self.level, ""
        )
        return f"{self.series}.{self.micro}{suffix}"


class Fault(NamedTuple):
    """One reason why a program or a library cannot be loaded.

    Attributes:
        kind: `loader-missing`, `library-missing`, `symbol-version`, `undefined-symbol`, `wrong-machine`, `wrong-libc`,
            `truncated`, `not-executable`, `empty`, `text`, `not-binary`.
        path: the file that has the fault.
        subject: what it wants: a soname, a symbol, a version node, a machine.
        detail: one clause more, for people.
    """

    kind: str
    path: str
    subject: str
    detail: str = ""


@fact
class StdlibModule:
    """An extension module of the base's `lib-dynload` that cannot be loaded, and why."""

    name: str
    path: str
    faults: tuple[Fault, ...]


@fact
class Interpreter:
    """One interpreter file and what surrounds it; read once per real file, shared by every environment on it.

    Attributes:
        executable: canonical path of the file that runs.
        version: read from the binary or the libpython that it loads; None when it could not be read.
        version_source: the file the version was read from.
        implementation: None when it is not known to be a Python at all (a wrapper script, junk).
        abi_flags: `""`, `t`, `d`, `td`, and `m` up to 3.7.
        soabi: the tag of its own extension modules, `cpython-311-x86_64-linux-gnu`.
        suffixes: the extension suffixes it imports, in its order.
        machine, libc: `x86_64`, `aarch64` …; `glibc`, `musl` or None.
        platlibdir: `lib` or `lib64`.
        compiled_prefix: PREFIX as compiled in, when known.
        prefix: what sys.prefix is when it is run as itself, None when no standard library can be found.
        stdlib: the directory of its standard library.
        dynload: the directory of its extension modules.
        stdlib_faults: what is missing from the standard library (`os.py`, `encodings`, `distutils/util.py` …).
        site_packages: its own global site directories, in sys.path order (Debian: dist-packages).
        provider: `debian`, `pyenv`, `uv`, `homebrew`, `conda`, `python.org`, `mise`, `asdf` … or `unknown`.
        libpython: path of the libpython that the loader picks, None when static or missing.
        expected_libpython: the libpython of its own installation, when the loader picks another one.
        stdlib_series: X.Y that the files of its standard library are of, when that is not its own.
        faults: why it cannot start at all (empty: it starts, as far as its own files go).
        modules: extension modules of its standard library that cannot be loaded.
        undecided: why a fact above could not be established (unreadable, unknown format).
        doubts: those of them that keep anybody from saying whether it starts.
    """

    executable: str
    version: PythonVersion | None = None
    version_source: str = ""
    implementation: Implementation | None = None
    abi_flags: str = ""
    soabi: str | None = None
    suffixes: tuple[str, ...] = ()
    machine: str | None = None
    libc: str | None = None
    platlibdir: str = "lib"
    compiled_prefix: str | None = None
    prefix: str | None = None
    stdlib: str | None = None
    dynload: str | None = None
    stdlib_faults: tuple[str, ...] = ()
    site_packages: tuple[str, ...] = ()
    provider: str = "unknown"
    libpython: str | None = None
    expected_libpython: str | None = None
    stdlib_series: str | None = None
    faults: tuple[Fault, ...] = ()
    modules: tuple[StdlibModule, ...] = ()
    undecided: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
