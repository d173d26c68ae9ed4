"""Which standard library an interpreter runs with when it is started by its own name, and what that library lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.inspection import sites
from venvdoctor.inspection.getpath import Found, Getpath, Program, cut
from venvdoctor.model.fact import replace
from venvdoctor.model.stdlib_parts import CORE, FULL

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter, PythonVersion

# Modules of C that no build leaves out; where they are built in, the binary exports PyInit_….
CORE_EXTENSIONS = ("_struct", "math", "select", "_socket", "_random", "_posixsubprocess")
SRE_MAGIC = {
    (3, 5): 20140917, (3, 6): 20140917, (3, 7): 20171005, (3, 8): 20171005, (3, 9): 20171005, (3, 10): 20171005,
    (3, 11): 20220615, (3, 12): 20221023, (3, 13): 20230612, (3, 14): 20230612, (3, 15): 20230612,
}  # fmt: skip
# The last magic number of each series (importlib/_bootstrap_external.py); from 3.14 on the text does not say it.
PYC_MAGIC = {
    3379: (3, 6),
    3394: (3, 7),
    3413: (3, 8),
    3425: (3, 9),
    3439: (3, 10),
    3495: (3, 11),
    3531: (3, 12),
    3571: (3, 13),
}
_SRE_LINE = re.compile(rb"^MAGIC = (\d{8})\r?$", re.MULTILINE)
_PYC_LINE = re.compile(rb"^MAGIC_NUMBER = \((\d{4})\)", re.MULTILINE)
BOOTSTRAP_HEAD = 64 << 10  # bytes; the line stands at about 13 KiB


def with_stdlib(found: Interpreter, shared: Shared) -> Interpreter:
    """Return the facts with those of the standard library that getpath finds for the executable by its own name."""
    version = found.version
    if version is None or version < (3, 0) or found.implementation == "graalpy" or found.suffixes[-1:] == (".pyd",):
        return found
    if found.implementation == "pypy":
        return _with_sites(_with_pypy_library(found, version, shared), version, shared)
    platlibdir, place = _locate(found, version, shared)
    found = replace(found, platlibdir=platlibdir, prefix=place.prefix, stdlib=place.stdlib)
    found = _with_sites(found, version, shared)
    if place.stdlib is None or place.zipped or place.build:
        return found
    return _examined(found, version, shared)


def _with_sites(found: Interpreter, version: PythonVersion, shared: Shared) -> Interpreter:
    """Add the directories that `site.getsitepackages()` names when the interpreter runs as itself."""
    if found.stdlib is None or found.prefix is None:
        return found
    thread = "t" if "t" in found.abi_flags else ""
    implementation = found.implementation or "cpython"
    scheme = sites.scheme_of(found.stdlib, implementation, version, thread, found.platlibdir, shared)
    prefixes = ["/usr/local", found.prefix] if scheme.local else [found.prefix]
    return replace(found, site_packages=tuple(dict.fromkeys(sites.site_packages(prefixes, scheme, virtual=False))))


def _locate(found: Interpreter, version: PythonVersion, shared: Shared) -> tuple[str, Found]:
    """Return platlibdir and what getpath finds; which of `lib` and `lib64` was compiled in, the landmarks tell."""
    places = {name: _compute(found, version, name, shared) for name in ("lib", "lib64")}
    plain, wide = places["lib"], places["lib64"]
    if plain.stdlib is None:
        return ("lib64", wide) if wide.stdlib else ("lib", plain)
    if wide.stdlib and wide.prefix == plain.prefix and not _same(plain.stdlib, wide.stdlib, shared):
        tag = f".{found.soabi}.so"
        if _has_tag(wide.stdlib, tag, shared) and not _has_tag(
            plain.stdlib, tag, shared
        ):  # 32 and 64 bits side by side
            return "lib64", wide
    if wide.stdlib and plain.fallback and not wide.fallback:
        return "lib64", wide
    return "lib", plain


def _compute(found: Interpreter, version: PythonVersion, platlibdir: str, shared: Shared) -> Found:
    program = Program(
        executable=found.executable,
        version=version,
        thread="t" if "t" in found.abi_flags else "",
        platlibdir=platlibdir,
        compiled_prefix=found.compiled_prefix,
    )
    return Getpath(program=program, view=shared.view, known=shared.store("venvdoctor.inspection.getpath")).compute()


def _has_tag(stdlib: str, ending: str, shared: Shared) -> bool:
    return any(name.endswith(ending) for name in names_in(f"{stdlib}/lib-dynload", shared))


def _same(left: str, right: str, shared: Shared) -> bool:
    try:
        one, two = shared.view.stat(left), shared.view.stat(right)
    except OSError:
        return False
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)


def _with_pypy_library(found: Interpreter, version: PythonVersion, shared: Shared) -> Interpreter:
    """PyPy looks upwards from its executable, then from its library (pypy/module/sys/initpath.py)."""
    starts = [cut(found.executable), cut(found.libpython or "")]
    for start in filter(None, starts):
        place = start
        while place:
            for name in (f"lib/pypy{version.series}", "lib-python/3"):
                stdlib = f"{place}/{name}"
                if shared.view.kind(f"{stdlib}/os.py") == "file":
                    extensions = f"{place}/lib_pypy" if name == "lib-python/3" else stdlib
                    return replace(found, prefix=place, stdlib=stdlib, dynload=extensions)
            place = cut(place)
    return found


def _examined(found: Interpreter, version: PythonVersion, shared: Shared) -> Interpreter:
    """Add what the directory of the standard library shows."""
    stdlib = found.stdlib or ""
    dynload = _dynload(found, shared)
    names = names_in(stdlib, shared)
    if not names or version < (3, 6):
        return replace(found, dynload=dynload)
    return replace(
        found,
        dynload=dynload,
        stdlib_faults=tuple(_lacking(stdlib, version, names, shared)),
        stdlib_series=_series(stdlib, version, shared),
    )


def _dynload(found: Interpreter, shared: Shared) -> str | None:
    """Return the directory of the extension modules: below the prefix, else above the executable (exec_prefix)."""
    below = f"{found.stdlib}/lib-dynload"
    if shared.view.kind(below) == "dir":
        return below
    name = f"{found.platlibdir}/{(found.stdlib or '').rpartition('/')[2]}/lib-dynload"
    place = cut(found.executable)
    while place:
        if shared.view.kind(f"{place}/{name}") == "dir":
            return f"{place}/{name}"
        place = cut(place)
    return None


def names_in(path: str, shared: Shared) -> frozenset[str]:
    """Return the names in a directory, kept; none where it cannot be listed."""
    store = shared.store(__name__)
    if path not in store:
        try:
            store[path] = frozenset(shared.view.listdir(path))
        except (OSError, ValueError):
            store[path] = frozenset()
    names: frozenset[str] = store[path]
    return names


def _lacking(stdlib: str, version: PythonVersion, names: frozenset[str], shared: Shared) -> list[str]:
    """Return the modules that are not there; of a package without its `__init__.py`, that file."""
    if "orig-prefix.txt" in names:  # virtualenv before 20: a few links, and the rest comes from its base
        return []
    lacking = [name for name in (*CORE, *FULL) if not _there(name, stdlib, names, shared)]
    found = [_file_of(name, names) for name in lacking]
    if version < (3, 12) and "distutils" in names:
        inside = names_in(f"{stdlib}/distutils", shared)
        found += [
            f"distutils/{name}.py"
            for name in ("util", "cmd")
            if f"{name}.py" not in inside and f"{name}.pyc" not in inside
        ]
    elif version < (3, 12):
        found.append("distutils")
    return found


def _there(name: str, stdlib: str, names: frozenset[str], shared: Shared) -> bool:
    """Whether a module or a package is there; a directory alone is a namespace, which no module of the library is."""
    if f"{name}.py" in names or f"{name}.pyc" in names:
        return True
    if name not in names:
        return False
    inside = names_in(f"{stdlib}/{name}", shared)
    if "__init__.py" in inside or "__init__.pyc" in inside:
        return True
    return shared.view.kind(f"{stdlib}/{name}/__init__.py") in ("denied", "error")  # nobody can tell


def _file_of(name: str, names: frozenset[str]) -> str:
    return f"{name}/__init__.py" if name in names else name


def _series(stdlib: str, version: PythonVersion, shared: Shared) -> str | None:
    """Return the series that the files are of where it is surely not the interpreter's own, else None."""
    number = _number(f"{stdlib}/importlib/_bootstrap_external.py", _PYC_LINE, shared)
    series = PYC_MAGIC.get(number or 0)
    if series is not None and series != version[:2]:
        return f"{series[0]}.{series[1]}"
    place = "re/_constants.py" if version >= (3, 11) else "sre_constants.py"
    magic, expected = _number(f"{stdlib}/{place}", _SRE_LINE, shared), SRE_MAGIC.get(version[:2])
    if magic is None or expected is None or magic == expected or version.level != "final":
        return None
    others = [key for key, value in SRE_MAGIC.items() if value == magic]
    return f"{others[0][0]}.{others[0][1]}" if others else None


def _number(path: str, line: re.Pattern[bytes], shared: Shared) -> int | None:
    try:
        data = shared.view.read_head(path, BOOTSTRAP_HEAD)
    except (OSError, ValueError):
        return None
    match = line.search(data)
    return int(match[1]) if match else None
