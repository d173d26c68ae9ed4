"""Reading directories one after the other while that is fast, and many at once when each takes long.

On a warm cache threads only cost (PERFORMANCE: the interpreter lock). On a slow disk almost all time is waiting, so
after some slow answers the directories below are read ahead by threads, and a place that does not answer at all is
given up after a while without holding up the rest. Threads are daemons: one that hangs in the kernel never ends, and
must not keep the program from ending.
"""

from __future__ import annotations

import errno
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, TypeVar, cast

from venvdoctor.inspection.prune import child_look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from venvdoctor.inspection.directory import Directory, Reader
    from venvdoctor.inspection.prune import Look

Answer = TypeVar("Answer")

SLOW = 0.002  # seconds for one directory from which on it is waiting, not work
EVERY = 3  # mask: of four directories, one is timed (at the start: each)
SAMPLE = 8  # timed directories
FEW = 3  # of these have to be slow
THREADS = 16
MOST_THREADS = 64
AHEAD = 4096  # answers kept for later, at most
PATIENCE = 20.0  # seconds without any answer after which a place is given up


class _Task:
    """One directory that is being read ahead."""

    __slots__ = ("answer", "done", "look", "path")

    def __init__(self, path: str, look: Look) -> None:
        self.path, self.look = path, look
        self.answer: Directory | OSError | None = None
        self.done = threading.Event()


class Overlap:
    """Answers `read` at once while the disk is fast, from threads that read ahead when it is slow."""

    def __init__(
        self,
        reader: Reader,
        leaves_out: Callable[[str, str], bool],
        *,
        at_once: bool = False,
        before: Callable[[], object] | None = None,
        ahead_of: Callable[[str], object] | None = None,
    ) -> None:
        self._reader, self._leaves_out, self._before = reader, leaves_out, before
        self._tasks: dict[str, _Task] = {}
        self._queue: deque[_Task] = deque()
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._ahead_of = ahead_of
        self._turn, self._count, self._slow = -1, 0, 0
        self.frames: list[tuple[str, Look, list[str]]] = []  # the walk's: what was found and is still to be read
        if at_once:
            self._start()

    def __enter__(self) -> Overlap:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify_all()

    def read(self, path: str, look: Look) -> Directory:
        """Return what the directory holds.

        Raises:
            OSError: it cannot be listed; `ETIMEDOUT`: it did not answer.
        """
        if self._threads:
            return self._from_threads(path, look)
        self._turn += 1
        if self._turn & EVERY and self._turn > SAMPLE:
            return self._reader.read(path, look)
        return self._measured(path, look)

    def _measured(self, path: str, look: Look) -> Directory:
        """Read at once; start the threads when the last answers took long."""
        begun, waits = time.perf_counter(), _waits()
        try:
            return self._reader.read(path, look)
        finally:
            self._count += 1
            self._slow += time.perf_counter() - begun > SLOW and _waits() > waits
            if self._slow == FEW:
                self._start()
            elif self._count == SAMPLE:
                self._count, self._slow = 0, 0

    def _start(self) -> None:
        """Start threads; more of them when those there are may all be stuck."""
        self._reader.patient = True
        if self._before and not self._threads:
            self._before()
        for frame in [] if self._threads else self.frames:
            self._ahead(*frame)
        for _ in range(THREADS if len(self._threads) < MOST_THREADS else 0):
            thread = threading.Thread(target=self._work, name=f"venvdoctor-walk-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _from_threads(self, path: str, look: Look) -> Directory:
        task = self._tasks.pop(path, None)
        if task is None:
            task = _Task(path, look)
            with self._wake:
                self._queue.append(task)  # the newest is read first: somebody waits for it
                self._wake.notify()
        if not task.done.wait(PATIENCE):
            self._start()
            raise TimeoutError(errno.ETIMEDOUT, f"no answer in {PATIENCE:.0f} seconds", path)
        if isinstance(task.answer, OSError):
            raise task.answer
        assert task.answer is not None  # noqa: S101 - done means answered
        return task.answer

    def _work(self) -> None:
        """Read what is queued, and queue what lies below it."""
        while True:
            with self._wake:
                while not self._queue and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                task = self._queue.pop()
            try:
                if self._leaves_out(task.path, task.path.rpartition("/")[2]):
                    raise FileNotFoundError(errno.ENOENT, "left out", task.path)
                found = self._reader.read(task.path, task.look)
                if found.environment and self._ahead_of:
                    self._ahead_of(task.path)
                task.answer = found
                prefix = task.path if task.path.endswith("/") else task.path + "/"
                self._ahead(prefix, found.look, [] if found.foreign else found.below)
            except OSError as error:
                task.answer = error
            task.done.set()

    def _ahead(self, prefix: str, look: Look, names: list[str]) -> None:
        """Queue directories below one, as long as there is room."""
        with self._wake:
            for name in names:
                child = prefix + name
                if len(self._tasks) < AHEAD and not self._leaves_out(child, name):
                    task = self._tasks[child] = _Task(child, child_look(look, prefix, name))
                    self._queue.append(task)
            self._wake.notify_all()


def _waits() -> int:
    """Return how often this process gave up the processor to wait for something: a busy machine takes it away."""
    if sys.platform == "win32":
        return time.monotonic_ns()
    from resource import RUSAGE_SELF, getrusage  # noqa: PLC0415 - Windows has none

    return getrusage(RUSAGE_SELF).ru_nvcsw


def side_by_side(asked: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Return the answers to some questions, all of them waiting for the disk at the same time.

    Raises:
        Exception: what the first of the questions that failed raised.
    """
    answers: list[Answer | None] = [None] * len(asked)
    failures: dict[int, Exception] = {}

    left = iter(enumerate(asked))
    turn = threading.Lock()

    def work() -> None:
        while True:
            with turn:
                number, ask = next(left, (-1, None))
            if ask is None:
                return
            try:
                answers[number] = ask()
            except Exception as error:  # noqa: BLE001 - raised again below, where somebody hears it
                failures[number] = error

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(len(asked), MOST_THREADS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[min(failures)]
    return cast("list[Answer]", answers)
