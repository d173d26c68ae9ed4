"""Every fixer's real plan, interrupted before each of its steps: the environment is the old one, or the new one, whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons
from tests.support.trees import picture
from venvdoctor import api, repair
from venvdoctor.errors import FixError
from venvdoctor.fix import Plan, Run, Verify
from venvdoctor.model.environment import Candidate
from venvdoctor.model.fact import replace
from venvdoctor.plan_text import step_text
from venvdoctor.transaction.run import carry_out, committed, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real
FAULTS = ("kill", "ENOSPC", "EACCES", "interrupt", "builder", "network", "clock")
AROUND = ("builder", "network", "clock")  # what only programs meet: tried from the first step on, and at each of theirs
CHANGES = frozenset(
    ["os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.chmod", "os.truncate"]
)
EVERY = 9  # of the single changes of a long plan, which the synthetic plans go through one by one


class Patient(NamedTuple):
    """A sick environment, a copy of it to start from again, and the plan for it."""

    root: Path
    master: Path
    plan: Plan
    state: str

    def again(self) -> Plan:
        """Put the sick environment back, and return the plan for it."""
        shutil.rmtree(self.root)
        shutil.copytree(self.master, self.root, symlinks=True)
        shutil.rmtree(self.state, ignore_errors=True)
        status = self.root.stat()
        return replace(self.plan, identity=(status.st_dev, status.st_ino))


@pytest.fixture
def two() -> tuple[Python, Python]:
    """Two minor versions, the newer first."""
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions are needed")
    return found[-1], found[0]


def healthy(two: tuple[Python, Python], place: Path, *flags: str) -> Path:
    env = envs.make_venv(two[0], place, *flags)
    files = {"pure/__init__.py": "", "pure/cli.py": "def main():\n    print('ran')\n", "pure/data.txt": "x"}
    common = {"bin_dir": env / "bin", "shebang": f"{env}/bin/python"}
    wheels.install(envs.site_packages(env), "pure", "1.0", files=files, scripts={"run": "pure.cli:main"}, **common)
    (env / "notes.txt").write_text("mine\n")
    return env


def dangle(env: Path) -> None:
    for link in (env / "bin").glob("python*"):
        if link.is_symlink() and os.path.isabs(os.readlink(link)):
            link.unlink()
            link.symlink_to("/gone/bin/python3")


def relinking(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    dangle(env)
    return env, {}


def refreshing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env", "--copies")
    for path in (env / "bin").glob("python*"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[:5000])
        path.chmod(0o755)
    return env, {}


def configuring(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    (env / "pyvenv.cfg").unlink()
    return env, {}


def rewriting(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    return healthy(two, place / "old").rename(place / "env"), {}


def repairing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    (envs.site_packages(env) / "pure/__init__.py").unlink()
    (envs.site_packages(env) / "pure/cli.py").unlink()
    return env, {}


def rebuilding(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    fast = {f"fast/_fast.{two[0].soabi}.so": "\x7fELF", "fast/__init__.py": ""}
    wheels.install(envs.site_packages(env), "fast", "1.0", files=fast, tag="cp399-cp399-linux_x86_64")
    (envs.site_packages(env) / "own.py").write_text("")
    dangle(env)
    return env, {"python": two[1].path}


def gathering(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    site = env / f"lib/python{two[1].series}/site-packages"
    site.mkdir(parents=True)
    wheels.install(site, "left", "1.0")
    return env, {}


def clearing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    site = envs.site_packages(env)
    (site / "pure").rename(site / "~ure")
    (site / "pure-1.0.dist-info").rename(site / "~ure-1.0.dist-info")
    (site / "hollow-1.0.dist-info").mkdir()
    return env, {}


def completing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    wheels.install(envs.site_packages(env), "asks", "1.0", requires=["fast>=1", "pure"])
    return env, {}


def forgetting(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    dangle(env)
    for lib in (env / "lib").iterdir():
        lib.rename(env / "lib/python3.4")
    (env / "pyvenv.cfg").write_text("home = /gone/bin\nversion = 3.4.1\n")
    return env, {"manager": "tox"}


MAKERS: dict[str, Callable[..., tuple[Path, dict[str, Any]]]] = {
    "relink": relinking,
    "relink (copies)": refreshing,
    "configuration": configuring,
    "rewrite_paths": rewriting,
    "clear_leftovers": clearing,
    "repair_packages": repairing,
    "complete": completing,
    "rebuild": rebuilding,
    "gather": gathering,
    "forget": forgetting,
}


def patient(name: str, two: tuple[Python, Python], place: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """Make the sick environment that this fixer is the answer to, and ask for the plan."""
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(place / "state"))
    files = {"pure/__init__.py": "", "pure/cli.py": "def main():\n    print('ran')\n"}
    wheels.make_wheel(place / "house", "pure", "1.0", files=files, scripts={"run": "pure.cli:main"})
    wheels.make_wheel(place / "house", "fast", "1.0")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(place / "house"))
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
    env, wish = MAKERS[name](two, place)
    manager = wish.pop("manager", None)
    session = api.open_session(api.ScanRequest(paths=(str(env),)))
    bench = repair.bench(session, repair.Wish(offline=True, **wish))
    if manager:
        bench.choices = ()
    case = repair.examine(bench, Candidate(path=str(env), manager=manager))
    assert case is not None
    assert isinstance(case.proposal, Plan), (case.findings, case.proposal)
    assert case.proposal.fixer == name.partition(" ")[0], case.findings
    shutil.copytree(env, place / "master", symlinks=True)
    return Patient(env, place / "master", case.proposal, str(place / "state"))


def strike(fault: str) -> None:
    if fault == "kill":
        os._exit(137)
    if fault == "interrupt":
        raise KeyboardInterrupt
    raise OSError(getattr(errno, fault), os.strerror(getattr(errno, fault)))


def strike_around(sick: Patient, fault: str) -> None:
    """What happens outside of the transaction: the source of packages goes, the clock is set back by decades."""
    if fault == "network":
        house = sick.master.parent / "house"
        house.rename(house.with_name("closed"))
    if fault == "clock":
        time.time = lambda: 631152000.0
        time.gmtime = lambda *_: time.struct_time((1990, 1, 1, 0, 0, 0, 0, 1, 0))


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
    recover(sick.state)
    done = committed(sick.state)
    if done:
        undo(sick.state, done[0])
    assert picture(sick.root) == old
    assert not (sick.root / ".venvdoctor").exists()
    return "new" if done else "old"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_table_of_steps_and_faults(
    tmp_path: Path, two: tuple[Python, Python], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient(name, two, tmp_path, monkeypatch)
    old = picture(sick.root)
    print(f"\n{name}: {'step':<60} {' '.join(f'{fault:>9}' for fault in FAULTS)}")
    for number in range(len(sick.plan.steps) + 1):
        row = []
        step = sick.plan.steps[number] if number < len(sick.plan.steps) else None
        for fault in FAULTS:
            if number and fault in AROUND and not isinstance(step, (Run, Verify)):
                row.append("-")
                continue
            plan = failing(sick.again(), number) if fault == "builder" else sick.again()

            def before(count: int, _step: object, number: int = number, fault: str = fault) -> None:
                if count == number and fault in ("network", "clock"):
                    strike_around(sick, fault)
                elif count == number and fault != "builder":
                    strike(fault)

            code = in_child(lambda plan=plan, before=before: carry_out(plan, sick.state, before=before))  # type: ignore[misc]
            row.append(end(sick, old))
            closed = sick.master.parent / "closed"
            if closed.exists():
                closed.rename(sick.master.parent / "house")
            harmless = fault == "clock" or (fault == "builder" and not isinstance(step, Run))
            assert (code != 0) == (row[-1] == "old"), (number, fault)
            assert fault == "network" or row[-1] == ("new" if harmless else "old"), (number, fault)
        what = step_text(step) if step is not None else "commit"
        print(f"{name}: {number:>3} {what[:56]:<56} {' '.join(f'{tree:>9}' for tree in row)}")
    plan = sick.again()
    assert carry_out(plan, sick.state).root == str(sick.root)
    assert end(sick, old) == "new"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_killed_at_single_changes(
    tmp_path: Path, two: tuple[Python, Python], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient(name, two, tmp_path, monkeypatch)
    old, number, trees = picture(sick.root), 1, []
    while True:
        plan, count = sick.again(), 0

        def watch(event: str, args: tuple[Any, ...], number: int = number) -> None:
            nonlocal count
            writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_CREAT | os.O_APPEND)
            if event in CHANGES or writes:
                count += 1
                if count == number:
                    os._exit(137)

        def work(plan: Plan = plan, watch: Any = watch) -> None:
            sys.addaudithook(watch)
            carry_out(plan, sick.state)

        code = in_child(work)
        trees.append(end(sick, old))
        if code == 0:
            break
        assert code == 137
        number += EVERY if number > EVERY else 1
    print(f"{name}: {len(trees)} of {number} changes:", *trees)
    assert trees[-1] == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_disk_that_becomes_full(tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with monkeypatch.context() as patch:
            patch.setattr("venvdoctor.inspection.workshop._free", lambda _env: None)
            sick = patient("rebuild", two, place, monkeypatch)
        shutil.rmtree(sick.master)
        old = picture(sick.root)
        for free in (0, 4, 12, 40, 120):  # KiB
            filler = place / "filler"
            with filler.open("wb", buffering=0) as stream:
                try:
                    while True:
                        stream.write(b"x" * 1024)
                except OSError:
                    pass
            os.truncate(filler, max(filler.stat().st_size - (free << 10), 0))
            state = str(tmp_path / "state-outside")
            try:
                carry_out(replace(sick.plan, space=0), state)
                outcome = "new"
            except FixError:
                outcome = "old"
            filler.unlink()
            recover(state)
            for journal in committed(state):
                undo(state, journal)
            assert picture(sick.root) == old, free
            assert outcome == "old" or free
        assert carry_out(replace(sick.plan, space=0), state).root == str(sick.root)
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_clock_that_is_set_back_changes_no_order(
    tmp_path: Path, two: tuple[Python, Python], monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = patient("relink", two, tmp_path, monkeypatch)
    first = carry_out(sick.plan, sick.state)
    monkeypatch.setattr(time, "gmtime", lambda *_: time.struct_time((1990, 1, 1, 0, 0, 0, 0, 1, 0)))
    monkeypatch.setattr(time, "time", lambda: 631152000.0)
    second = carry_out(replace(sick.plan, guards=()), sick.state)
    assert [journal.id for journal in committed(sick.state)] == [second.id, first.id]
    with pytest.raises(FixError, match="changed the same environment later"):
        undo(sick.state, committed(sick.state)[1])
    undo(sick.state, committed(sick.state)[0])
    undo(sick.state, committed(sick.state)[0])
    assert picture(sick.root) == picture(sick.master)
