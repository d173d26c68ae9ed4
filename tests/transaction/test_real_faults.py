"""Every fixer's real plan, struck before each of its steps: the environment is the old one, or the new one, whole.

The whole table takes minutes (`VENVDOCTOR_TEST_SLOW=1 pytest -s`, it prints itself); one of each kind of step is struck
by one fault always.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.patients import MAKERS, Patient, patient, two_minors
from tests.support.trees import picture
from venvdoctor.errors import FixError
from venvdoctor.fix import Plan, Run, Step, Verify
from venvdoctor.model.fact import replace
from venvdoctor.repairing.plan_text import step_text
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.pythons import Python

pytestmark = pytest.mark.real
SIGNALS = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}
DISK = ("ENOSPC", "EACCES", "EIO")  # from this step on, and also while it is taken back
AROUND = ("builder", "network", "clock")  # what only programs meet: tried from the first step on, and at each of theirs
FAULTS = (*SIGNALS, *DISK, *AROUND)
CHANGES = frozenset(
    ["os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.chmod", "os.truncate"]
)
SPARE = 256 << 20  # bytes of the small file system; plans ask for up to half of it
EVERY = 9  # of the single changes of a long plan, which the synthetic plans go through one by one


@pytest.fixture
def two() -> tuple[Python, Python]:
    return two_minors()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A directory on a small file system of its own, which can be filled; a plain one where mounting is not allowed."""
    small = tmp_path / "small"
    small.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SPARE}", "tmpfs", small]
    mounted = os.geteuid() == 0 and not subprocess.run(words, capture_output=True, check=False).returncode
    yield small
    if mounted:
        subprocess.run(["umount", small], check=True)


def changes(event: str, args: tuple[Any, ...]) -> bool:
    """Whether an audit event is one of a change to the disk."""
    return event in CHANGES or (
        event == "open" and isinstance(args[2], int) and bool(args[2] & (os.O_CREAT | os.O_APPEND))
    )


def strike(sick: Patient, fault: str) -> None:
    """Let something happen to this process, or to what it works with."""
    if fault in SIGNALS:
        os.kill(os.getpid(), SIGNALS[fault])
    elif fault == "ENOSPC":
        fill(sick.house.with_name("filler"))
    elif fault == "EACCES":
        sys.addaudithook(lambda event, args: refuse(errno.EACCES) if changes(event, args) else None)
    elif fault == "EIO":
        os.fsync = os.sync = lambda *_: refuse(errno.EIO)
    elif fault == "network":
        sick.house.rename(sick.house.with_name("closed"))
    elif fault == "clock":
        time.time = lambda: 631152000.0
        time.gmtime = lambda *_: time.struct_time((1990, 1, 1, 0, 0, 0, 0, 1, 0))


def refuse(number: int) -> None:
    raise OSError(number, os.strerror(number))


def fill(filler: Path) -> None:
    """Leave no byte free on the small file system."""
    if not os.path.ismount(filler.parent):
        refuse(errno.ENOSPC)
    with filler.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    stream.write(b"x" * size)
            except OSError:
                continue


def healed(sick: Patient) -> None:
    """Let the small file system have room, and packages be there again."""
    sick.house.with_name("filler").unlink(missing_ok=True)
    if not sick.house.exists():
        sick.house.with_name("closed").rename(sick.house)


def failing(plan: Plan, number: int) -> Plan:
    """The plan, the program of one step of which fails."""
    steps = list(plan.steps)
    if number < len(steps) and isinstance(steps[number], Run):
        steps[number] = replace(steps[number], argv=("false",))
    return replace(plan, steps=tuple(steps))


def in_child(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 3
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work()
        code = 0
    except FixError:
        code = 1
    except (KeyboardInterrupt, OSError):
        code = 2
    finally:
        os._exit(code)


def end(sick: Patient, old: dict[str, str]) -> str:
    """Let the next run begin; return whether the old or the new environment is there, whole."""
    healed(sick)
    recover(sick.state)
    done = committed(sick.state)
    if done:
        undo(sick.state, done[0])
    assert picture(sick.root) == old
    assert not (sick.root / ".venvdoctor").exists()
    return "new" if done else "old"


def struck(sick: Patient, number: int, fault: str, old: dict[str, str]) -> str:
    """Carry the plan out and let the fault happen before a step; return which environment there is after the next run."""

    def before(count: int, _step: Step) -> None:
        if count == number:
            strike(sick, fault)

    plan = failing(sick.plan, number) if fault == "builder" else sick.plan
    code = in_child(lambda: carry_out(plan, sick.state, before=before))
    tree = end(sick, old)
    runs = number < len(plan.steps) and isinstance(plan.steps[number], Run)
    harmless = fault == "clock" or (fault == "builder" and not runs)
    assert (code == 0) == (tree == "new"), (number, fault, code)
    assert fault in ("network", "ENOSPC") or tree == ("new" if harmless else "old"), (number, fault)
    return tree


def meets(step: Step | None, number: int, fault: str) -> bool:
    return not number or fault not in AROUND or isinstance(step, (Run, Verify))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_table_of_steps_and_faults(
    place: Path, two: tuple[Python, Python], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient(name, two, place, monkeypatch)
    old, count = picture(sick.root), {fault: {"old": 0, "new": 0} for fault in FAULTS}
    print(f"\n{name}: {'step':<60} {' '.join(f'{fault:>8}' for fault in FAULTS)}")
    for number, step in enumerate([*sick.plan.steps, None]):
        row = [struck(sick, number, fault, old) if meets(step, number, fault) else "-" for fault in FAULTS]
        for fault, tree in zip(FAULTS, row, strict=True):
            if tree != "-":
                count[fault][tree] += 1
        what = step_text(step) if step is not None else "commit"
        print(f"{name}: {number:>3} {what[:56]:<56} {' '.join(f'{tree:>8}' for tree in row)}")
    cells = [", ".join(f"{number} {tree}" for tree, number in count[fault].items() if number) for fault in FAULTS]
    print(f"| {name} | {len(sick.plan.steps) + 1} | {' | '.join(cells)} |")
    assert carry_out(sick.plan, sick.state).root == str(sick.root)
    assert end(sick, old) == "new"


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_step_of_each_kind_meets_a_fault(
    place: Path, two: tuple[Python, Python], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient(name, two, place, monkeypatch)
    old, steps = picture(sick.root), [*sick.plan.steps, None]
    programs = [number for number, step in enumerate(steps) if isinstance(step, Run)]
    kinds = {type(step): number for number, step in reversed([*enumerate(steps)])}
    for turn, number in enumerate(sorted(kinds.values()), sorted(MAKERS).index(name)):
        if programs and programs[0] < number < len(sick.plan.steps):
            continue  # what comes after an installer waits for it each time
        faults = [fault for fault in FAULTS if meets(steps[number], number, fault) and (number or fault not in AROUND)]
        struck(sick, number, faults[2 * turn % len(faults)], old)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_killed_at_single_changes(
    place: Path, two: tuple[Python, Python], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient(name, two, place, monkeypatch)
    old, number, trees = picture(sick.root), 1, []
    while True:
        count = 0

        def watch(event: str, args: tuple[Any, ...], number: int = number) -> None:
            nonlocal count
            count += changes(event, args)
            if count == number:
                os._exit(137)

        def work(watch: Any = watch) -> None:
            sys.addaudithook(watch)
            carry_out(sick.plan, sick.state)

        code = in_child(work)
        trees.append(end(sick, old))
        if code == 0:
            break
        assert code == 137
        number += EVERY if number > EVERY else 1
    print(f"{name}: {len(trees)} of {number} changes:", *trees)
    assert trees[-1] == "new"


def test_a_clock_that_is_set_back_changes_no_order(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient("relink", two, tmp_path, monkeypatch)
    old = picture(sick.root)
    first = carry_out(sick.plan, sick.state)
    monkeypatch.setattr(time, "gmtime", lambda *_: time.struct_time((1990, 1, 1, 0, 0, 0, 0, 1, 0)))
    monkeypatch.setattr(time, "time", lambda: 631152000.0)
    second = carry_out(replace(sick.plan, guards=()), sick.state)
    assert [journal.id for journal in committed(sick.state)] == [second.id, first.id]
    with pytest.raises(FixError, match="changed the same environment later"):
        undo(sick.state, committed(sick.state)[1])
    undo(sick.state, committed(sick.state)[0])
    undo(sick.state, committed(sick.state)[0])
    assert picture(sick.root) == old
