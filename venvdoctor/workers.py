"""Many environments examined by forked copies of this process: each inherits what was read before, and hands back data.

Plain fork and pipes: nothing is started, and nothing is written (the standard library's pools make semaphores, which
are files). A copy that dies costs its chunk a second look, here.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from importlib import import_module
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor.registry import member_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from venvdoctor.model.environment import Candidate
    from venvdoctor.reporting import Examined

    Examine = Callable[[Candidate], Examined | None]

READERS = "venvdoctor.inspection"
WARM = 24  # environments examined before the first fork: their interpreters and libraries are then known to all
MUCH = 60  # distributions, some 0.3 s, after which fewer do: the next environments may be as large
SINGLE = 16  # chunks of one environment each, before those of
CHUNK = 8  # environments that one worker examines at a time
AHEAD = 4  # chunks per worker that may be done before the next one in order is
MOST = 4  # more processes than this wait for the disk, measured in PERFORMANCE
WAITING = 16  # processes where the disk is slow: almost all time is waiting, so it is waited for many at once


class Worker(NamedTuple):
    """A forked copy: where chunks go, and where their shares come from."""

    pid: int
    requests: int
    answers: int


def usual_number() -> int:
    """Return how many processes pay on this machine."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(able, MOST)


class Crew:
    """Workers that may be wanted before there is work for them: on a slow disk, before threads read ahead."""

    def __init__(
        self, examine: Examine, jobs: int, *, waiting: int = WAITING, work: Callable[[], int] = lambda: 0
    ) -> None:
        self.examine = examine
        self.work = work  # distributions examined so far
        self.jobs = jobs
        self._waiting = waiting
        self.team: list[Worker] = []
        self.slow = False

    def hurry(self) -> None:
        """Hire now, while no thread runs here: the disk turned out to be slow."""
        if self.jobs > 1 and not self.team:
            self.slow = True
            for name in member_names(READERS):  # once, not in each of them
                import_module(f"{READERS}.{name}")
            self.team.extend(_team(self.examine, max(self.jobs, self._waiting)))

    def hire(self) -> list[Worker]:
        """Return the workers, hired now unless they are there."""
        if not self.team:
            self.team.extend(_team(self.examine, self.jobs))
        return self.team


def examine_all(candidates: Iterable[Candidate], crew: Crew) -> Iterator[Examined]:
    """Yield the share of every environment, in the order of the candidates.

    Args:
        candidates: what discovery yields; taken a little ahead of what is yielded, never all at once.
        crew: who examines; its `examine` is total, and says None of what is no environment.
    """
    left = iter(candidates)
    waiting: deque[Candidate] = deque()
    try:
        yield from _here(_warming(left, waiting, crew) if crew.jobs > 1 else left, crew.examine)
        left = chain(waiting, left)
        number = count()
        chunks = iter(lambda: list(islice(left, 1 if next(number) < SINGLE or crew.slow else CHUNK)), [])
        first = next(chunks, None)
        if first is not None:
            yield from _shared(crew.hire(), [first], chunks, crew.examine)
    finally:
        for worker in crew.team:
            _dismiss(worker)


def _warming(left: Iterator[Candidate], waiting: deque[Candidate], crew: Crew) -> Iterator[Candidate]:
    """Yield the first candidates, which show this process what all the others share; fewer where that takes long.

    One is looked for ahead: whether the disk is slow shows in the search, before the first one is examined.
    """
    waiting.extend(islice(left, 2))
    for _ in range(WARM):
        if crew.slow or crew.work() > MUCH or not waiting:
            return
        yield waiting.popleft()
        waiting.extend(islice(left, 1))


def _here(candidates: Iterable[Candidate], examine: Examine) -> Iterator[Examined]:
    for candidate in candidates:
        share = examine(candidate)
        if share is not None:
            yield share


def _shared(
    team: list[Worker], first: list[list[Candidate]], chunks: Iterator[list[Candidate]], examine: Examine
) -> Iterator[Examined]:
    """Keep every worker busy, a bounded number of chunks ahead of what is yielded."""
    done: dict[int, list[Examined]] = {}
    busy: dict[int, tuple[Worker, int, list[Candidate]]] = {}
    idle, sent, due, bound = list(team), 0, 0, AHEAD * len(team)
    while True:
        while idle and sent - due < bound and (chunk := first.pop() if first else next(chunks, None)) is not None:
            worker = idle.pop()
            busy[worker.answers] = (worker, sent, chunk)
            sent += 1
            send(worker.requests, chunk)
        if due in done:
            yield from done.pop(due)
            due += 1
            continue
        if not busy:
            break
        for answers in ready(busy):
            worker, number, chunk = busy.pop(answers)
            shares = receive(answers)
            if shares is not None:
                idle.append(worker)
            done[number] = list(_here(chunk, examine)) if shares is None else shares
    for chunk in (*first, *chunks):  # no worker could be had, or none is left
        yield from _here(chunk, examine)


def _team(examine: Examine, jobs: int) -> Iterator[Worker]:
    """Yield workers that inherit this process as it is; none where the system cannot fork, or threads run here."""
    threading = sys.modules.get("threading")
    if not hasattr(os, "fork") or (threading is not None and threading.active_count() > 1):
        return
    made: list[Worker] = []
    try:
        for _ in range(jobs):
            made.append(_hire(examine, made))
            yield made[-1]
    except OSError:  # no more processes or descriptors: those that are there will do
        return


def _hire(examine: Examine, others: list[Worker]) -> Worker:
    theirs, requests = os.pipe()
    answers, ours = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        os.close(ours)
        return Worker(pid, requests, answers)
    try:
        for worker in [*others, Worker(0, requests, answers)]:  # or nobody would ever see the end of a pipe
            os.close(worker.requests)
            os.close(worker.answers)
        _serve(theirs, ours, examine)
    finally:
        os._exit(0)


def _serve(requests: int, answers: int, examine: Examine) -> None:
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the scan
    while (chunk := receive(requests)) is not None:
        send(answers, list(_here(chunk, examine)))


def ready(pipes: Iterable[int], seconds: float | None = None) -> list[int]:
    """Return which pipes have something to read, or have ended; waits for the first, or so many seconds."""
    import select  # noqa: PLC0415

    poll = select.poll()
    for answers in pipes:
        poll.register(answers, select.POLLIN | select.POLLHUP)
    return [descriptor for descriptor, _ in poll.poll(None if seconds is None else int(seconds * 1000))]


def send(pipe: int, value: object) -> bool:
    """Write one value with its length before it; return whether somebody is there to read it."""
    import pickle  # noqa: PLC0415

    body = pickle.dumps(value)
    data = memoryview(len(body).to_bytes(8, "little") + body)
    try:
        while data:
            data = data[os.write(pipe, data) :]
    except BrokenPipeError:
        return False
    return True


def receive(pipe: int) -> Any:
    """Return the next value of a pipe that only a copy of this process writes; None at its end."""
    import pickle  # noqa: PLC0415

    head = _read(pipe, 8)
    body = _read(pipe, int.from_bytes(head, "little")) if head else None
    return None if body is None else pickle.loads(body)  # noqa: S301


def _read(pipe: int, count: int) -> bytes | None:
    parts: list[bytes] = []
    while count and (part := os.read(pipe, min(count, 1 << 20))):
        parts.append(part)
        count -= len(part)
    return None if count else b"".join(parts)


def _dismiss(worker: Worker) -> None:
    """End a worker; it only looks, so it may be ended at any time."""
    import signal  # noqa: PLC0415

    os.close(worker.requests)
    os.close(worker.answers)
    try:
        os.kill(worker.pid, signal.SIGKILL)
        os.waitpid(worker.pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return
