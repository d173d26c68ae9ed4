"""Reading ahead changes how long a walk takes on a slow disk, and nothing else."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.places import mark
from venvdoctor.discovery import Request, discover
from venvdoctor.inspection import overlap as module
from venvdoctor.inspection.directory import Reader
from venvdoctor.inspection.host import read_host
from venvdoctor.inspection.walk import WalkOptions, walk
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from venvdoctor.inspection.directory import Directory
    from venvdoctor.inspection.prune import Look

DELAY = 0.005


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of some 300 directories with ten environments."""
    for number in range(10):
        mark(tmp_path / f"group{number % 3}/project{number}/.venv")
        for part in range(25):
            (tmp_path / f"group{number % 3}/project{number}/part{part % 5}/piece{part}").mkdir(parents=True)
    return tmp_path


never = threading.Event()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Let what never answers answer after all: nothing can be forked safely beside a thread."""
    never.clear()
    yield
    never.set()
    for thread in threading.enumerate():
        if thread.name.startswith("venvdoctor-walk-"):
            thread.join(60)


def slow_down(monkeypatch: pytest.MonkeyPatch, hangs: str = "") -> list[str]:
    """Make each directory take a while, and one never answer; return the list of what is read."""
    read = Reader.read
    seen: list[str] = []

    def slow(self: Reader, path: str, look: Look) -> Directory:
        seen.append(path)
        if hangs and path.endswith(hangs):
            never.wait(60)
        time.sleep(DELAY)
        return read(self, path, look)

    monkeypatch.setattr(Reader, "read", slow)
    return seen


@pytest.mark.parametrize("from_start", [False, True])
def test_order_and_answers_are_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch, from_start: bool) -> None:
    expected = list(walk(View(), str(tree), WalkOptions()))
    seen = slow_down(monkeypatch)
    options = WalkOptions(slow=from_start)
    assert list(walk(View(), str(tree), options)) == expected
    assert len(seen) == len(set(seen)) == options.directories


def test_a_slow_disk_is_read_by_many_at_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = slow_down(monkeypatch)
    begun = time.perf_counter()
    list(walk(View(), str(tree), WalkOptions()))
    spent = time.perf_counter() - begun
    assert spent < len(seen) * DELAY / 2, "the directories were read one after the other"


def test_a_fast_disk_is_read_without_threads(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW", 10.0)  # a busy machine is no slow disk
    before = threading.active_count()
    for _ in walk(View(), str(tree), WalkOptions()):
        assert threading.active_count() == before


def test_threads_end_with_the_walk(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    before = threading.active_count()
    next(iter(walk(View(), str(tree), WalkOptions(slow=True))))
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_a_file_system_that_does_not_answer_is_given_up_and_the_rest_is_searched(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    slow_down(monkeypatch, hangs="/group1/project1")
    failed: list[tuple[str, str]] = []
    stuck = f"{tree}/group1"
    options = WalkOptions(
        slow=True,
        unreadable=lambda path, error: failed.append((path, error.strerror)),
        mount_of=lambda path: stuck if path.startswith(stuck) else str(tree),
    )
    met = [item.path for item in walk(View(), str(tree), options)]
    assert {path.split("/")[-3] for path in met} == {"group0", "group2"}
    assert len(failed) == 1
    assert failed[0][0].startswith(stuck)
    assert failed[0][1].startswith("no answer")


def test_room_for_answers_is_limited(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AHEAD", 4)
    expected = list(walk(View(), str(tree), WalkOptions()))
    slow_down(monkeypatch)
    assert list(walk(View(), str(tree), WalkOptions(slow=True))) == expected


def test_questions_are_waited_for_side_by_side() -> None:
    def ask(number: int) -> int:
        time.sleep(0.2)
        return number

    begun = time.monotonic()
    assert module.side_by_side([partial(ask, number) for number in range(10)]) == list(range(10))
    assert time.monotonic() - begun < 1.5


def test_the_first_failure_is_raised_here() -> None:
    def fail(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(ValueError, match="3"):
        module.side_by_side([int, partial(fail, 3), partial(fail, 4)])


def test_what_is_asked_ahead_of_an_environment_is_what_is_asked_in_its_turn(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "group0/project0/.venv/.tox-info.json").write_text("{}")
    (tree / "group1/project1/uv.lock").touch()
    host = read_host(View(), {"HOME": str(tree)})
    request = Request(paths=(str(tree),))
    expected = list(discover(View(), host, request))
    slow_down(monkeypatch)
    assert list(discover(View(), host, request)) == expected
    assert {item.manager for item in expected} == {None, "tox"}
