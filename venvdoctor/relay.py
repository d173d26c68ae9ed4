"""Work that is done by a forked copy of this process, and begun anew without the file systems that stop answering.

A look into a network or FUSE file system whose server goes away never ends, and only the end of the process takes it
back. So where such a file system is near, a copy looks, and this process, which looks at nothing, hands on what it
hears from it. When it has heard nothing for a while, it asks the file systems; the copy that waits for a silent one is
ended, and another one takes its place, which leaves that file system out.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from contextlib import suppress
from functools import partial
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

from venvdoctor.errors import SilentError, VenvdoctorError
from venvdoctor.workers import ready, receive, send

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Produce = Callable[[tuple[str, ...]], Iterator[Any]]

STALL = 10.0  # seconds without any news after which the file systems are asked
LAST = 30  # such whiles without news, once one did not answer: a call waits for it in vain that nothing can refuse
PATIENCE = 50  # hundredths of a second that the end of a copy may take


def relayed(
    produce: Produce, silent: Callable[[tuple[str, ...]], tuple[str, ...]], given_up: tuple[str, ...] = ()
) -> Iterator[Any]:
    """Yield what a copy of this process produces; what was yielded before comes again when it is begun anew.

    Args:
        produce: given the file systems to leave out, yields what can be pickled.
        silent: given those that are left out already, returns others that do not answer.
        given_up: those to leave out from the beginning.

    Raises:
        VenvdoctorError: `produce` did, or nothing more is heard of it though all that is silent is left out.
    """
    more: tuple[str, ...] | None = ()
    while more is not None:
        given_up += more
        pid, answers = _copy(produce, given_up)
        try:
            more = yield from _heard(answers, partial(silent, given_up), given_up)
        except EOFError:  # the copy died: what it could not do is done here
            yield from produce(given_up)
            return
        finally:
            _end(pid, answers)


def _heard(
    answers: int, silent: Callable[[], tuple[str, ...]], given_up: tuple[str, ...]
) -> Generator[Any, None, tuple[str, ...] | None]:
    """Yield what the copy says; return what it waits for in vain, None at its end.

    Raises:
        EOFError: it died.
        VenvdoctorError: it ended with that, or is not heard of any more.
    """
    stalls = 0
    while True:
        if ready([answers], STALL):
            stalls = 0
            told = receive(answers)
            if told is None:
                raise EOFError
            kind, value = told
            if isinstance(value, VenvdoctorError):
                raise value
            if kind == "end":
                return None
            yield value
        elif more := silent():
            return more
        elif given_up and (stalls := stalls + 1) >= LAST:
            raise SilentError(given_up)


def _copy(produce: Produce, given_up: tuple[str, ...]) -> tuple[int, int]:
    """Fork; return the number of the copy and where its answers come from."""
    answers, ours = os.pipe()
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads that run here wait for a disk, and hold nothing
        pid = os.fork()
    if pid:
        with suppress(OSError):
            os.setpgid(pid, pid)
        os.close(ours)
        return pid, answers
    try:
        os.setpgid(0, 0)  # ended together with its own workers
        os.close(answers)
        _produce(produce, given_up, ours)
    finally:
        os._exit(0)


def _produce(produce: Produce, given_up: tuple[str, ...], ours: int) -> None:
    try:
        for item in produce(given_up):
            if not send(ours, ("item", item)):
                return
        send(ours, ("end", None))
    except VenvdoctorError as error:
        send(ours, ("end", error))


def _end(pid: int, answers: int) -> None:
    """End the copy and all that it started; it only looks. One that cannot be ended is not waited for."""
    os.close(answers)
    with suppress(ProcessLookupError, PermissionError, ChildProcessError):
        os.killpg(pid, SIGKILL)
    with suppress(ChildProcessError):
        for _ in range(PATIENCE):
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
            time.sleep(0.01)
