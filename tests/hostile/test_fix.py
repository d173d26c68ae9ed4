"""What changes, attacked: whatever lies in an environment or in our state, nothing outside of the environment is touched."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.ground import info_of, site_of, sound
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.errors import FixError
from venvdoctor.fix import BringBack, ChangeMode, CopyIn, Plan, ReplaceFile, ReplaceLink, SetAside, Transplant
from venvdoctor.script_text import shebang, with_root
from venvdoctor.snapshot import Store
from venvdoctor.transaction.run import carry_out, committed, prune, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
MARK = "owned"
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user or mount something")

# ruff: noqa: ARG001 - the fixtures of the state directory and of the house are there to be there
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and owners are POSIX")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "state"
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(place))
    return place


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A home directory with things that must stay as they are."""
    place = tmp_path / "house"
    (place / "site-packages").mkdir(parents=True)
    (place / ".bashrc").write_text("precious\n")
    (place / "python").write_text("precious\n")
    (place / "python").chmod(0o600)
    (place / "site-packages" / "x.py").write_text("precious\n")
    return place


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """An environment whose interpreter is gone."""
    place = sound(tmp_path / "env")
    _sicken(place)
    return place


def _sicken(env: Path) -> None:
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to(f"/gone/python{sys.version_info[0]}.{sys.version_info[1]}")


def plan_for(root: Path, *steps: Any, **more: Any) -> Plan:
    status = root.stat()
    identity = (status.st_dev, status.st_ino)
    return Plan(root=str(root), identity=identity, fixer="test", summary="attack", steps=steps, **more)


EVERY_STEP = (
    ReplaceLink(path="bin/python", target="/usr/bin/python3"),
    ReplaceFile(path="bin/python", content=b"x"),
    CopyIn(path="bin/python", source=__file__),
    SetAside(path="bin/python"),
    ChangeMode(path="bin/python", mode=0o777),
    BringBack(source="bin/python", path="bin/brought"),
)


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: type(step).__name__)
def test_no_step_follows_a_folder_that_is_a_link(step: Any, env: Path, house: Path, state: Path) -> None:
    shutil.rmtree(env / "bin")
    (env / "bin").symlink_to(house)
    before = picture(house), picture(env)
    try:
        carry_out(plan_for(env, step), str(state))
    except FixError:
        assert picture(env) == before[1]
    assert picture(house) == before[0]


@pytest.mark.parametrize(
    "path", ["../house/.bashrc", "/etc/passwd", "bin/../../house/.bashrc", "", ".", "..", "bin//x", "a\0b"]
)
@pytest.mark.parametrize(
    "step",
    [ReplaceFile(path="", content=b"x"), SetAside(path=""), ChangeMode(path="", mode=0)],
    ids=["file", "aside", "mode"],
)
def test_no_step_climbs(step: Any, path: str, env: Path, house: Path, state: Path) -> None:
    before = picture(house), picture(env)
    with pytest.raises(FixError):
        carry_out(plan_for(env, replace(step, path=path)), str(state))
    assert (picture(house), picture(env)) == before


def _swap_root(env: Path, house: Path) -> None:
    env.rename(env.with_name("elsewhere"))
    env.symlink_to(house)


def _another_root(env: Path, _: Path) -> None:
    env.rename(env.with_name("elsewhere"))
    sound(env)


@pytest.mark.parametrize("swap", [_swap_root, _another_root])
def test_an_environment_that_was_replaced_after_the_plan_is_refused(
    swap: Callable[[Path, Path], None], env: Path, house: Path, state: Path
) -> None:
    plan = plan_for(env, *EVERY_STEP[:2])
    before = picture(env), picture(house)
    swap(env, house)
    with pytest.raises(FixError):
        carry_out(plan, str(state))
    assert (picture(env.with_name("elsewhere")), picture(house)) == before


@pytest.mark.parametrize("number", range(4))
def test_a_folder_that_becomes_a_link_between_two_steps(number: int, env: Path, house: Path, state: Path) -> None:
    before = picture(house)

    def swap(step: int, _: Any) -> None:
        if step == number:
            (env / "bin").rename(env / "bin-before")
            (env / "bin").symlink_to(house)

    steps = (*EVERY_STEP[:2], EVERY_STEP[3], EVERY_STEP[4])
    with pytest.raises(FixError):
        carry_out(plan_for(env, *steps), str(state), before=swap)
    assert picture(house) == before


def test_a_thread_that_swaps_all_the_time(env: Path, house: Path, state: Path) -> None:
    before = picture(house)
    (env / "trap").symlink_to(house)
    done = threading.Event()

    def race() -> None:
        names = env / "bin", env / "bin-before", env / "trap"
        while not done.is_set():
            for old, new in ((names[0], names[1]), (names[2], names[0]), (names[0], names[2]), (names[1], names[0])):
                try:
                    os.rename(old, new)
                except OSError:
                    continue

    thread = threading.Thread(target=race)
    thread.start()
    try:
        for _ in range(40):
            try:
                carry_out(plan_for(env, *EVERY_STEP[1:2], EVERY_STEP[4], EVERY_STEP[3]), str(state))
            except (FixError, FileNotFoundError):
                shutil.rmtree(state, ignore_errors=True)
    finally:
        done.set()
        thread.join()
    assert picture(house) == before


def test_record_that_names_other_peoples_files_carries_nothing_of_them(env: Path, house: Path, state: Path) -> None:
    rows = ("demo_thing/__init__.py", "../../../../house/.bashrc", f"{house}/.bashrc", "../../../../../../../../etc/passwd", "demo_thing-1.0.dist-info/METADATA")  # fmt: skip
    (info_of(env) / "RECORD").write_text("".join(f"{row},,\n" for row in rows))
    site = site_of(env).relative_to(env)
    carried = Transplant(
        metadata=f"{site}/demo_thing-1.0.dist-info", files=rows, site_dir="lib/python9.9/site-packages",
        headers="include", interpreter=str(env / "bin/python"), label="demo",
    )  # fmt: skip
    before = picture(house)
    try:
        carry_out(plan_for(env, SetAside(path="lib"), carried), str(state))
    except FixError:
        assert site_of(env).is_dir(), "put back"
    assert picture(house) == before
    assert not [path for path in env.rglob("*") if path.is_file() and path.read_bytes() == b"precious\n"]


@pytest.mark.parametrize("what", ["lib", "bin", "site", "keep"])
def test_the_whole_of_fix_with_a_part_that_leads_home(what: str, env: Path, house: Path, state: Path) -> None:
    place = {"lib": env / "lib", "bin": env / "bin", "site": site_of(env), "keep": env / ".venvdoctor"}[what]
    if place.exists():
        shutil.rmtree(place)
    place.symlink_to(house)
    before = picture(house)
    run(["fix", "--yes", "--offline", str(env)])
    run(["undo"])
    assert picture(house) == before


@pytest.mark.parametrize("name", ["$(touch owned)", "`touch owned`", 'a";touch owned;"', "a b$(touch owned)", "x;touch owned", "o'neill", "a&touch owned&", "a\ntouch owned\n", "naïve b"])  # fmt: skip
def test_a_directory_name_is_no_order_in_what_fix_writes(name: str, tmp_path: Path, state: Path) -> None:
    env = sound(tmp_path / "plain")
    (env / "bin" / "activate").write_text(f'VIRTUAL_ENV={env}\nexport VIRTUAL_ENV\nPATH="$VIRTUAL_ENV/bin:$PATH"\n')
    moved = tmp_path / name / "env"
    moved.parent.mkdir()
    env.rename(moved)
    run(["fix", "--yes", "--offline", str(moved)])
    subprocess.run(["sh", "-c", ". ./activate"], cwd=moved / "bin", check=False, capture_output=True, timeout=20)
    script = ["sh", "-c", "./demo" if os.access(moved / "bin/demo", os.X_OK) else ":"]
    subprocess.run(script, cwd=moved / "bin", check=False, capture_output=True, timeout=20)
    assert not [path for path in tmp_path.rglob(MARK) if path.name == MARK]


@pytest.mark.parametrize("new", ["/a b", "/$(x)", '/"x', "/`x`", "/o'n", "/x\\n", "/a\nb", "/x;y", "/-x", "/!x"])
@pytest.mark.parametrize("text", [b"V=/old/env\n", b'V="/old/env"\n', b"V='/old/env'\n", b'P="/x:/old/env/bin"\n'])
def test_a_path_in_a_script_stays_one_word(text: bytes, new: str) -> None:
    try:
        script = with_root(text, "/old/env", new, shell="activate")
    except ValueError:
        return
    out = subprocess.run(
        ["sh", "-c", script.decode() + 'printf %s "$V$P"'], capture_output=True, check=True, timeout=10
    )
    assert out.stdout.decode() == (f"/x:{new}/bin" if b"P=" in text else new)


@pytest.mark.parametrize(
    "path", ["/t/a b/python", "/t/$(touch owned) x/python", "/t/'x y/python", "/t/a\timport os/python"]
)
def test_a_first_line_starts_that_file_and_nothing_else(path: str, tmp_path: Path) -> None:
    program = tmp_path / path.lstrip("/")
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "started $1"\n')
    program.chmod(0o755)
    script = tmp_path / "script"
    script.write_bytes(shebang(str(program)))
    script.chmod(0o755)
    out = subprocess.run([script], capture_output=True, check=False, cwd=tmp_path, timeout=10)
    assert out.stdout.decode().startswith("started"), out
    assert not (tmp_path / MARK).exists()
    compile(script.read_bytes(), "script", "exec")


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


@is_root
def test_root_does_not_repair_what_a_user_owns(env: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, names, files in os.walk(env):
        for name in [*names, *files, "."]:
            os.chown(os.path.join(folder, name), 1234, 1234, follow_symlinks=False)
    before = picture(env)
    assert run(["fix", "--yes", "--offline", str(env)]) == 1
    assert "another user" in capsys.readouterr().out
    assert picture(env) == before
    assert {path.lstat().st_uid for path in [env, *env.rglob("*")]} == {1234}


@is_root
@pytest.mark.parametrize(
    "command",
    [["snapshot", "--path"], ["scan"], ["fix", "--yes", "--offline"], ["undo", "--list"]],
    ids=lambda words: words[0],
)
def test_sudo_leaves_nothing_of_root_in_another_users_home(command: list[str], tmp_path: Path) -> None:
    home, own = tmp_path / "ada", tmp_path / "root"
    env = sound(home / "env")
    own.mkdir()
    for path in (home, *home.rglob("*")):
        os.chown(path, 1234, 1234, follow_symlinks=False)
    before = picture(home)
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "VENVDOCTOR"))}
    environ |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "SUDO_USER": "ada"}
    code = f"import pwd, sys; entry = pwd.getpwuid(0); pwd.getpwuid = lambda _uid: pwd.struct_passwd([*entry[:5], {str(own)!r}, entry[6]]); from venvdoctor.__main__ import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, *command, *([str(env)] if command[0] != "undo" else [])]
    done = subprocess.run(words, env=environ, check=False, capture_output=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    assert picture(home) == before
    assert {path.lstat().st_uid for path in [home, *home.rglob("*")]} == {1234}


def _in_a_mount_namespace(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("no mount namespaces here")
    words = ["unshare", "-m", "sh", "-ec", script]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PY": sys.executable, **environ}
    return subprocess.run(words, env=variables, check=False, capture_output=True, text=True, timeout=120)


@is_root
@pytest.mark.parametrize("part", ["bin", "lib"])
def test_a_part_that_is_a_mount_point_is_left_alone(part: str, env: Path, house: Path, tmp_path: Path) -> None:
    before = picture(house)
    script = f'mount --bind "$HOUSE" "$ENVIRON/{part}"; set +e; "$PY" -m venvdoctor fix --yes --offline "$ENVIRON"; echo "ended $?"; "$PY" -m venvdoctor undo; true'
    done = _in_a_mount_namespace(script, HOUSE=str(house), ENVIRON=str(env), VENVDOCTOR_STATE_DIR=str(tmp_path / "s"))
    assert "ended" in done.stdout, done
    assert "internal error" not in done.stderr
    assert picture(house) == before


@is_root
@pytest.mark.parametrize("full", ["state", "env"])
def test_a_full_disk_changes_nothing_and_is_said(full: str, env: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    place = small / "env" if full == "env" else env
    script = (
        'mount -t tmpfs -o size=256k,nr_inodes=200 tmpfs "$SMALL"; [ "$FULL" = state ] || cp -a "$ENVIRON" "$SMALL/env"; '
        'dd if=/dev/zero of="$SMALL/filler" bs=1k 2>/dev/null || true; set +e; "$PY" -m venvdoctor fix --yes --offline "$PLACE"; '
        'echo "ended $?"; readlink "$PLACE/bin/python"'
    )
    state = small / "state" if full == "state" else tmp_path / "s"
    done = _in_a_mount_namespace(
        script, SMALL=str(small), FULL=full, ENVIRON=str(env), PLACE=str(place), VENVDOCTOR_STATE_DIR=str(state)
    )
    assert "ended 1" in done.stdout, done
    assert "internal error" not in done.stderr
    assert "/gone/python" in done.stdout, done


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


def _nest(place: Path, name: str) -> None:
    here = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(10_000):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_ten_thousand_nested_directories_are_kept_put_back_and_deleted(env: Path, house: Path, state: Path) -> None:
    """No stack and no table of descriptors is as deep; and what is deleted never leads out."""
    nested = env / "share" / "deep"
    nested.mkdir(parents=True)
    _nest(nested, "d")
    (nested / "d" / "home").symlink_to(house)
    (nested / "closed").mkdir(mode=0)
    before = picture(house)
    plan = plan_for(env, SetAside(path="share"))
    carry_out(plan, str(state))
    undo(str(state), committed(str(state))[0])
    assert (nested / "d" / "d" / "d").is_dir()
    done = carry_out(plan, str(state))
    prune(str(state), next(one for one in committed(str(state)) if one.id == done.id))
    assert not (env / ".venvdoctor").exists()
    assert not (env / "share").exists()
    assert picture(house) == before


def test_what_is_nested_too_deep_to_come_along_is_said_and_nothing_changes(env: Path, state: Path) -> None:
    _nest(site_of(env), "d")
    try:
        with pytest.raises(FixError, match="too deep"):
            carry_out(
                plan_for(
                    env, SetAside(path="lib"), BringBack(source=f"{site_of(env).relative_to(env)}/d", path="lib/d")
                ),
                str(state),
            )
        assert (site_of(env) / "d" / "d").is_dir()
        assert not (env / ".venvdoctor").exists()
    finally:
        subprocess.run(["rm", "-rf", "--", site_of(env) / "d"], check=True)


def test_a_journal_that_others_can_write_is_not_believed(env: Path, state: Path) -> None:
    done = carry_out(plan_for(env, EVERY_STEP[0]), str(state))
    path = state / "transactions" / f"{done.id}.jsonl"
    path.chmod(0o666)
    assert committed(str(state)) == []
    path.chmod(0o600)
    assert [one.id for one in committed(str(state))] == [done.id]
