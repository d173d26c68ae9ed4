"""Snapshots are written whole or not at all, by many at once, and survive what happens to files."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venvdoctor.errors import UsageError
from venvdoctor.upgrading import snapshot
from venvdoctor.upgrading.snapshot import Store, differences

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.upgrading.snapshot import Record


def record(path: str = "/home/me/env", **other: object) -> Record:
    """A record of an environment with one package."""
    return {
        "path": path,
        "status": "healthy",
        "codes": [],
        "distributions": [{"key": "demo", "version": "1.0"}],
        **other,
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "state"))


def files(store: Store) -> list[str]:
    """Every file of a store, relative to it."""
    return sorted(
        os.path.relpath(os.path.join(folder, name), store.folder)
        for folder, _, names in os.walk(store.folder)
        for name in names
    )


def test_what_was_written_is_found_again(store: Store) -> None:
    made = store.add([record(), record("/other")], at="2026-01-01T00:00:00Z", reason="test")
    assert store.find(None) == store.find("1") == store.find("000001") == made
    assert store.record(made.records["/other"]) == record("/other")
    assert store.statuses() == {"/home/me/env": "healthy", "/other": "healthy"}


def test_nobody_else_can_read_it(store: Store) -> None:
    before = os.umask(0o002)  # a Debian user's own
    try:
        store.add([record()], at="x")
        store.add([record(status="broken")], at="y")
    finally:
        os.umask(before)
    modes = {os.stat(os.path.join(store.folder, name)).st_mode & 0o777 for name in files(store)}
    assert modes == {0o600}
    assert os.stat(store.folder).st_mode & 0o777 == 0o700


def test_an_unchanged_environment_costs_nothing_twice(store: Store) -> None:
    store.add([record(), record("/other")], at="x")
    store.add([record(), record("/other", status="broken")], at="y")
    assert len(files(store)) == 2 + 3


def test_where_nothing_changed_none_is_taken_unasked(store: Store) -> None:
    first = store.add([record()], at="x", always=False)
    assert store.add([record()], at="y", always=False) == first
    assert store.add([record()], at="z").id == "000002"
    assert store.add([record(status="broken")], at="z", always=False).id == "000003"


def test_names_that_are_no_utf_8_come_back(store: Store) -> None:
    path = os.fsdecode(b"/home/\xff\xfe/env")
    made = store.add([record(path)], at="x")
    assert store.record(made.records[path]) == record(path)
    assert store.find(None).records.keys() == {path}


@pytest.mark.parametrize("damage", [b"", b"garbage", b"{}", b"[" * 100_000, b'{"records": []}', b"\xff\xfe", None])
def test_a_damaged_snapshot_is_passed_over(store: Store, damage: bytes | None) -> None:
    store.add([record()], at="x")
    last = store.add([record(status="broken")], at="y")
    place = os.path.join(store.folder, f"{last.id}.json")
    if damage is None:
        os.unlink(place)
        os.mkdir(place)
    else:
        with open(place, "wb") as stream:
            stream.write(damage)
    assert [found.id for found in store.all()] == ["000001"]
    assert store.latest("/home/me/env") == record()
    assert store.add([record()], at="z").id == "000003"  # its name is not used again


@pytest.mark.parametrize("damage", [b"", b"garbage", "cut", "altered", None])
def test_a_damaged_record_costs_one_record_and_is_written_anew(store: Store, damage: bytes | str | None) -> None:
    made = store.add([record(), record("/other")], at="x")
    place = store._place(made.records["/other"])
    with open(place, "rb") as stream:
        content = stream.read()
    os.unlink(place)
    if damage is not None:
        words = {"cut": content[: len(content) // 2], "altered": content[:-9] + b"x" + content[-8:]}
        with open(os.open(place, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(damage if isinstance(damage, bytes) else words[damage])
    assert store.record(made.records["/other"]) is None
    assert store.latest("/other") is None
    assert store.record(made.records["/home/me/env"]) == record()
    store.add([record("/other")], at="y")
    assert store.latest("/other") == record("/other")


def test_what_another_user_could_have_written_is_not_believed(store: Store) -> None:
    made = store.add([record()], at="x")
    os.chmod(store._place(made.records["/home/me/env"]), 0o666)
    assert store.record(made.records["/home/me/env"]) is None
    os.chmod(store.folder, 0o777)
    with pytest.raises(PermissionError):
        store.add([record("/other")], at="y")


def _take(folder: str, number: int) -> str:
    return Store(folder).add([record(f"/env/{number}"), record("/same")], at=str(number)).id


def test_many_at_once_make_as_many(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        ids = list(pool.map(_take, [str(tmp_path)] * 12, range(12)))
    store = Store(str(tmp_path))
    assert sorted(ids) == [f"{number:06d}" for number in range(1, 13)]
    assert sorted(found.at for found in store.all()) == sorted(map(str, range(12)))
    assert all(store.record(digest) for found in store.all() for digest in found.records.values())
    assert not [name for name in files(store) if name.endswith(".part")]


@pytest.mark.parametrize("moment", range(4))
def test_a_full_disk_leaves_no_half_snapshot(store: Store, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add([record()], at="x")
    left = iter(range(moment))

    def write(path: str, content: bytes, *, replace: bool) -> None:
        with monkeypatch.context() as patch:
            if next(left, None) is None:
                patch.setattr(snapshot.os, "fsync", _full)
            whole(path, content, replace=replace)

    whole = snapshot._write
    monkeypatch.setattr(snapshot, "_write", write)
    with pytest.raises(OSError, match="No space") if moment < 3 else nullcontext():
        store.add([record("/a"), record("/b")], at="y")
    monkeypatch.undo()
    assert not [name for name in files(store) if name.endswith(".part")]
    assert all(store.record(digest) for found in store.all() for digest in found.records.values())
    assert len(store.all()) == (1 if moment < 3 else 2)


def _full(_fd: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_missing_name_is_a_sentence(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no snapshot yet"):
        store.find(None)
    store.add([record()], at="x")
    with pytest.raises(UsageError, match="there is no snapshot 7"):
        store.find("7")


def test_differences_are_told_in_words() -> None:
    old = record(actual_version="3.11.2", base="/usr/bin/python3.11")
    new = record(
        actual_version="3.13.5", base="/usr/bin/python3.13", status="broken", codes=["VD201"], distributions=[]
    )
    assert list(differences(old, new)) == [
        "state: healthy → broken",
        "Python: 3.11.2 → 3.13.5",
        "base interpreter: /usr/bin/python3.11 → /usr/bin/python3.13",
        "demo: 1.0 → absent",
        "new findings: VD201",
    ]
    assert list(differences(None, new)) == ["is new"]
    assert list(differences(old, None)) == ["is gone"]
    assert list(differences(old, old)) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KEYS = st.sampled_from(["path", "status", "codes", "distributions", "base", "actual_version"])


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(KEYS, ANYTHING), st.dictionaries(KEYS, ANYTHING))
def test_differences_of_garbage_are_words(old: Record, new: Record) -> None:
    assert all(isinstance(line, str) for line in differences(old, new))


@settings(max_examples=40, deadline=None)
@given(ANYTHING)
def test_a_snapshot_of_garbage_is_none_or_whole(data: object) -> None:
    found = snapshot.parse("000001", json.dumps(data).encode())
    assert found is None or all(isinstance(value, str) for pair in found.records.items() for value in pair)
