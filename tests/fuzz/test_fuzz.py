"""A short run over every reader, and every input that ever crashed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import engine
from tests.fuzz.targets import TARGETS

CRASHES = sorted(path for path in (Path(__file__).parent / "crashes").glob("*/*") if path.is_file())


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_only_returns(name: str) -> None:
    done = engine.hunt(TARGETS[name], number=0, runs=1000, seconds=0.4)
    assert done.runs
    assert done.crashes == ()


@pytest.mark.parametrize("path", CRASHES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_crashed_a_reader(path: Path) -> None:
    assert engine.attempt(TARGETS[path.parent.name], path.read_bytes()) is None
