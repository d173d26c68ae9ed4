"""Being told to stop: what would end the program takes the repair back first, and is not heard while that is done."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a request to end, or a terminal that is closed, be what Ctrl-C is; `nohup` stays what it is."""
    with _handling([number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL], _interrupt):
        yield


@contextmanager
def unstoppable() -> Iterator[None]:
    """Go on to the end whatever is asked; only a kill ends it, and then the next run goes on."""
    with _handling([signal.SIGINT, *_ENDING], signal.SIG_IGN):
        yield


@contextmanager
def _handling(numbers: list[signal.Signals], handler: object) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # signal(2) is the main thread's alone in Python
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
