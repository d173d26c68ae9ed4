"""Forked workers: the same answers in the same order as one process, whatever becomes of the workers."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from venvdoctor import workers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def candidates(count: int) -> list[Any]:
    return [f"/env{number}" for number in range(count)]


def echo(candidate: Any) -> Any:
    return None if candidate.endswith("3") else f"{candidate} " + "x" * 100_000


@pytest.mark.parametrize("count", [0, 1, 23, 24, 25, 33, 300])
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_the_order_is_kept(count: int, jobs: int) -> None:
    expected = [echo(item) for item in candidates(count) if echo(item)]
    assert list(workers.examine_all(candidates(count), workers.Crew(echo, jobs))) == expected


def test_the_work_is_shared() -> None:
    shares: Any = list(workers.examine_all(candidates(200), workers.Crew(lambda _: os.getpid(), 2)))  # type: ignore[arg-type,return-value]
    assert len(set(shares)) == 3
    assert set(shares[:24]) == {os.getpid()}


def test_a_few_large_ones_are_shared_too() -> None:
    done = []

    def examine(candidate: Any) -> Any:
        done.append(candidate)
        return candidate, os.getpid()

    crew = workers.Crew(examine, 2, work=lambda: workers.MUCH * len(done))
    shares: Any = list(workers.examine_all(candidates(6), crew))
    assert [candidate for candidate, _ in shares] == candidates(6)
    assert [process for _, process in shares[:2]] == [os.getpid()] * 2
    assert os.getpid() not in {process for _, process in shares[2:]}
    assert len(crew.team) == 2


def test_a_worker_that_dies_costs_nothing() -> None:
    here = os.getpid()

    def deadly(candidate: Any) -> Any:
        if os.getpid() != here and candidate in ("/env40", "/env90"):
            os.kill(os.getpid(), signal.SIGKILL)
        return candidate

    assert list(workers.examine_all(candidates(200), workers.Crew(deadly, 2))) == candidates(200)


def test_nobody_is_left_behind_when_the_reader_stops() -> None:
    child = os.fork()  # a process of its own: it has no children but those of the workers
    if child == 0:
        code = 1
        try:
            shares = workers.examine_all(candidates(500), workers.Crew(echo, 3))
            for _ in range(40):
                next(shares)
            shares.close()  # type: ignore[attr-defined]
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_names_that_are_no_utf8_come_back() -> None:
    names: list[Any] = ["/env\udcff"] * 60
    assert list(workers.examine_all(names, workers.Crew(lambda item: item, 2))) == names  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("met", [0, 1, 10, 23, 24, 60])
def test_on_a_slow_disk_more_are_hired_at_once_and_the_answers_are_the_same(met: int) -> None:
    crew = workers.Crew(echo, 2, waiting=5)

    def found() -> Any:
        for number, item in enumerate(candidates(100)):
            if number == met:
                crew.hurry()
            yield item

    shares = list(workers.examine_all(found(), crew))
    assert shares == [echo(item) for item in candidates(100) if echo(item)]
    assert len(crew.team) == (5 if met <= 24 else 2)


def test_one_process_stays_one() -> None:
    crew = workers.Crew(lambda _: os.getpid(), 1)  # type: ignore[arg-type,return-value]
    crew.hurry()
    assert set(workers.examine_all(candidates(60), crew)) == {os.getpid()}  # type: ignore[comparison-overlap]
