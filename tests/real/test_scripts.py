"""Every script of real environments is started, and what it shows is compared with what was said without starting it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import session
from tests.support.envs import make_environment, must, run, uv
from tests.support.pythons import python, relocatable_copy
from tests.support.wheels import make_wheel
from venvdoctor.diagnosis import catalogue, diagnose_environment
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.script import Script

pytestmark = pytest.mark.real
FAMILY = ("VD4",)
SOURCE = "import sys\ndef main():\n    print(sys.prefix)\n    return 0\n"


def wheel() -> Path:
    """A wheel with three commands that print which environment runs them."""
    house = session.root() / "scripts-house"

    def build(done: Path) -> None:
        make_wheel(
            house, "whoami-env", "1.0", files={"whoami_env/__init__.py": SOURCE},
            scripts={"whoami": "whoami_env:main", "who2": "whoami_env:main", "who-3": "whoami_env:main"},
        )  # fmt: skip
        done.mkdir()

    session.once("scripts-house-done", build)
    return next(house.glob("*.whl"))


def build(tool: str, place: Path, base: str, *flags: str) -> Path:
    """An environment with that wheel in it, made by a tool."""
    if tool.startswith("uv"):
        extra = ["--relocatable"] if tool == "uv-relocatable" else []
        env = make_environment("uv", base, place, *extra, *flags)
        uv("pip", "install", "-q", "--offline", "--no-deps", "-p", env / "bin" / "python", wheel())
        return env
    flags = flags if tool == "venv" else (*flags, "--no-setuptools") if tool == "virtualenv" else flags
    env = make_environment("venv", base, place, *flags)
    runner = python(ensurepip=True).path
    must([runner, "-m", "pip", "--python", env / "bin" / "python", "install", "-q", "--no-index", "--no-deps", wheel()])
    return env


def facts(path: Path) -> tuple[Environment, list[Finding]]:
    """What is said of an environment without starting anything."""
    shared = Shared(view=View(), host=Host(environ={"PATH": "/usr/bin:/bin"}), needs=frozenset({"scripts"}))
    env = examine(Candidate(path=str(path)), shared)
    assert env is not None
    rules = [rule for rule in catalogue() if rule.code.startswith(FAMILY)]
    return env, diagnose_environment(env, shared.host, rules)


def shown(path: str) -> str:
    """What starting a script shows: the prefix that it runs in, or `fails`."""
    done = run([path], PATH="/usr/bin:/bin")
    return os.path.realpath(done.out.strip()) if done.ok else "fails"


def said(env: Environment, item: Script) -> str:
    """What the facts say that starting it shows."""
    dead = env.python is None or env.python.end != "file"
    if item.problem or item.module_missing or (item.own and dead):
        return "fails"
    return env.real if item.own else os.path.realpath(item.place)


def agree(path: Path) -> list[str]:
    """Assert that facts and runs agree for every command; return the codes of the errors."""
    env, found = facts(path)
    assert env.scripts is not None
    compared = [item for item in env.scripts.scripts if os.path.basename(item.path).startswith("who")]
    assert compared
    for item in compared:
        assert said(env, item) == shown(item.path), (item, found)
    fails = any(shown(item.path) != os.path.realpath(path) for item in compared)
    errors = [item.code for item in found if item.severity == "error"]
    dead = env.python is None or env.python.end != "file"
    assert bool(errors) == (fails and not dead) or (dead and set(errors) <= {"VD401", "VD402"}), found
    return errors


TOOLS = ("venv", "uv", "uv-relocatable")


def nothing(env: Path) -> Path:
    return env


def moved(env: Path) -> Path:
    return env.rename(env.with_name("moved"))


def copied(env: Path) -> Path:
    shutil.copytree(env, env.with_name("copy"), symlinks=True)
    return env.with_name("copy")


def copied_then_original_removed(env: Path) -> Path:
    copy = copied(env)
    shutil.rmtree(env)
    return copy


def linked(env: Path) -> Path:
    real = env.rename(env.with_name("elsewhere"))
    env.symlink_to(real)
    return real


def seen_through_a_link(env: Path) -> Path:
    link = env.with_name("link")
    link.symlink_to(env)
    return link


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (nothing, ""),
        (linked, ""),
        (seen_through_a_link, ""),
        (moved, "VD401"),
        (copied, "VD402"),
        (copied_then_original_removed, "VD401"),
    ],
)
@pytest.mark.parametrize("name", ["env", "sp ace", "d" * 120 + "/" + "e" * 120])
def test_moves(tmp_path: Path, tool: str, damage: Callable[[Path], Path], code: str, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    env = damage(build(tool, tmp_path / name, python().path))
    expected = [code] if code and tool != "uv-relocatable" else []
    found = agree(env)
    if tool == "uv-relocatable" and found:  # uv's csh file holds a fixed path even then
        pytest.fail(f"a relocatable environment is said to be moved: {found}")
    assert found == expected


def rewrite(env: Path, change: Callable[[bytes], bytes]) -> None:
    for script in (env / "bin").glob("who*"):
        script.write_bytes(change(script.read_bytes()))


def shebang(line: bytes) -> Callable[[bytes], bytes]:
    return lambda data: line + b"\n" + data.split(b"\n", 1)[1]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "crlf": (lambda data: data.replace(b"\n", b"\r\n"), "VD403"),
    "gone": (shebang(b"#!/usr/bin/python2.4"), "VD403"),
    "gone-with-flags": (shebang(b"#!/usr/bin/python2.4 -sE"), "VD403"),
    "long": (shebang(b"#!/" + b"d" * 300 + b"/python"), "VD404"),
    "directory": (shebang(b"#!/usr/bin"), "VD403"),
    "no-program": (shebang(b"#!/etc/passwd"), "VD403"),
    "byte-order-mark": (lambda data: b"\xef\xbb\xbf" + data, "VD403"),
    "cut-off": (lambda data: data.split(b"\n", 1)[1], "VD403"),
    "quoted": (lambda data: data.replace(b"#!", b'#!"', 1).replace(b"\n", b'"\n', 1), "VD403"),
    "two-options": (lambda data: data.replace(b"\n", b" -s -E\n", 1), "VD403"),
    "no-shell": (shebang(b"#!/no/such/sh\n'''exec' /usr/bin/env \"$0\" \"$@\"\n' '''"), "VD403"),
}


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_first_lines(tmp_path: Path, name: str) -> None:
    env = build("venv", tmp_path / "env", python().path)
    change, code = DAMAGES[name]
    rewrite(env, change)
    assert agree(env) == [code]


def test_flags_in_the_first_line_are_fine(tmp_path: Path) -> None:
    env = build("venv", tmp_path / "env", python().path)
    plain = {script: script.read_bytes() for script in (env / "bin").glob("who*")}
    for flags in (b"-sE", b"-X dev", b"-W ignore"):
        for script, data in plain.items():
            script.write_bytes(data.replace(b"\n", b" " + flags + b"\n", 1))
        assert agree(env) == []


def test_an_empty_interpreter(tmp_path: Path) -> None:
    env = build("venv", tmp_path / "env", python().path)
    (tmp_path / "python3.11").touch(0o755)
    rewrite(env, shebang(b"#!" + os.fsencode(tmp_path / "python3.11")))
    assert agree(env) == ["VD403"]


def test_modes(tmp_path: Path) -> None:
    env = build("venv", tmp_path / "env", python().path)
    for script in (env / "bin").glob("who*"):
        script.chmod(0o644)
    assert agree(env) == ["VD403"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to make files of another user")
def test_scripts_that_the_owner_may_not_start(tmp_path: Path) -> None:
    env = build("venv", tmp_path / "env", python().path)
    for path in [env, *env.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    assert facts(env)[1] == []
    # Any group may be one of the user's, so that 0o750 says nothing.
    for mode, codes in ((0o755, []), (0o750, []), (0o700, ["VD403"]), (0o711, ["VD403"])):
        for script in (env / "bin").glob("who*"):
            os.chown(script, 0, 0)
            script.chmod(mode)
        assert [item.code for item in facts(env)[1]] == codes


def test_package_gone(tmp_path: Path) -> None:
    env = build("venv", tmp_path / "env", python().path)
    site = next(env.glob("lib/*/site-packages"))
    shutil.rmtree(site / "whoami_env")
    shutil.rmtree(next(site.glob("whoami_env-*")))
    assert set(agree(env)) == {"VD407"}


@pytest.mark.parametrize("tool", TOOLS)
def test_base_gone_is_told_elsewhere(tmp_path: Path, tool: str) -> None:
    base = relocatable_copy("3.11", tmp_path / "base")
    env = build(tool, tmp_path / "env", base.path)
    assert agree(env) == []
    shutil.rmtree(tmp_path / "base")
    assert agree(env) == []
    assert agree(moved(env)) == ([] if tool == "uv-relocatable" else ["VD401"])


def test_peoples_own_files_are_silent(tmp_path: Path) -> None:
    env = build("venv", tmp_path / "env", python().path)
    texts = {
        "mine.sh": "#!/bin/bash\necho hi\n", "noshebang": "echo hi\n", "perl": "#!/usr/bin/perl -w\n",
        "envpy": "#!/usr/bin/env python3\nprint(1)\n", "envpy-s": "#!/usr/bin/env -S python3 -I\nprint(1)\n",
        "postactivate": "#!/bin/sh\nexport A=1\n", "empty": "", "uvscript": "#!/usr/bin/env -S uv run --script\n",
        "relative": "#!bin/python\n", "system": "#!/usr/bin/python3\nprint(1)\n",
    }  # fmt: skip
    for name, text in texts.items():
        (env / "bin" / name).write_text(text)
        (env / "bin" / name).chmod(0o755)
    (env / "bin" / "data.bin").write_bytes(bytes(range(256)) * 20)
    (env / "bin" / "plain.txt").write_text("no program")
    shutil.copy("/bin/true", env / "bin" / "program")
    (env / "bin" / "folder").mkdir()
    os.mkfifo(env / "bin" / "fifo")
    _, found = facts(env)
    loud: list[Any] = [item for item in found if item.severity != "note" and "uvscript" not in item.path]
    loud = [
        item for item in loud if shutil.which("python3", path="/usr/bin:/bin") or "python3" not in str(item.evidence)
    ]
    assert not loud
