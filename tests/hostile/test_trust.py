"""What lies on the way to an environment, and who may put a program there: as attacked by another user of the machine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hostile.ground import site_of, sound
from tests.support.trees import picture
from venvdoctor.caching.kept import cache_folder
from venvdoctor.errors import FixError
from venvdoctor.fix import Plan, ReplaceFile, Run, Verify
from venvdoctor.probe import run
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.trust import TRUST, require_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX")
is_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
STRANGER = 1234


def plan_for(root: Path, *steps: object) -> Plan:
    status = root.stat()
    return Plan(root=str(root), identity=(status.st_dev, status.st_ino), fixer="test", summary="attack", steps=steps)  # type: ignore[arg-type]


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


@is_root
@pytest.mark.parametrize("how", ["owned", "open"])
def test_root_repairs_nothing_that_another_user_can_exchange(
    how: str, tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is root's own, and the directory above it is not: it could be swapped after any check."""
    env = sound(tmp_path / "ada" / "work" / "env")
    if how == "owned":
        os.chown(tmp_path / "ada", STRANGER, STRANGER)
    else:
        (tmp_path / "ada").chmod(0o777)
    before = picture(env)
    plan = plan_for(env, ReplaceFile(path="pyvenv.cfg", content=b"x"))
    with pytest.raises(FixError, match="another user" if how == "owned" else "everybody"):
        carry_out(plan, state)
    assert picture(env) == before
    monkeypatch.setenv(TRUST, "1")
    carry_out(plan, state)
    assert (env / "pyvenv.cfg").read_bytes() == b"x"


@is_root
def test_a_public_directory_with_the_sticky_bit_is_as_good_as_any(tmp_path: Path, state: str) -> None:
    env = sound(tmp_path / "tmp" / "env")
    (tmp_path / "tmp").chmod(0o1777)
    carry_out(plan_for(env, ReplaceFile(path="pyvenv.cfg", content=b"x")), state)


def _lib_of_a_stranger(env: Path) -> None:
    for path in (env / "lib", *(env / "lib").rglob("*")):
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


PARTS = {
    "lib belongs to a user": _lib_of_a_stranger,
    "a start-up file of a user": lambda env: os.chown(site_of(env) / "evil.pth", STRANGER, STRANGER),
    "site-packages open": lambda env: site_of(env).chmod(0o777),
    "site-packages open and sticky": lambda env: site_of(env).chmod(0o1777),
    "a module open": lambda env: (site_of(env) / "demo_thing" / "__init__.py").chmod(0o666),
    "all of it open": lambda env: env.chmod(0o777),
}


@is_root
@pytest.mark.parametrize("part", PARTS)
def test_root_runs_nothing_of_an_environment_that_is_partly_anothers(part: str, tmp_path: Path, state: str) -> None:
    """The directory is root's own, and what a verification imports is not: it would run as root."""
    env = sound(tmp_path / "env")
    mark = tmp_path / "ran"
    (site_of(env) / "evil.pth").write_text(f"import os; open({str(mark)!r}, 'w')\n")
    PARTS[part](env)
    with pytest.raises(FixError, match=r"root leaves .* alone: .*(another user|everybody)"):
        carry_out(plan_for(env, ReplaceFile(path="pyvenv.cfg", content=b"x"), Verify(python="bin/python")), state)
    assert not mark.exists()
    if part != "all of it open":
        said = run(str(env / "bin" / "python"), str(site_of(env)))
        assert said["starts"] is None or "user" in part, said
        assert not mark.exists() or "user" in part


def test_what_was_kept_is_closed_to_others(tmp_path: Path, state: str) -> None:
    """`chmod -R g+w`: whoever may write where the old things lie would decide what `undo` puts back."""
    env = sound(tmp_path / "env")
    (env / ".venvdoctor").mkdir()
    (env / ".venvdoctor").chmod(0o777)
    carry_out(plan_for(env, ReplaceFile(path="pyvenv.cfg", content=b"x")), state)
    assert (env / ".venvdoctor").stat().st_mode & 0o077 == 0


@is_root
def test_no_program_is_started_that_a_stranger_put_there(tmp_path: Path, state: str) -> None:
    env = sound(tmp_path / "env")
    mark = tmp_path / "started"
    evil = tmp_path / "public" / "bin" / "python3"
    evil.parent.mkdir(parents=True)
    evil.write_text(f"#!/bin/sh\ntouch {mark}\n")
    evil.chmod(0o755)
    for path in (evil, evil.parent):
        os.chown(path, STRANGER, STRANGER)
    (tmp_path / "public").chmod(0o1777)
    before = picture(env)
    with pytest.raises(FixError, match="is not started"):
        carry_out(plan_for(env, Run(argv=(str(evil), "-m", "venv", "{root}"), purpose="build")), state)
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to(evil)
    with pytest.raises(FixError, match="is not started"):
        carry_out(plan_for(env, Verify(python="bin/python")), state)
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    assert picture(env) == before
    assert not mark.exists()


def test_what_everybody_may_write_is_not_started(tmp_path: Path) -> None:
    program = tmp_path / "python3"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o777)
    with pytest.raises(FixError, match="everybody may write"):
        require_program(str(program), str(tmp_path / "env"))
    program.chmod(0o755)
    tmp_path.chmod(0o777)
    with pytest.raises(FixError, match="everybody may write"):
        require_program(str(program), str(tmp_path / "env"))
    tmp_path.chmod(0o700)
    require_program(str(program), str(tmp_path / "env"))


def test_builders_start_in_a_folder_that_nobody_prepared(tmp_path: Path, state: str) -> None:
    """`.venvdoctor/NUMBER-HASH` can be guessed, and `python -m venv` takes modules from the directory it starts in."""
    env = sound(tmp_path / "env")
    first = carry_out(plan_for(env, ReplaceFile(path="pyvenv.cfg", content=b"x")), state).id
    mark = tmp_path / "imported"
    for number in range(1, 6):
        folder = env / ".venvdoctor" / f"{number:06d}-{first.partition('-')[2]}"
        folder.mkdir(exist_ok=True)
        for name in ("venv.py", "json.py", "runpy.py", "colorsys.py"):
            (folder / name).write_text(f"open({str(mark)!r}, 'w')\n")
    step = Run(argv=(sys.executable, "-c", "import colorsys, json"), purpose="build")
    done = carry_out(plan_for(env, step), state)
    assert not mark.exists()
    assert done.id > f"{5:06d}"


@pytest.mark.parametrize("name", ["{stage}", "{root}", "a{stage}b{root}"])
def test_a_directory_called_like_a_placeholder_is_a_name(name: str, tmp_path: Path, state: str) -> None:
    env = sound(tmp_path / name / "env")
    code = "import sys; open(sys.argv[1] + '/made', 'w').close()"
    carry_out(
        plan_for(env, Run(argv=(sys.executable, "-c", code, "{root}"), purpose="build", creates=("made",))), state
    )
    assert (env / "made").exists()


@is_root
@pytest.mark.parametrize("link", [".cache/venvdoctor", ".cache", ".local/state/venvdoctor", ".local/state", ".local"])
def test_a_users_links_do_not_lead_what_root_keeps(link: str, tmp_path: Path) -> None:
    """`sudo` that kept HOME: caches and journals of root would be laid wherever the user likes."""
    home, precious = tmp_path / "ada", tmp_path / "precious"
    precious.mkdir()
    (home / link).parent.mkdir(parents=True)
    (home / link).symlink_to(precious)
    for path in (home, *home.rglob("*")):
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    for variables in (
        {"HOME": str(home)},
        {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "XDG_STATE_HOME": str(home / ".local" / "state")},
    ):
        assert cache_folder(variables) is None
        assert not state_directory(variables).startswith(str(tmp_path))
    os.chown(home, 0, 0)
    assert state_directory({"HOME": str(tmp_path)}).startswith(str(tmp_path))
    assert cache_folder({"HOME": str(tmp_path)}) == f"{tmp_path}/.cache/venvdoctor"
