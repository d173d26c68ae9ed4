"""The state directory, attacked: garbage, special files, what others planted or could have written."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hostile.repairs import EVERY_STEP, ROOT, is_root, plan_for
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.errors import FixError
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, recover, undo
from venvdoctor.upgrading.snapshot import Store

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and owners are POSIX")


GARBAGE = (
    b"",
    b"\0" * 100,
    b"[" * 100_000,
    b"{}",
    b'{"act": "begin"}\n',
    b'{"act": "begin", "root": 5, "identity": [1, 2]}\n',
    b"\xff\xfe",
    b'{"act": "begin", "root": "/x", "identity": ["a", "b"]}\n',
)


@pytest.mark.parametrize("content", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_in_the_state_directory_stops_nothing(
    content: bytes, env: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (
        "transactions/000009-x.jsonl",
        "transactions/zzz.jsonl",
        "snapshots/000001.json",
        "snapshots/records/00/x.json.gz",
    ):
        (state / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (state / name).write_bytes(content)
    for words in (["undo", "--list"], ["snapshot", "list"], ["fix", "--dry-run", "--offline", str(env)]):
        assert run(words) in (0, 1), capsys.readouterr()
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["fifo", "link", "dir", "loop"])
def test_special_files_in_the_state_directory(kind: str, env: Path, state: Path, house: Path) -> None:
    from tests.hostile.ground import special

    names = ("transactions/000009-x.jsonl", "snapshots/000001.json")
    for name in names:
        (state / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (state / name).symlink_to(house / ".bashrc") if kind == "link" else special(state / name, kind)
    before = picture(house)
    words = [sys.executable, "-m", "venvdoctor"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for command in (["undo", "--list"], ["snapshot", "list"], ["fix", "--dry-run", "--offline", str(env)]):
        done = subprocess.run([*words, *command], env=environ, timeout=60, check=False, capture_output=True)
        assert done.returncode in (0, 1), done.stderr
    assert picture(house) == before


def test_a_journal_that_names_places_outside_moves_nothing(env: Path, house: Path, state: Path) -> None:
    status = env.stat()
    begin = {"act": "begin", "root": str(env), "identity": [status.st_dev, status.st_ino]}
    evil = (
        {"act": "aside", "path": "../house/.bashrc", "slot": ".venvdoctor/000001-a/1"},
        {"act": "replace", "path": "bin/python", "slot": "../house/.bashrc"},
        {"act": "mode", "path": "../house/.bashrc", "mode": 511},
        {"act": "ran", "made": ["../house"]},
        {"act": "run", "creates": ["/etc/passwd"], "listing": {"..": []}},
        {"act": "new", "path": "../../x", "slot": ".venvdoctor/000001-a/../../../house/.bashrc"},
        {"act": "strange"},
    )
    before = picture(house), picture(env)
    for number, record in enumerate(evil):
        folder = state / str(number) / "transactions"
        folder.mkdir(parents=True, mode=0o700)
        lines = [json.dumps(one) for one in (begin, record, {"act": "commit"})]
        (folder / "000001-a.jsonl").write_text("\n".join(lines) + "\n")
        for journal in committed(str(state / str(number))):
            with pytest.raises(FixError):
                undo(str(state / str(number)), journal)
        assert (picture(house), picture(env)) == before, record


@pytest.mark.parametrize("spoil", ["open", "link", "file"])
def test_a_store_that_others_can_write_is_refused(spoil: str, env: Path, state: Path, house: Path) -> None:
    store = state / "transactions"
    store.parent.mkdir(parents=True)
    if spoil == "open":
        store.mkdir()
        store.chmod(0o777)
    elif spoil == "link":
        store.symlink_to(house)
    else:
        store.write_text("")
    before = picture(env), picture(house)
    with pytest.raises(FixError):
        carry_out(plan_for(env, EVERY_STEP[0]), str(state))
    assert (picture(env), picture(house)) == before


def test_snapshots_that_others_can_write_are_not_believed(state: Path) -> None:
    store = Store(str(state))
    taken = store.add([{"path": "/x", "distributions": [{"key": "good"}]}], at="now")
    assert store.latest("/x") is not None
    (state / "snapshots" / f"{taken.id}.json").chmod(0o666)
    assert store.latest("/x") is None
    (state / "snapshots").chmod(0o777)
    with pytest.raises(OSError, match="only you can write"):
        store.add([], at="now")


@is_root
def test_files_of_another_user_are_not_believed(env: Path, state: Path) -> None:
    store = Store(str(state))
    taken = store.add([{"path": "/x", "distributions": [{"key": "good"}]}], at="now")
    carry_out(plan_for(env, EVERY_STEP[0]), str(state))
    os.chown(state / "snapshots" / f"{taken.id}.json", 1234, 1234)
    for path in (state / "transactions").glob("*.jsonl"):
        os.chown(path, 1234, 1234)
    assert store.latest("/x") is None
    assert committed(str(state)) == []


def test_a_journal_that_others_can_write_is_not_believed(env: Path, state: Path) -> None:
    done = carry_out(plan_for(env, EVERY_STEP[0]), str(state))
    path = state / "transactions" / f"{done.id}.jsonl"
    path.chmod(0o666)
    assert committed(str(state)) == []
    path.chmod(0o600)
    assert [one.id for one in committed(str(state))] == [done.id]


def test_a_planted_keep_folder_is_not_taken(env: Path, house: Path, state: Path) -> None:
    (env / ".venvdoctor").mkdir()
    for number in range(1, 4):
        (env / ".venvdoctor" / f"00000{number}-x").symlink_to(house)
    before = picture(house)
    done = carry_out(plan_for(env, EVERY_STEP[0], EVERY_STEP[1]), str(state))
    undo(str(state), next(journal for journal in committed(str(state)) if journal.id == done.id))
    assert recover(str(state)) == []
    assert picture(house) == before
    assert stat.S_ISLNK((env / ".venvdoctor" / "000001-x").lstat().st_mode), "nobody's business"
