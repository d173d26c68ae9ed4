"""What tells an environment's directory from any other, by the names in it alone.

Three marks, in this order: `pyvenv.cfg` (PEP 405), `conda-meta/` (conda's `PrefixData.is_environment`), and the
looks of an environment that lost its mark: activate scripts beside an interpreter and a version directory with
site-packages that is no installation of its own.
"""

from __future__ import annotations

import errno
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.view import View

CFG = "pyvenv.cfg"
CONDA_META = "conda-meta"
BIN_DIRS = ("bin", "Scripts")
ACTIVATES = ("activate", "activate.fish", "activate.csh", "activate.bat", "Activate.ps1", "activate.ps1")
PYTHONS = ("python", "python3", "python.exe", "pypy3", "pypy")
ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})


def is_environment(view: View, path: str) -> bool:
    """Return whether `path` is an environment's directory.

    Raises:
        OSError: when nobody can tell (`EACCES`, `EIO`); absence is an answer.
    """
    return present(view, f"{path}/{CFG}") or is_directory(view, f"{path}/{CONDA_META}") or is_markerless(view, path)


def is_markerless(view: View, path: str) -> bool:
    """Return whether `path` plainly was an environment and lost its `pyvenv.cfg`.

    A base installation (`os.py` in its version directory) is none; a virtualenv older than 20 has copies or links
    of the standard library instead of a mark, and is known by its `orig-prefix.txt`.
    """
    if _has_one(view, f"{path}/bin", ACTIVATES[:3]):
        return _has_one(view, f"{path}/bin", PYTHONS) and _has_version_directory(view, path)
    if _has_one(view, f"{path}/Scripts", ACTIVATES):
        windows = present(view, f"{path}/Lib/site-packages") and not present(view, f"{path}/Lib/os.py")
        return windows and _has_one(view, f"{path}/Scripts", PYTHONS)
    return False


def present(view: View, path: str) -> bool:
    """Return whether the name is there, a dangling link included.

    Raises:
        OSError: when nobody can tell.
    """
    try:
        view.lstat(path)
    except OSError as error:
        if error.errno in ABSENT:
            return False
        raise
    except ValueError:  # a NUL inside the name
        return False
    return True


def is_directory(view: View, path: str) -> bool:
    """Return whether the name leads to a directory.

    Raises:
        OSError: when nobody can tell.
    """
    try:
        return stat.S_ISDIR(view.stat(path).st_mode)
    except OSError as error:
        if error.errno in ABSENT:
            return False
        raise
    except ValueError:
        return False


def _has_one(view: View, directory: str, names: tuple[str, ...]) -> bool:
    return any(present(view, f"{directory}/{name}") for name in names)


def _has_version_directory(view: View, path: str) -> bool:
    return any(
        _is_borrowed(view, f"{path}/{library}")
        for library in ("lib", "lib64")
        if is_directory(view, f"{path}/{library}")
    )


def _is_borrowed(view: View, library: str) -> bool:
    """Return whether a `lib` holds site-packages without the standard library that belongs to them."""
    for name in view.listdir(library):
        if name.startswith(("python", "pypy")) and is_directory(view, f"{library}/{name}/site-packages"):
            own = present(view, f"{library}/{name}/os.py") and not present(view, f"{library}/{name}/orig-prefix.txt")
            if not own:
                return True
    return False
