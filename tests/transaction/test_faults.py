"""Killed or refused by the disk at every single change: a transaction leaves the old tree or the new one, whole."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import wheels
from venvdoctor.errors import FixError
from venvdoctor.fix import (
    BringBack,
    ChangeMode,
    CopyIn,
    KeepKeys,
    Plan,
    ReplaceFile,
    ReplaceLink,
    Run,
    SetAside,
    Transplant,
)
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, recover, undo

if TYPE_CHECKING:
    from tests.support.privileges import Ordinary

CHANGES = frozenset(
    [
        "os.rename",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.symlink",
        "os.chmod",
        "os.truncate",
        "subprocess.Popen",
    ]
)
BUILDER = (
    "import os, sys; root = sys.argv[1]; os.mkdir(root + '/bin'); open(root + '/bin/made', 'w').write('new');"
    " open(root + '/pyvenv.cfg', 'w').write('new')"
)


def picture(root: Path) -> dict[str, str]:
    """Return every path below a root with its kind, mode and content, venvdoctor's own folder left out."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".venvdoctor"]
        for name in [*folders, *files]:
            path = Path(folder, name)
            status = path.lstat()
            what = (
                "-> " + os.readlink(path)
                if path.is_symlink()
                else hashlib.sha256(path.read_bytes()).hexdigest()
                if stat.S_ISREG(status.st_mode)
                else "dir"
            )
            found[str(path.relative_to(root))] = f"{stat.S_IMODE(status.st_mode):o} {what}"
    return found


def build(root: Path) -> None:
    (root / "bin").mkdir(parents=True)
    (root / "bin/python").symlink_to("/gone/python3.11")
    (root / "bin/own-script").write_text("#!/bin/sh\n")
    (root / "bin/own-script").chmod(0o755)
    (root / "lib/python3.11/site-packages/pkg").mkdir(parents=True)
    (root / "lib/python3.11/site-packages/pkg/__init__.py").write_text("x = 1\n")
    wheels.install(root / "lib/python3.11/site-packages", "one", "1.0")
    (root / "lib64").symlink_to("lib")
    (root / "pyvenv.cfg").write_text("home = /gone\n")
    (root / "notes.txt").write_text("mine\n")


def identity(root: Path) -> tuple[int, int]:
    status = root.stat()
    return status.st_dev, status.st_ino


def relinking(root: Path) -> Plan:
    steps = (
        ReplaceLink(path="bin/python", target="/usr/bin/python3"),
        ReplaceLink(path="bin/python3", target="python"),
        ReplaceFile(path="pyvenv.cfg", content=b"home = /usr/bin\n"),
        CopyIn(path="bin/copied", source=__file__),
        ChangeMode(path="bin/own-script", mode=0o700),
        SetAside(path="lib64"),
    )
    return Plan(root=str(root), identity=identity(root), fixer="test", summary="relink", steps=steps)


def rebuilding(root: Path) -> Plan:
    steps = (
        SetAside(path="bin"),
        SetAside(path="lib"),
        SetAside(path="lib64"),
        SetAside(path="pyvenv.cfg"),
        Run(argv=(sys.executable, "-c", BUILDER, "{root}"), purpose="build", creates=("bin", "pyvenv.cfg", "lib")),
        BringBack(source="bin/own-script", path="bin/own-script"),
        BringBack(source="lib/python3.11/site-packages/pkg", path="lib/python3.12/site-packages/pkg"),
        ReplaceFile(path="bin/made", content=b"newer"),
        ReplaceLink(path="lib64", target="lib"),
    )
    return Plan(root=str(root), identity=identity(root), fixer="test", summary="rebuild", steps=steps)


def carrying(root: Path) -> Plan:
    steps = (
        SetAside(path="bin"),
        SetAside(path="lib"),
        BringBack(source="bin", path="bin", without=("bin/python",)),
        ReplaceLink(path="bin/python", target="/usr/bin/python3"),
        BringBack(source="lib/python3.11/site-packages/pkg", path="lib/python3.12/site-packages/pkg"),
        BringBack(source="lib/python3.11/site-packages/pkg/__init__.py", path="lib/first.py"),
        BringBack(source="bin/own-script", path="third"),
        SetAside(path="third"),  # a name that bears two new things in turn
        BringBack(source="lib/python3.11/site-packages/pkg", path="third"),
        Transplant(
            metadata="lib/python3.11/site-packages/one-1.0.dist-info",
            files=("one/__init__.py", "one-1.0.dist-info/METADATA", "one-1.0.dist-info/WHEEL"),
            site_dir="lib/python3.12/site-packages",
            headers="include",
            interpreter="/usr/bin/python3",
        ),
        KeepKeys(path="pyvenv.cfg", keys=(("prompt", "mine"),)),
    )
    return Plan(root=str(root), identity=identity(root), fixer="test", summary="carry", steps=steps)


PLANS = {"relink": relinking, "rebuild": rebuilding, "carry": carrying}


def in_child(work: Any, fault: str, number: int, *, lasting: bool = False) -> int:
    """Run `work` in a child that meets the fault at its `number`-th change; return its exit code (99: it met none).

    A lasting fault is met from that change on.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    count = 0

    def watch(event: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_CREAT | os.O_APPEND)
        if event not in CHANGES and not writes:
            return
        count += 1
        if count < number or (count > number and not lasting):
            return
        if fault == "kill":
            os._exit(137)
        raise (
            KeyboardInterrupt
            if fault == "interrupt"
            else OSError(getattr(errno, fault), os.strerror(getattr(errno, fault)))
        )

    code = 0
    try:
        sys.addaudithook(watch)
        work()
    except FixError:
        code = 1
    except (KeyboardInterrupt, OSError):
        code = 2
    finally:
        os._exit(99 if count < number else code)


@pytest.mark.parametrize("fault", ["kill", "ENOSPC", "EACCES", "interrupt"])
@pytest.mark.parametrize("name", sorted(PLANS))
def test_every_change_of_a_repair_may_be_the_last(tmp_path: Path, name: str, fault: str) -> None:
    number, table = 0, []
    while True:
        number += 1
        root, state = tmp_path / f"{number}" / "env", tmp_path / f"{number}" / "state"
        build(root)
        old = picture(root)
        code = in_child(lambda root=root, state=state: carry_out(PLANS[name](root), str(state)), fault, number)
        recover(str(state))
        kept = committed(str(state))
        now = picture(root)
        table.append((number, code, "new" if kept else "old"))
        if kept:
            assert now != old
            undo(str(state), kept[0])
            now = picture(root)
        assert now == old, (number, fault)
        assert not (root / ".venvdoctor").exists(), (number, fault)
        if code == 99:
            break
    print(f"{name} at {fault}:", *(f"{number}:{code}/{tree}" for number, code, tree in table))
    assert len(table) > 20
    assert table[-1][2] == "new"


@pytest.mark.parametrize("fault", ["kill", "interrupt", "ENOSPC", "EACCES", "EIO"])
@pytest.mark.parametrize("name", sorted(PLANS))
def test_every_change_of_an_undo_may_be_the_last(tmp_path: Path, name: str, fault: str) -> None:
    undo_ends_sometime(tmp_path, name, fault)


@pytest.mark.parametrize("fault", ["ENOSPC", "EACCES", "EIO"])
def test_so_it_is_where_no_root_undoes(ordinary: Ordinary, fault: str) -> None:
    ordinary.run(lambda place: undo_ends_sometime(place, "carry", fault))


def undo_ends_sometime(place: Path, name: str, fault: str) -> None:
    """Let the disk refuse from each change of an undo on; the next run finishes it."""
    number = 0
    while True:
        number += 1
        root, state = place / f"{number}" / "env", place / f"{number}" / "state"
        build(root)
        old = picture(root)
        carry_out(PLANS[name](root), str(state))
        code = in_child(lambda state=state: undo(str(state), committed(str(state))[0]), fault, number, lasting=True)
        recover(str(state))
        for journal in committed(str(state)):
            undo(str(state), journal)
        assert picture(root) == old, (number, code)
        if code == 99:
            break
    assert number > 5
