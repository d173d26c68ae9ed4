"""First lines as the kernel reads them: compared with the kernel itself, and with any bytes at all."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.launch import launch
from venvdoctor.inspection.shared import Shared
from venvdoctor.inspection.shebang import HEAD, env_command, parse_shebang, parse_trampoline
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")


def shared() -> Shared:
    return Shared(view=View(), host=Host(environ={"PATH": "/usr/bin:/bin"}))


def starts(path: Path) -> bool:
    """Whether the kernel starts it (what it does then is not asked)."""
    try:
        subprocess.run(
            [path], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return False
    return True


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that ignores what it is given."""
    link = tmp_path / "program"
    link.symlink_to("/bin/true")
    return link


@LINUX
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.sampled_from([b"", b" ", b"\t ", b"  "]),
    after=st.sampled_from([b"", b" ", b" x", b"\tx y", b"\r", b" -u\0z", b"\0", b"x", b" a\r"]),
    pad=st.integers(0, 300),
    where=st.sampled_from(["slashes", "argument", "blanks", "none"]),
    end=st.sampled_from([b"\n", b"", b"\nrest\n"]),
)
def test_agrees_with_the_kernel(  # noqa: PLR0917 - hypothesis passes one by one
    program: Path, before: bytes, after: bytes, pad: int, where: str, end: bytes
) -> None:
    path = os.fsencode(program)
    if where == "slashes":
        path = b"/" * pad + path
    line = b"#!" + before + (b" " * pad if where == "blanks" else b"") + path + after
    line += b" " + b"a" * pad if where == "argument" else b""
    script = program.parent / "script"
    script.write_bytes(line + end)
    script.chmod(0o755)
    found = launch(shared(), str(script))
    if found.problem == "crlf":
        assert line.rstrip(b"\n").endswith(b"\r")  # the interpreter may start, and be handed a carriage return
    elif not found.interpreter and found.problem == "":
        assert not starts(script)  # `#!` and no name: a shell would read it as its own
    else:
        assert (found.problem == "") == starts(script), line


@LINUX
@pytest.mark.parametrize("length", [250, 253, 254, 255, 256, 257, 300])
def test_the_limit_to_the_byte(tmp_path: Path, length: int) -> None:
    place = tmp_path
    while len(os.fsencode(place)) + 120 < length - 2:
        place /= "d" * 100
        place.mkdir()
    room = length - 2 - len(os.fsencode(place)) - 1
    link = place / ("p" * room)
    link.symlink_to("/bin/true")
    script = tmp_path / "script"
    script.write_bytes(b"#!" + os.fsencode(link) + b"\n")
    script.chmod(0o755)
    found = launch(shared(), str(script))
    assert len(b"#!" + os.fsencode(link)) == length
    assert (found.problem == "") == starts(script)
    assert found.problem in ("", "too-long")


@LINUX
def test_interpreters_that_are_scripts(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.write_text("#!/bin/sh\nexit 0\n")
    outer = tmp_path / "outer"
    outer.write_text(f"#!{inner}\n")
    for path in (inner, outer):
        path.chmod(0o755)
    assert starts(outer)
    assert launch(shared(), str(outer)).problem == ""
    inner.write_text("#!/no/such/sh\n")
    assert not starts(outer)
    assert launch(shared(), str(outer)).problem == "missing"
    inner.chmod(0o644)
    assert launch(shared(), str(outer)).problem == "interpreter-not-executable"


@pytest.mark.parametrize(
    ("text", "command", "relative"),
    [
        (b"#!/bin/sh\n'''exec' \"/sp ace/bin/python3.11\" \"$0\" \"$@\"\n' '''\n", "/sp ace/bin/python3.11", False),
        (b"#!/bin/sh\n'''exec' /long/bin/python -E \"$0\" \"$@\"\n' '''\n", "/long/bin/python", False),
        (b"#!/bin/sh\n'''exec' '/it'\\''s/bin/python' \"$0\" \"$@\"\n' '''\n", "/it's/bin/python", False),
        (b'#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")"/\'python\' "$0" "$@"\n', "python", True),
        (b'#!/bin/sh\n"exec" "`dirname $0`/python3" "$0" "$@"\n', "python3", True),
        (b"#!/bin/sh\n'''exec' \"/p/bin/python\" \"$0\" \"$@\" #'''\n", "/p/bin/python", False),
    ],
)
def test_trampolines(text: bytes, command: str, relative: bool) -> None:
    found = parse_trampoline(text)
    assert found is not None
    assert (found.command, found.relative, found.undecided) == (command, relative, False)


def test_an_ordinary_shell_script_is_no_trampoline() -> None:
    assert parse_trampoline(b'#!/bin/sh\nset -e\nexec foo "$@"\n') is None


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("python3", "python3"),
        ("python3 -u", "python3 -u"),
        ("-S python3 -u", "python3"),
        ("-Spython3 -u", "python3"),
        ("-S -i PATH=/x python3", "python3"),
        ("-S '/sp ace/bin/python' -u", "/sp ace/bin/python"),
        ("-S ${PY} x", None),
        ("-S uv run --script", "uv"),
        ("--split-string=python3 -I", "python3"),
        ("-i", None),
        ("", None),
        ("A=b", None),
    ],
)
def test_env(argument: str, name: str | None) -> None:
    assert env_command(argument) == name


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=HEAD))
def test_total(data: bytes) -> None:
    for head in (data, b"#!" + data, b"#!/bin/sh\n'''exec' " + data):
        bang = parse_shebang(head)
        if bang is not None:
            env_command(bang.argument)
        parse_trampoline(head)
