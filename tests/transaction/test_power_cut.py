"""The power goes at any instant, and what was not flushed reached the disk or not, in any order: nothing is lost."""

from __future__ import annotations

import errno
import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.support.power_cut import Recorder, states
from tests.transaction.test_faults import PLANS, build, picture
from venvdoctor.transaction.journal import open_store, read_journals
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, prune, recover, undo

if TYPE_CHECKING:
    from pathlib import Path


def end(root: Path, state: str) -> dict[str, str]:
    """Let the next run begin; return what it found or made, and see that an undo brings the old tree back."""
    recover(state)
    now = picture(root)
    for journal in committed(state):
        undo(state, journal)
    return now


def no_link(*_: object, **__: object) -> None:
    """What a file system without hard links answers."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("job", ["fix", "undo", "prune"])
@pytest.mark.parametrize("name", ["relink", "carry", "relink without hard links"])
def test_whatever_reached_the_disk_is_the_old_tree_or_the_new(
    tmp_path: Path, name: str, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, without = name.partition(" ")
    if without:
        monkeypatch.setattr(os, "link", no_link)
    root, state = tmp_path / "env", str(tmp_path / "state")
    build(root)
    old = picture(root)
    open_store(state)
    if job != "fix":
        carry_out(PLANS[name](root), state)
    new = picture(root)
    with Recorder(root, tmp_path / "state/transactions").at_work() as recorder:
        if job == "fix":
            carry_out(PLANS[name](root), state)
        elif job == "undo":
            undo(state, committed(state)[0])
        else:
            prune(state, committed(state)[0])
    new = picture(root) if job == "fix" else new
    met = []
    for when, disk in states(recorder, random.Random(0)):
        disk.lay_out()
        found = end(root, state)
        assert found in (old, new), when
        assert job == "prune" or picture(root) == old, when
        assert not (root / ".venvdoctor").exists(), when
        assert not read_journals(state), when
        met.append(found == new)
    print(f"{name}, {job}: {len(met)} states, {sum(met)} of them the new tree")
    assert len(met) > 20
    assert True in met
    assert job == "prune" or False in met
