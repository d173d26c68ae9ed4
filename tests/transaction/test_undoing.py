"""After a repair: what people changed survives its undo, what cannot be undone is not begun, what was begun is finished."""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.transaction.test_faults import PLANS, build, identity, picture
from venvdoctor.errors import FixError
from venvdoctor.transaction.journal import Journal, open_store
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, prune, recover, repairs, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.privileges import Ordinary


@pytest.fixture
def repaired(tmp_path: Path) -> tuple[Path, str, dict[str, str]]:
    """An environment after a repair, the state directory, and what was there before."""
    root, state = tmp_path / "env", str(tmp_path / "state")
    build(root)
    old = picture(root)
    carry_out(PLANS["rebuild"](root), state)
    return root, state, old


def test_what_was_changed_is_laid_beside(repaired: tuple[Path, str, dict[str, str]]) -> None:
    root, state, old = repaired
    (root / "lib/python3.12/site-packages/mine").mkdir()
    (root / "lib/python3.12/site-packages/mine/__init__.py").write_text("x = 1\n")
    (root / "lib/python3.12/site-packages/pkg/__pycache__").mkdir()
    (root / "bin/made").write_text("changed")
    (root / "other").write_text("no part of it\n")
    (journal,) = committed(state)
    undo(state, journal)
    assert {path: what for path, what in picture(root).items() if path != "other"} == old
    kept = root / f".venvdoctor/changed-{journal.id}"
    assert sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()) == [
        "bin/made",
        "lib/python3.12/site-packages/mine/__init__.py",
    ]
    assert (kept / "bin/made").read_text() == "changed"
    with pytest.raises(FixError, match=r"cannot be opened|is gone|no longer"):
        undo(state, journal)


def test_an_undo_without_a_change_leaves_nothing(repaired: tuple[Path, str, dict[str, str]]) -> None:
    root, state, old = repaired
    undo(state, committed(state)[0])
    assert picture(root) == old
    assert not (root / ".venvdoctor").exists()


def test_an_undo_of_half_of_what_was_kept_is_not_begun(repaired: tuple[Path, str, dict[str, str]]) -> None:
    root, state, _ = repaired
    (journal,) = committed(state)
    slot = next(record["slot"] for record in journal.records if record["act"] == "aside")
    shutil.rmtree(root / slot)
    now = picture(root)
    with pytest.raises(FixError, match="kept is gone"):
        undo(state, journal)
    assert picture(root) == now


def test_a_garbled_list_is_said_before_anything_moves(repaired: tuple[Path, str, dict[str, str]]) -> None:
    root, state, _ = repaired
    (journal,) = committed(state)
    (root / f".venvdoctor/{journal.id}/made.json").write_text("{")
    now = picture(root)
    with pytest.raises(FixError, match="garbled"):
        undo(state, journal)
    assert picture(root) == now
    assert [item.id for item in committed(state)] == [journal.id]


@pytest.mark.parametrize("change", ["record", "format"])
def test_a_journal_of_another_version_is_not_guessed(repaired: tuple[Path, str, dict[str, str]], change: str) -> None:
    root, state, _ = repaired
    (journal,) = committed(state)
    lines = [json.dumps(record) for record in journal.records]
    lines.insert(3, json.dumps({"act": "exchange", "path": "bin"}))
    if change == "format":
        lines = [json.dumps({**journal.begin, "format": 2}), *lines[1:3], *lines[4:]]
    with open(journal.path, "w") as stream:
        stream.write("\n".join(lines) + "\n")
    now = picture(root)
    with pytest.raises(FixError, match="another version"):
        undo(state, committed(state)[0])
    assert picture(root) == now
    with open(journal.path, "w") as stream:
        stream.write("\n".join(lines[:-1]) + "\n")  # and interrupted
    said: list[str] = []
    assert recover(state, said.append) == []
    assert ["another version" in line for line in said] == [True]
    assert picture(root) == now


def test_a_read_only_place_is_said_and_nothing_begun(
    repaired: tuple[Path, str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, state, _ = repaired
    now, (journal,) = picture(root), committed(state)
    monkeypatch.setattr(os, "access", lambda *_: False)
    for job in (undo, prune):
        with pytest.raises(FixError, match=r"is read-only for you"):
            job(state, journal)
    assert picture(root) == now
    assert [item.id for item in committed(state)] == [journal.id]
    assert (root / ".venvdoctor" / journal.id).exists()


@pytest.mark.parametrize("job", [undo, prune])
def test_what_the_disk_refuses_waits_and_is_finished_later(
    repaired: tuple[Path, str, dict[str, str]], job: Callable[[str, Journal], object]
) -> None:
    root, state, old = repaired
    new, (journal,) = picture(root), committed(state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rmdir", refusing)
        with pytest.raises(FixError) as caught:
            job(state, journal)
        assert caught.value.message == f"{root}: Operation not permitted (one)"
        said: list[str] = []
        assert recover(state, said.append) == []
        assert said == [f"what a repair of {root} kept waits to be deleted: {root}: Operation not permitted (one)"]
    assert repairs(state) == {}
    assert recover(state) == []
    assert picture(root) == (old if job is undo else new)
    assert not (root / ".venvdoctor").exists()


@pytest.mark.parametrize(
    "closed", ["bin", "lib", "lib/python3.12", ".venvdoctor/{}", "lib/python3.12/site-packages/pkg"]
)
def test_what_a_mode_refuses_waits_until_it_is_opened(ordinary: Ordinary, closed: str) -> None:
    ordinary.run(lambda place: refused_and_finished(place, closed))


def refused_and_finished(place: Path, closed: str) -> None:
    """Take a repair back while a directory of it is read-only, then when it is no more."""
    root, state = place / "env", str(place / "state")
    build(root)
    old = picture(root)
    carry_out(PLANS["rebuild"](root), state)
    (journal,) = committed(state)
    folder = root / closed.format(journal.id)
    folder.chmod(0o500)
    with suppress(FixError):
        undo(state, journal)
    said: list[str] = []
    recover(state, said.append)
    assert all("Permission denied" in line for line in said)
    for path in [path for path in root.rglob("*") if path.is_dir() and path.stat().st_mode & 0o777 == 0o500]:
        path.chmod(0o755)  # wherever it lies by now
    for item in committed(state):
        undo(state, item)
    recover(state)
    assert picture(root) == old
    assert not (root / ".venvdoctor").exists()


def test_an_interrupted_repair_of_what_is_gone_can_be_forgotten(tmp_path: Path) -> None:
    root, state = tmp_path / "env", str(tmp_path / "state")
    build(root)
    journal = Journal(f"{open_store(state)}/000001-x.jsonl")
    journal.add("begin", root=str(root), identity=list(identity(root)))
    shutil.rmtree(root)
    said: list[str] = []
    recover(state, said.append)
    assert said[0].endswith("(`venvdoctor undo --prune 000001-x` forgets it)")
    assert repairs(state) == {}
    ((waiting,),) = repairs(state, lost=True).values()
    prune(state, waiting)
    assert recover(state) == []


def refusing(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM), "one")
