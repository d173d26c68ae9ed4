"""Work that a copy of this process does: the same answers, and an end to what waits for ever."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from venvdoctor import api, relay
from venvdoctor.config import Config
from venvdoctor.errors import SilentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def nothing_silent(_: tuple[str, ...]) -> tuple[str, ...]:
    return ()


def is_gone(group: int) -> bool:
    """Whether nothing is left of a group of processes, soon."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_what_is_produced_is_handed_on() -> None:
    here = os.getpid()
    found = list(relay.relayed(lambda given_up: iter([os.getpid(), given_up, "x" * 1_000_000]), nothing_silent))
    assert found[0] != here
    assert found[1:] == [(), "x" * 1_000_000]


def test_one_that_waits_for_a_silent_file_system_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "STALL", 0.2)
    asked = []

    def produce(given_up: tuple[str, ...]) -> Iterator[Any]:
        yield "first"
        for place in ("/a", "/b"):
            if place not in given_up:
                time.sleep(600)
        yield os.getpgid(0), given_up

    def silent(given_up: tuple[str, ...]) -> tuple[str, ...]:
        asked.append(given_up)
        return ("/b",) if "/a" in given_up else ("/a",)

    begun = time.monotonic()
    *words, (group, given_up) = relay.relayed(produce, silent)
    assert words == ["first"] * 3
    assert given_up == ("/a", "/b")
    assert asked == [(), ("/a",)]
    assert time.monotonic() - begun < 60
    assert is_gone(group)


def test_one_that_is_only_slow_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "STALL", 0.1)

    def produce(_: tuple[str, ...]) -> Iterator[int]:
        yield 1
        time.sleep(1)
        yield 2

    assert list(relay.relayed(produce, nothing_silent)) == [1, 2]


def test_one_that_waits_though_all_that_is_silent_is_left_out_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "STALL", 0.05)

    def produce(given_up: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield given_up
        time.sleep(600)

    parts = relay.relayed(produce, nothing_silent, ("/a",))
    assert next(parts) == ("/a",)
    with pytest.raises(SilentError, match="/a: its file system does not answer"):
        next(parts)


def test_what_a_copy_that_died_could_not_do_is_done_here() -> None:
    here = os.getpid()

    def produce(_: tuple[str, ...]) -> Iterator[str]:
        yield "one"
        if os.getpid() != here:
            os._exit(9)
        yield "two"

    assert list(relay.relayed(produce, nothing_silent)) == ["one", "one", "two"]


def test_an_error_of_the_user_arrives() -> None:
    def produce(_: tuple[str, ...]) -> Iterator[str]:
        yield "one"
        raise UsageError("not so", hint="but so")

    parts = relay.relayed(produce, nothing_silent)
    assert next(parts) == "one"
    with pytest.raises(UsageError, match="not so") as error:
        next(parts)
    assert error.value.hint == "but so"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_scan_beside_a_distant_file_system_says_the_same(tmp_path: Path, jobs: int) -> None:
    for number in range(30):
        (tmp_path / f"env{number}/bin").mkdir(parents=True)
        (tmp_path / f"env{number}/pyvenv.cfg").write_text("home = /nowhere\n")
    (tmp_path / "none").mkdir()
    config = Config(jobs=jobs, cache=False)
    request = api.ScanRequest(paths=(str(tmp_path),))
    reports: list[Any] = []
    for distant in (frozenset[str](), frozenset({f"{tmp_path}/far"})):
        session = api.open_session(request, config)
        session.distant = distant
        reports.append(api.scan(request, config, session=session))
        reports[-1]["scan"].update(started_at="", duration_s=0)
    assert reports[0] == reports[1]
    assert len(reports[1]["environments"]) == 30

    session = api.open_session(request, config)
    session.distant = frozenset({f"{tmp_path}/far"})
    assert len([kind for kind, _ in api.events(session) if kind == "environment"]) == 30

    session = api.open_session(api.ScanRequest(paths=(f"{tmp_path}/none",)), config)
    session.distant = frozenset({f"{tmp_path}/far"})
    with pytest.raises(UsageError, match="there is no environment"):
        api.scan(session.request, config, session=session)
