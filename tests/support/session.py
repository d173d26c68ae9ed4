"""One directory per test session, shared by every xdist worker, and builds in it that happen once."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

_state: dict[str, Path] = {}


def configure(factory: pytest.TempPathFactory) -> Path:
    """Say where the session's directory is: the parent of the workers' own under xdist."""
    base = factory.getbasetemp()
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "shared"
    root.mkdir(exist_ok=True)
    _state["root"] = root
    return root


def root() -> Path:
    """Return the session's directory (outside pytest: one that stays until the process ends)."""
    if "root" not in _state:
        _state["root"] = Path(tempfile.mkdtemp(prefix="venvdoctor-tests-"))
    return _state["root"]


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold a lock that other workers see."""
    with (root() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def once(name: str, build: Callable[[Path], None]) -> Path:
    """Return `root()/name`, built by the first worker that asks; a failed build is removed and raises."""
    place = root() / name
    done = root() / f"{name}.done"
    with lock(name):
        if not done.exists():
            shutil.rmtree(place, ignore_errors=True)
            build(place)
            done.touch()
    return place
