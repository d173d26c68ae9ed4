"""Be bound by permission bits even as root: drop the two capabilities that override them, for this thread, and take them back.

Or be another user altogether, in a child process.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_VERSION_3 = 0x20080522  # capget(2)
_DAC = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@contextmanager
def bound_by_modes() -> Iterator[None]:
    """Within it, mode 000 means denied; skip where that cannot be had."""
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root cannot be bound by permission bits here")
    before = _get()
    _set([before[0] & ~_DAC, *before[1:]])
    try:
        yield
    finally:
        _set(before)


def drop() -> None:
    """Drop them for good (in a child process)."""
    if os.geteuid() == 0:
        before = _get()
        _set([before[0] & ~_DAC, before[1] & ~_DAC, *before[2:]])


def _get() -> list[int]:
    data = (ctypes.c_uint32 * 6)()
    _call("capget", data)
    return list(data)


def _set(values: list[int]) -> None:
    _call("capset", (ctypes.c_uint32 * 6)(*values))


def _call(name: str, data: ctypes.Array[ctypes.c_uint32]) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)((ctypes.c_uint32 * 2)(_VERSION_3, 0), data) != 0:
        raise OSError(ctypes.get_errno(), name)


class Ordinary:
    """A user who is not root: runs functions in a child process, in a directory of his own.

    What this process may read the child may read, too (the interpreter's own library may lie in a closed home); what it
    writes, owns and starts is bound as any user's is.
    """

    UID = 23456

    def __init__(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="ordinary-"))
        self.place.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(self.place, self.UID, self.UID)

    def run(self, work: Callable[[Path], object]) -> None:
        """Call `work` with the directory; what it raises fails the test, and what it skips is skipped."""
        child = os.fork()
        if not child:
            os._exit(self._run(work))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 77:
            pytest.skip("this file system, or this machine, has not what is needed")
        assert code == 0, "see the traceback"

    def _run(self, work: Callable[[Path], object]) -> int:
        home = self.place / "home"
        try:
            self._become()
            home.mkdir(exist_ok=True)
            os.environ.update(HOME=str(home), VENVDOCTOR_STATE_DIR=str(home / "state"))
            work(self.place)
        except pytest.skip.Exception:
            return 77
        except BaseException:  # noqa: BLE001 - pytest's own of this process would go on in the child
            traceback.print_exc()
            return 1
        return 0

    def _become(self) -> None:
        if os.geteuid() != 0:
            return
        if sys.platform != "linux":
            pytest.skip("only Linux has capabilities")
        ctypes.CDLL(None).prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
        os.setgroups([])
        os.setgid(self.UID)
        os.setuid(self.UID)
        read_search = 1 << 2
        _set([read_search, read_search, 0, 0, 0, 0])
