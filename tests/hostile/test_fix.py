"""What changes, attacked: whatever lies in an environment, nothing outside of the environment is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.ground import info_of, site_of, sound
from tests.hostile.repairs import EVERY_STEP, ROOT, is_root, plan_for
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.errors import FixError
from venvdoctor.fix import BringBack, ChangeMode, ReplaceFile, SetAside, Transplant
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, prune, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# ruff: noqa: ARG001 - the fixtures of the state directory and of the house are there to be there
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and owners are POSIX")


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
