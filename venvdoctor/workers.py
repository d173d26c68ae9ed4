"""Many environments examined by forked processes: each inherits what was read before, and hands back plain data."""

from __future__ import annotations

import os
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future, ProcessPoolExecutor

    from venvdoctor.model.environment import Candidate
    from venvdoctor.reporting import Examined

    Examine = Callable[[Candidate], Examined | None]

WARM = 24  # environments examined before the first fork: their interpreters and libraries are then known to all
CHUNK = 8  # environments that one worker examines at a time
MOST = 4  # more processes than this wait for the disk, measured in PERFORMANCE
_examine: Examine | None = None


def usual_number() -> int:
    """Return how many processes pay on this machine."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(able, MOST)


def examine_all(candidates: Iterable[Candidate], examine: Examine, jobs: int) -> Iterator[Examined]:
    """Yield the share of every environment, in the order of the candidates.

    Args:
        candidates: what discovery yields; taken a little ahead of what is yielded, never all at once.
        examine: total; None for what is no environment.
        jobs: processes; 1: this one alone.
    """
    left = iter(candidates)
    yield from _here(islice(left, WARM) if jobs > 1 else left, examine)
    ahead = list(islice(left, CHUNK))
    pool = _pool(examine, jobs) if ahead else None
    if pool is None:
        yield from _here(ahead, examine)
        yield from _here(left, examine)
        return
    with pool:
        try:
            yield from _shared(pool, ahead, left, examine, jobs)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _here(candidates: Iterable[Candidate], examine: Examine) -> Iterator[Examined]:
    for candidate in candidates:
        share = examine(candidate)
        if share is not None:
            yield share


def _shared(
    pool: ProcessPoolExecutor, first: list[Candidate], left: Iterator[Candidate], examine: Examine, jobs: int
) -> Iterator[Examined]:
    """Keep every worker busy, a bounded number of chunks ahead of what is yielded."""
    from concurrent.futures import BrokenExecutor  # noqa: PLC0415

    running: deque[tuple[list[Candidate], Future[Any]]] = deque()
    chunk = first
    while chunk or running:
        while chunk and len(running) < 3 * jobs:
            running.append((chunk, pool.submit(_chunk, chunk)))
            chunk = list(islice(left, CHUNK))
        candidates, future = running.popleft()
        try:
            yield from future.result()
        except BrokenExecutor:  # a worker was killed, for want of memory perhaps: go on alone
            yield from _here(candidates, examine)
            for waiting, _ in running:
                yield from _here(waiting, examine)
            yield from _here(chunk, examine)
            yield from _here(left, examine)
            return


def _pool(examine: Examine, jobs: int) -> ProcessPoolExecutor | None:
    """Return workers that inherit this process as it is; None where the system cannot fork or share."""
    global _examine  # noqa: PLW0603 - how a forked worker inherits what cannot be sent to it
    if not hasattr(os, "fork"):
        return None
    try:
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only many environments pay for it
        from multiprocessing import get_context  # noqa: PLC0415

        _examine = examine
        return ProcessPoolExecutor(jobs, mp_context=get_context("fork"), initializer=_begin)
    except (ImportError, OSError, NotImplementedError, ValueError):  # no semaphores, no fork
        return None


def _begin() -> None:
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the scan


def _chunk(candidates: list[Candidate]) -> list[Examined]:
    return list(_here(candidates, _examine)) if _examine else []
