"""What a standard library lacks that an interpreter needs merely to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection.sites import legacy_base

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import PythonVersion

# Imported by Py_Initialize and site before any line of the user's; from 3.11 on all but `encodings` is frozen into the
# binary (Python/frozen.c). Seen with `-v` on every version.
PACKAGES = ("encodings",)
MODULES = ("codecs", "io", "abc", "site", "os", "stat", "posixpath", "genericpath", "_collections_abc", "_sitebuiltins")
ENCODINGS = ("__init__", "aliases", "utf_8")
ZIP_TAIL = 512 << 10  # bytes at the end of an archive: the central directory of a standard library takes some 80 KiB


def gaps(stdlib: str, version: PythonVersion, shared: Shared) -> tuple[str, ...] | None:
    """Return what is missing for a start, None when the directory may not be read.

    Args:
        stdlib: the directory of the standard library.
        version: of the interpreter.
        shared: the context; answers are kept.
    """
    store = shared.store(__name__)
    key = (stdlib, version >= (3, 11))
    if key not in store:
        store[key] = _look(stdlib, version, shared)
    found: tuple[str, ...] | None = store[key]
    return found


def beyond_legacy(missing: tuple[str, ...], stdlib: str, version: PythonVersion, shared: Shared) -> tuple[str, ...]:
    """Return what is missing after virtualenv's own site.py (before 20.0) has added the library of its base.

    Source: virtualenv 16 `virtualenv_embedded/site.py`: `orig-prefix.txt` beside it names the base.
    """
    if not missing or "encodings" in missing:
        return missing
    base = legacy_base(stdlib, shared.view)
    if base is None:
        return missing
    names = _names(f"{base}/lib/python{version.series}", shared) or frozenset()
    return tuple(item for item in missing if item not in names)


def zipped(archive: str, shared: Shared) -> bool:
    """Whether an archive's directory lists `encodings`."""
    try:
        with shared.view.open(archive) as blob:
            tail = blob.read_at(max(0, blob.size - ZIP_TAIL), ZIP_TAIL)
    except OSError:
        return False
    return b"encodings/__init__.py" in tail


def _look(stdlib: str, version: PythonVersion, shared: Shared) -> tuple[str, ...] | None:
    names = _names(stdlib, shared)
    inside = _names(stdlib + "/encodings", shared)
    if names is None or inside is None:
        return None
    missing = [f"encodings/{name}.py" for name in ENCODINGS if not _there(name, inside)]
    if len(missing) == len(ENCODINGS):
        missing = ["encodings"]
    if version < (3, 11):
        missing += [f"{name}.py" for name in MODULES if not _there(name, names)]
    return tuple(missing)


def _there(name: str, names: frozenset[str]) -> bool:
    return f"{name}.py" in names or f"{name}.pyc" in names


def _names(path: str, shared: Shared) -> frozenset[str] | None:
    try:
        return frozenset(shared.view.listdir(path))
    except PermissionError:
        return None
    except (OSError, ValueError):
        return frozenset()
