"""A class of facts behaves as the standard frozen dataclass with slots does."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass, replace
from typing import Any

import pytest

from venvdoctor.model.fact import fact, field, record


@fact
class Mine:
    """One of ours."""

    path: str
    count: int = 0
    names: dict[str, str] = field(default_factory=dict)

    @property
    def twice(self) -> int:
        """Something computed."""
        return 2 * self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The standard library's."""

    path: str
    count: int = 0
    names: dict[str, str] = dataclasses.field(default_factory=dict)


@pytest.mark.parametrize("given", [{"path": "/a"}, {"path": "/b", "count": 3}, {"path": "", "names": {"a": "b"}}])
def test_values_and_text_are_the_same(given: dict[str, Any]) -> None:
    mine, theirs = Mine(**given), Theirs(**given)
    assert repr(mine) == repr(theirs).replace("Theirs", "Mine")
    assert [getattr(mine, item.name) for item in fields(mine)] == [
        getattr(theirs, item.name) for item in fields(theirs)
    ]
    assert mine == Mine(**given)
    assert mine != replace(mine, count=9)
    assert mine != theirs
    assert mine.twice == 2 * mine.count


def test_a_default_is_made_for_each_instance() -> None:
    assert Mine(path="").names is not Mine(path="").names


@pytest.mark.parametrize("given", [{}, {"path": "", "other": 1}])
def test_wrong_arguments_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Mine(**given)
    with pytest.raises(TypeError):
        Mine("/a")  # type: ignore[misc]


def test_nothing_changes() -> None:
    mine = Mine(path="/a")
    with pytest.raises(FrozenInstanceError):
        mine.path = "/b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del mine.path
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        mine.another = 1  # type: ignore[attr-defined]
    assert not hasattr(mine, "__dict__")


def test_the_standard_tools_know_it() -> None:
    mine = Mine(path="/a", names={"x": "y"})
    assert is_dataclass(mine)
    assert is_dataclass(Mine)
    assert replace(mine, count=2) == Mine(path="/a", count=2, names={"x": "y"})
    assert pickle.loads(pickle.dumps(mine)) == mine
    assert copy.deepcopy(mine) == mine


def test_equal_values_have_equal_hashes() -> None:
    @fact
    class Small:
        path: str = "/"

    assert hash(Small(path="/a")) == hash(Small(path="/a"))
    assert len({Small(), Small(path="/")}) == 1


def test_a_record_is_the_same_but_for_what_never_changes() -> None:
    @record
    class State:
        path: str
        seen: list[str] = field(default_factory=list)
        check: str | None = field(default=None, init=False)

    mine = State(path="/a")
    mine.seen.append("x")
    mine.path, mine.check = "/b", "c"
    assert repr(mine).endswith("State(path='/b', seen=['x'], check='c')")
    assert mine != State(path="/b")
    assert replace(mine, path="/c").seen is mine.seen
    with pytest.raises(AttributeError):
        mine.another = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        hash(mine)
