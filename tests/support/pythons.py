"""Real interpreters of this machine, found at run time, and private copies of them that break when they are removed.

Nothing here names a place of one machine: pyenv, uv, mise, /usr, /usr/local, /opt and PATH are looked through, and
each candidate is run once to learn what it is.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import session
from tests.support.elf_patch import set_runpath

_PLACES = (
    "~/.pyenv/versions/*/bin/python3",
    "~/.pyenv/versions/*/bin/pypy3",
    "~/.local/share/uv/python/*/bin/python3",
    "~/.local/share/mise/installs/python/*/bin/python3",
    "/opt/hostedtoolcache/Python/*/*/bin/python3",
    "/usr/local/bin/python3.*",
    "/usr/bin/python3.*",
    "/usr/bin/pypy3",
    "/opt/python/*/bin/python3",
)
_ASK = """
import json, os, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "implementation": sys.implementation.name,
    "prefix": sys.base_prefix,
    "executable": os.path.realpath(sys.executable),
    "abiflags": getattr(sys, "abiflags", ""),
    "soabi": sysconfig.get_config_var("SOABI") or "",
    "debug": hasattr(sys, "gettotalrefcount"),
    "stdlib": os.path.dirname(os.__file__),
    "venv": sys.prefix != sys.base_prefix,
    "ensurepip": os.path.isdir(os.path.join(os.path.dirname(os.__file__), "ensurepip", "_bundled")),
}))
"""


class Python(NamedTuple):
    """One real interpreter: `path` as found, `executable` its canonical file."""

    path: str
    executable: str
    version: tuple[int, int, int]
    implementation: str
    prefix: str
    stdlib: str
    abiflags: str
    soabi: str
    debug: bool
    ensurepip: bool

    @property
    def series(self) -> str:
        """X.Y."""
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def text(self) -> str:
        """X.Y.Z."""
        return ".".join(map(str, self.version))

    @property
    def system(self) -> bool:
        """Whether it belongs to the operating system."""
        return self.prefix == "/usr"


def clean_environ(**extra: str) -> dict[str, str]:
    """Return this process's variables without those that would steer another Python, pip, uv or pipx."""
    steering = (
        "PYTHON",
        "VIRTUAL_ENV",
        "CONDA",
        "PIPX_",
        "UV_PYTHON",
        "UV_PROJECT",
        "WORKON",
        "PYENV_VERSION",
        "PYTEST",
        "COV_",
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "LC_ALL": "C.UTF-8", **extra}


@cache
def found() -> tuple[Python, ...]:
    """Return every interpreter of this machine once per real file, oldest first, the same in every worker."""
    seen: dict[str, Python] = {}
    for path in _candidates():
        real = os.path.realpath(path)
        if real not in seen and (answer := _ask(path)) is not None:
            seen.setdefault(answer.executable, answer)
    return tuple(
        sorted(seen.values(), key=lambda item: (item.version, item.implementation, item.debug, item.system, item.path))
    )


def pythons(minimum: str = "3.6", maximum: str = "3.99", *, implementation: str = "cpython") -> list[Python]:
    """Return one interpreter per series between the bounds; for parametrisation (`ids=str` works through `label`)."""
    low, high = _series(minimum), _series(maximum)
    by_series = {
        item.series: item
        for item in sorted(found(), key=lambda item: (not item.system, item.ensurepip, item.version))
        if item.implementation == implementation
        and low <= item.version[:2] <= high
        and not item.debug
        and "t" not in item.abiflags
    }
    return sorted(by_series.values(), key=lambda item: item.version)


def label(item: object) -> str:
    """Return a test id for an interpreter; any other parameter keeps pytest's."""
    return f"{item.implementation[:2]}{item.text}" if isinstance(item, Python) else str(item)


def every(minimum: str = "3.6", maximum: str = "3.99") -> pytest.MarkDecorator:
    """Parametrise a test over one interpreter per series as `interpreter`; one skipped case where there is none."""
    known = pythons(minimum, maximum)
    if not known:
        reason = f"no CPython between {minimum} and {maximum} on this machine"
        return pytest.mark.parametrize("interpreter", [pytest.param(None, marks=pytest.mark.skip(reason=reason))])
    return pytest.mark.parametrize("interpreter", known, ids=label)


def python(series: str = "", *, ensurepip: bool = False) -> Python:
    """Return an interpreter of a series (default: the series that runs the tests), or skip the test."""
    wanted = series or f"{sys.version_info[0]}.{sys.version_info[1]}"
    for item in pythons(wanted, wanted):  # the one with ensurepip where there are several
        if item.ensurepip or not ensurepip:
            return item
    pytest.skip(f"no CPython {wanted}{' with ensurepip' if ensurepip else ''} on this machine")


def special(
    *, debug: bool = False, implementation: str = "cpython", threaded: bool = True, system: bool = False
) -> Python:
    """Return the newest debug build, PyPy, free-threaded or system interpreter, or skip the test."""
    for item in reversed(found()):
        matches = item.implementation == implementation and item.debug == debug and (not system or item.system)
        if matches and threaded == ("t" not in item.abiflags):
            return item
    pytest.skip(
        f"no such interpreter here: {implementation} debug={debug} free-threaded={not threaded} system={system}"
    )


def relocatable_copy(series: str, place: Path | str, *, origin: bool = False) -> Python:
    """Copy an interpreter to `place` so that nothing but `place` keeps it alive; skip where none can be copied.

    Its compiled-in PREFIX becomes a path that does not exist, as in python-build-standalone. It finds a libpython of
    its own below `place`: by an absolute RUNPATH, or with `origin` by `$ORIGIN/../lib` (then `venv --copies` of it
    cannot start). Files are hard links to a copy made once per session (so replace them, never write into them);
    the executables are files of their own.
    """
    source = _copyable(series)
    master = session.once(f"base-{source.text}", lambda made: _make_master(source, made))
    target = Path(os.path.abspath(place))
    for name in [*(target / "bin").glob("python*"), *(target / "lib").glob("libpython*")]:
        if (master / name.relative_to(target)).exists():
            name.unlink()  # a second interpreter in the same prefix takes over the unversioned names
    shutil.copytree(master, target, symlinks=True, copy_function=_link_or_copy, dirs_exist_ok=True)
    executable = target / "bin" / f"python{source.series}"
    if not origin:
        set_runpath(executable, str(target / "lib"))
    answer = _ask(str(executable))
    assert answer is not None, f"the copy of {source.executable} does not run"
    return answer._replace(path=str(executable))


def system_copy(place: Path | str) -> Python:
    """Copy a static system interpreter (Debian's) and its library to `place`; skip where there is none.

    It finds its library above itself, so it works from anywhere, but falls back to the system's when that is gone.
    """
    static = [
        item
        for item in found()
        if item.system and not item.debug and item.implementation == "cpython" and b"libpython" not in _head(item)
    ]
    if not static:
        pytest.skip("no system interpreter here that holds its own runtime")
    source, target = static[-1], Path(os.path.abspath(place))
    library = target / "lib" / Path(source.stdlib).name
    ignored = shutil.ignore_patterns("test", "tests", "__pycache__", "config-3*")
    if not library.exists():
        shutil.copytree(source.stdlib, library, symlinks=False, ignore=ignored, ignore_dangling_symlinks=True)
    (target / "bin").mkdir(exist_ok=True)
    name = f"python{source.series}"
    for link in ("python", "python3", name):
        (target / "bin" / link).unlink(missing_ok=True)
    shutil.copy2(source.executable, target / "bin" / name)
    (target / "bin" / "python3").symlink_to(name)
    (target / "bin" / "python").symlink_to("python3")
    answer = _ask(str(target / "bin" / name))
    assert answer is not None, f"the copy of {source.executable} does not run"
    return answer._replace(path=str(target / "bin" / name))


def _head(item: Python) -> bytes:
    """Return the part of a binary where the names of the libraries it loads stand."""
    with open(item.executable, "rb") as file:
        return file.read(1 << 16)


def copyable(minimum: str = "3.8", maximum: str = "3.99") -> list[str]:
    """Return the series that `relocatable_copy` can copy here."""
    return [item.series for item in pythons(minimum, maximum) if _can_copy(item)]


def _copyable(series: str) -> Python:
    candidates = [
        item for item in found() if item.series == series and item.implementation == "cpython" and not item.debug
    ]
    for item in candidates:
        if _can_copy(item):
            return item
    pytest.skip(f"no CPython {series} here that can be copied (one with a prefix of its own is needed)")


def _can_copy(item: Python) -> bool:
    return len(item.prefix) > len("/install/3.99.99") and Path(item.stdlib).parent.parent == Path(item.prefix)


def _make_master(source: Python, target: Path) -> None:
    ignored = shutil.ignore_patterns(
        "test",
        "tests",
        "idlelib",
        "*.a",
        "tkinter",
        "turtledemo",
        "config-3*",
        "include",
        "share",
        "site-packages",
        "*.opt-?.pyc",
    )
    (target / "bin").mkdir(parents=True)
    library = target / "lib"
    shutil.copytree(source.stdlib, library / Path(source.stdlib).name, symlinks=True, ignore=ignored)
    (library / Path(source.stdlib).name / "site-packages").mkdir(exist_ok=True)
    for item in (Path(source.prefix) / "lib").glob("libpython*"):
        shutil.copy2(item, library / item.name, follow_symlinks=False)
    name = f"python{source.series}"
    shutil.copy2(source.executable, target / "bin" / name)
    for alias in ("python3", "python"):
        (target / "bin" / alias).symlink_to(name)
    for item in [target / "bin" / name, *library.glob("libpython*")]:
        if not item.is_symlink():
            _forget_prefix(item, source)


def _forget_prefix(binary: Path, source: Python) -> None:
    """Overwrite the compiled-in prefix with one of the same length (its tail is shared with the version string)."""
    prefix = source.prefix
    tail = os.path.basename(prefix)
    fake = "/install" + "_" * (len(prefix) - 9 - len(tail)) + "/" + tail
    runpath, own = f"{prefix}/lib\0".encode(), b"$ORIGIN/../lib"
    data = binary.read_bytes()
    if len(own) < len(runpath):
        data = data.replace(runpath, own.ljust(len(runpath), b"\0"))
    for encoding in ("utf-8", "utf-32-le"):
        data = data.replace(prefix.encode(encoding), fake.encode(encoding))
    mode = binary.stat().st_mode
    binary.unlink()
    binary.write_bytes(data)
    binary.chmod(mode)


def _link_or_copy(source: str, target: str, *, follow_symlinks: bool = True) -> str:
    """Hard-link what is only read; copy executables, which tests replace and compare."""
    if os.path.basename(os.path.dirname(source)) == "bin" or (os.path.islink(source) and not follow_symlinks):
        return str(shutil.copy2(source, target, follow_symlinks=follow_symlinks))
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        return str(shutil.copy2(source, target, follow_symlinks=follow_symlinks))
    return target


def _candidates() -> list[str]:
    paths = [sys.executable]
    roots = [os.environ.get("PYENV_ROOT", ""), os.environ.get("UV_PYTHON_INSTALL_DIR", "")]
    patterns = [
        *_PLACES,
        f"{roots[0]}/versions/*/bin/python3" if roots[0] else "",
        f"{roots[1]}/*/bin/python3" if roots[1] else "",
    ]
    for pattern in filter(None, patterns):
        paths += sorted(glob.glob(os.path.expanduser(pattern)))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and "shims" not in folder:
            paths += sorted(glob.glob(f"{glob.escape(folder)}/python3*"))
    return [path for path in paths if not path.endswith(("-config", "-intel64")) and os.access(path, os.X_OK)]


def _ask(path: str) -> Python | None:
    """Run one candidate from a neutral directory; None for whatever is no usable Python 3 of its own."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            cwd="/",
            env=clean_environ(),
        )
        facts = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if facts.pop("venv"):
        return _ask(_base_of(path)) if _base_of(path) != path else None
    facts["version"] = tuple(facts["version"])
    return Python(path=path, **facts)


def _base_of(path: str) -> str:
    """Return the real file behind an environment's interpreter."""
    real = os.path.realpath(path)
    return real if os.path.dirname(real) != os.path.dirname(path) else path


def _series(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)
