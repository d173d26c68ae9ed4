"""Finds the standard library the way each CPython's getpath does, by looking and without running it.

Sources: Modules/getpath.c up to 3.10 (`calculate_*`, `_Py_FindEnvConfigValue`); Modules/getpath.py since; the frozen
getpath of 3.14.10, which trusts the resolved executable before `home` (gh-106045). Paths are joined and cut as text, as
getpath does: it never resolves a directory. Environment variables are left out of account.
"""

from __future__ import annotations

import errno
import posixpath
import stat
from typing import TYPE_CHECKING

from venvdoctor.model.fact import fact, field, record, replace
from venvdoctor.view import MAX_LINKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.model.interpreter import PythonVersion
    from venvdoctor.view import View

OLD_BUFFER = 8191  # bytes that getpath.c reads of one line: MAXPATHLEN * 2 + 1, less the terminator and fgets' own
FILE_LIMIT = 32 * 1024  # bytes from which getpath 3.11 and later refuses a file ("cannot read file larger than 32KB")
CFG = "pyvenv.cfg"


@fact
class Program:
    """What getpath knows of itself: the name it was started by, and what is compiled in."""

    executable: str
    version: PythonVersion
    thread: str = ""  # `t` in a free-threaded build
    platlibdir: str = "lib"
    compiled_prefix: str | None = None
    trusts_executable: bool = False  # gh-106045: the resolved executable comes before `home`

    @property
    def stdlib_subdir(self) -> str:
        """`lib/python3.13t`."""
        thread = self.thread if self.version >= (3, 13) else ""
        return f"{self.platlibdir}/python{self.version.series}{thread}"

    @property
    def zip_name(self) -> str:
        """`lib/python313.zip`."""
        thread = self.thread if self.version >= (3, 13) else ""
        return f"{self.platlibdir}/python{self.version.major}{self.version.minor}{thread}.zip"


@fact
class Found:
    """What getpath computes.

    Attributes:
        prefix: sys.base_prefix; None when no standard library is found anywhere that is known.
        stdlib: the directory of the standard library that is used.
        zipped: the archive that stands for it, when there is one.
        home: the value of `home` that getpath reads, None when it reads none.
        home_used: the standard library was found from `home`.
        venv_prefix: the directory whose pyvenv.cfg getpath took (what sys.prefix becomes from 3.14 on).
        fatal: why the interpreter ends in getpath itself: `cfg-too-large`, `cfg-hangs`, `cfg-unopenable`, `loop`,
            `home-not-a-directory`.
        fallback: the compiled-in prefix was used.
        build: it is a build directory.
    """

    prefix: str | None = None
    stdlib: str | None = None
    zipped: str | None = None
    home: str | None = None
    home_used: bool = False
    venv_prefix: str | None = None
    fatal: str = ""
    fallback: bool = False
    build: bool = False
    denied: str = ""  # a landmark that nobody may look at, where none was found


class _Fatal(Exception):  # noqa: N818 - it ends the interpreter that is emulated, not this program
    pass


@record
class Getpath:
    """One computation; `files` answers the questions that getpath asks the disk."""

    program: Program
    view: View
    known: dict[str, str] = field(default_factory=dict)  # answers of `View.kind`, shared between computations
    denied: str = ""

    def compute(self) -> Found:
        """Return what this version's getpath would find."""
        try:
            found = self._modern() if self.program.version >= (3, 11) else self._classic()
            return replace(found, denied=self.denied) if found.stdlib is None and self.denied else found
        except _Fatal as fatal:
            return Found(fatal=str(fatal))

    def stdlib_above(self, start: str) -> bool:
        """Whether this version finds a standard library in a directory or above it."""
        marks = self._landmarks() if self.program.version < (3, 11) else (self.program.zip_name, *self._landmarks())
        return self._search_up(start, marks) is not None

    # up to 3.10

    def _classic(self) -> Found:
        directory = cut(self._chase(self.program.executable))
        home = self._classic_home(directory)
        found = self._from(directory if home is None else home)
        return Found(
            prefix=found.prefix,
            stdlib=found.stdlib,
            zipped=found.zipped,
            home=home,
            home_used=home is not None and not found.fallback and found.prefix is not None,
            fallback=found.fallback,
            build=found.build,
        )

    def _classic_home(self, directory: str) -> str | None:
        """Return `home` of the pyvenv.cfg beside the resolved executable, else of the one above it."""
        for place in (directory, cut(directory)):
            path = join(place, CFG)
            kind = self._kind(path)
            if kind == "dir":  # fopen succeeds, and there is nothing to read
                return None
            if kind == "other":
                if self._is_fifo(path):
                    raise _Fatal("cfg-hangs")
                continue
            if kind == "file":
                data = self._read(path)
                if data is not None:
                    return classic_home(data)
        return None

    # from 3.11 on

    def _modern(self) -> Found:
        program = self.program
        beside = cut(program.executable)
        lines, place = self._modern_lines(beside)
        home = modern_home(lines)
        target = self._chase(program.executable, normalise=True)
        start = home or cut(self._base_executable(home, target))
        if home and program.trusts_executable:
            start = self._trusted(self._base_executable(home, target)) or start
        found = self._from(start)
        return Found(
            prefix=found.prefix,
            stdlib=found.stdlib,
            zipped=found.zipped,
            home=home,
            home_used=bool(home) and start == home and not found.fallback and found.prefix is not None,
            venv_prefix=place if home is not None or program.version >= (3, 14) else None,
            fallback=found.fallback,
            build=found.build,
        )

    def _modern_lines(self, beside: str) -> tuple[list[str], str | None]:
        for place in (cut(beside), beside):
            path = join(place, CFG)
            kind = self._kind(path)
            if kind in ("missing", "denied"):
                continue
            if kind == "loop":
                raise _Fatal("cfg-unopenable")
            if kind == "other":
                raise _Fatal("cfg-hangs" if self._is_fifo(path) else "cfg-unopenable")
            if kind == "dir":  # fopen succeeds, and there is nothing to read
                return [], place
            data = self._read(path)
            if data is None:
                continue
            if len(data) >= FILE_LIMIT:
                raise _Fatal("cfg-too-large")
            return modern_lines(data), place
        return [], None

    def _base_executable(self, home: str | None, target: str) -> str:
        """Return what sys._base_executable becomes: the resolved link, else the name in `home` that exists."""
        executable = self.program.executable
        if home is None or target != executable:
            return target
        name = posixpath.basename(executable)
        version = self.program.version
        names = [join(home, item) for item in (name, f"python{version.major}", f"python{version.series}")]
        return posixpath.normpath(next(filter(self._is_file, names), names[0]))

    def _trusted(self, base_executable: str) -> str | None:
        """Return the directory of the base executable when a standard library is found above it (gh-106045)."""
        if not self._is_file(base_executable):
            return None
        directory = cut(base_executable)
        landmarks = (self.program.zip_name, *self._landmarks())
        if self._is_file(join(directory, "pybuilddir.txt")) or self._search_up(directory, landmarks) is not None:
            return directory
        return None

    # both

    def _from(self, start: str) -> Found:
        """Search from a directory upwards, then in the compiled-in prefix."""
        program = self.program
        if start.startswith("/"):  # a relative start depends on the directory that the process stands in
            if program.version >= (3, 11) and self._is_below_file(start):
                raise _Fatal("home-not-a-directory")  # reading pybuilddir.txt there ends in an error nobody catches
            built = self._build(start)
            if built is not None:
                return built
            if program.version >= (3, 11):
                prefix = self._search_up(start, (program.zip_name,))
                if prefix is not None:
                    return self._complete(prefix, zipped=join(prefix, program.zip_name))
            prefix = self._search_up(start, self._landmarks())
            if prefix is not None:
                return self._complete(prefix)
        prefix = program.compiled_prefix
        if prefix is None or not any(self._is_file(join(prefix, mark)) for mark in self._landmarks()):
            archive = join(prefix, program.zip_name) if prefix else None
            if archive is not None and self._is_file(archive):
                return self._complete(prefix or "", zipped=archive, fallback=True)
            return Found(fallback=prefix is not None)
        return self._complete(prefix, fallback=True)

    def _complete(self, prefix: str, *, zipped: str | None = None, fallback: bool = False) -> Found:
        stdlib = join(prefix, self.program.stdlib_subdir)
        if self.program.version >= (3, 11):
            stdlib = posixpath.normpath(stdlib)
        return Found(prefix=prefix, stdlib=stdlib, zipped=zipped, fallback=fallback)

    def _build(self, start: str) -> Found | None:
        """Recognise a build directory; its library is the source tree's `Lib`."""
        if not any(self._is_file(join(start, mark)) for mark in ("pybuilddir.txt", "Modules/Setup.local")):
            return None
        library = join(start, "Lib")
        if not self._is_file(join(library, "os.py")):
            return None
        return Found(prefix=self.program.compiled_prefix or start, stdlib=library, build=True)

    def _landmarks(self) -> tuple[str, ...]:
        return (self.program.stdlib_subdir + "/os.py", self.program.stdlib_subdir + "/os.pyc")

    def _search_up(self, start: str, landmarks: Iterable[str]) -> str | None:
        """Return the first of `start` and its parents that holds a landmark; the root itself is never asked."""
        marks = tuple(landmarks)
        place = start
        while place:
            if any(self._is_file(join(place, mark)) for mark in marks):
                return place
            place = cut(place)
        return None

    def _chase(self, path: str, *, normalise: bool = False) -> str:
        """Follow links of the last component only, and leave the directories as they are spelled."""
        for _ in range(MAX_LINKS):
            try:
                target = self.view.readlink(path)
            except (OSError, ValueError):
                return path
            path = target if target.startswith("/") else join(cut(path), target)
            if normalise and not target.startswith("/"):
                path = posixpath.normpath(path)
        raise _Fatal("loop")

    def _kind(self, path: str) -> str:
        if self.program.version >= (3, 11):
            path = posixpath.normpath(path)  # joinpath of getpath normalises; the old one does not
        known = self.known.get(path)
        if known is None:
            known = self.known[path] = self.view.kind(path)
        return known

    def _is_file(self, path: str) -> bool:
        kind = self._kind(path)
        if kind in ("denied", "error") and not self.denied:
            self.denied = path
        return kind == "file"

    def _is_below_file(self, path: str) -> bool:
        """Whether a look below the path fails with ENOTDIR or ELOOP rather than ENOENT."""
        try:
            self.view.stat(join(posixpath.normpath(path), "pybuilddir.txt"))
        except OSError as error:
            return error.errno in (errno.ENOTDIR, errno.ELOOP)
        except ValueError:
            return False
        return False

    def _is_fifo(self, path: str) -> bool:
        try:
            return stat.S_ISFIFO(self.view.stat(path).st_mode)
        except (OSError, ValueError):
            return False

    def _read(self, path: str) -> bytes | None:
        """Return as much of a file as matters, None when it may not be read."""
        try:
            return self.view.read_head(path, FILE_LIMIT * 4)
        except OSError:
            return None


def join(left: str, right: str) -> str:
    """Join as getpath does: an absolute right side wins, and slashes are not doubled."""
    if right.startswith("/") or not left:
        return right
    return left + right if left.endswith("/") else f"{left}/{right}"


def cut(path: str) -> str:
    """Return the text before the last slash; empty for `/usr`, which is why the root is never searched."""
    return path.rpartition("/")[0]


def classic_home(data: bytes) -> str | None:
    """Return what getpath.c up to 3.10 reads as `home`: `fgets` a line, then `wcstok` it into key, `=` and value."""
    for line in _lines(data):
        if not line.endswith(b"\n") or len(line) > OLD_BUFFER or b"\0" in line:
            return None  # what looks like an unfinished line ends the reading
        if line.startswith(b"#"):
            continue
        key, rest = _token(_decode(line), " \t\r\n")
        equals, rest = _token(rest, " \t")
        value, _ = _token(rest, "\r\n")
        if key == "home" and equals == "=" and value:
            return value
    return None


def _lines(data: bytes) -> list[bytes]:
    *whole, rest = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _token(text: str, delimiters: str) -> tuple[str, str]:
    """Return the first token and what is left, as wcstok(3) does; an empty token for none."""
    text = text.lstrip(delimiters)
    end = next((index for index, letter in enumerate(text) if letter in delimiters), len(text))
    return text[:end], text[end + 1 :]


def modern_lines(data: bytes) -> list[str]:
    """Return the lines that getpath 3.11 and later reads: split at newlines only, and ended by the first NUL."""
    text = _decode(data.partition(b"\0")[0])
    return [line.rstrip("\r\n") for line in text.split("\n")]


def modern_home(lines: list[str]) -> str | None:
    """Return the value of the first `home`, empty when it is there and empty, None when it is not there."""
    for line in lines:
        key, equals, value = line.partition("=")
        if equals and key.strip().lower() == "home":
            return value.strip()
    return None


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
