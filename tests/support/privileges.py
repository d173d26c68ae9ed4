"""Be bound by permission bits even as root: drop the two capabilities that override them, for this thread, and take them back."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

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
