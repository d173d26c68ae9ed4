"""The contract's exit codes, and one clear sentence for each wrong input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT, make

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done


def test_zero_for_a_healthy_environment(venvdoctor: Callable[..., Done], well: Path) -> None:
    done = venvdoctor("scan", str(well))
    assert done.code == 0, done
    assert done.out.startswith("The environment is healthy.")
    assert done.err == ""


def test_one_for_an_error(venvdoctor: Callable[..., Done], sick: Path) -> None:
    done = venvdoctor("scan", str(sick))
    assert done.code == 1, done
    assert done.out.startswith("The environment is broken.")


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 1), ("note", 1), ("never", 0)])
def test_fail_on(venvdoctor: Callable[..., Done], sick: Path, level: str, code: int) -> None:
    assert venvdoctor("scan", str(sick), "--fail-on", level).code == code


def test_the_verdict_is_the_same_in_every_format(venvdoctor: Callable[..., Done], sick: Path) -> None:
    from venvdoctor.registry import member_names

    for form in member_names("venvdoctor.formats"):
        assert venvdoctor("scan", str(sick), "--format", form).code == 1, form


def test_the_status_stays_true_when_its_rule_is_not_asked_for(venvdoctor: Callable[..., Done], sick: Path) -> None:
    done = venvdoctor("scan", str(sick), "--select", "VD9", "--format", "json")
    report = json.loads(done.out)
    assert done.code == 0
    assert report["environments"][0]["status"] == "broken"
    assert report["environments"][0]["findings"] == []
    assert report["environments"][0]["unreported"]


WRONG = {
    "missing path": (["scan", "/no/such/place"], "/no/such/place does not exist"),
    "no environment": (["scan", "."], "there is no environment in"),
    "nothing on standard input": (["scan", "-"], "standard input names no path"),
    "no path between zeros": (["scan", "--stdin0"], "standard input names no path"),
    "empty path": (["scan", ""], "a PATH is empty"),
    "code": (["scan", "--select", "VD1O1"], "there is no rule 'VD1O1'"),
    "format": (["scan", "--format", "jsn"], "there is no format 'jsn'"),
    "output format": (["scan", "--output", "/no/such/dir/x"], "cannot be written"),
    "fail-on": (["scan", "--fail-on", "errors"], "--fail-on cannot be 'errors'"),
    "color": (["scan", "--color", "yes"], "--color cannot be 'yes'"),
    "sysroot": (["scan", "--sysroot", "/no/such/root"], "is not a directory"),
    "option": (["scan", "--selct", "VD1"], "--selct"),
    "jobs": (["scan", "--jobs", "-1"], "--jobs"),
    "command": (["scna"], "there is no command 'scna'"),
    "rule": (["explain", "VD999"], "there is no rule 'VD999'"),
    "show": (["show", "."], "is no environment"),
    "report": (["report", "/no/such.json"], "does not exist"),
    "baseline": (["scan", ".", "--baseline", "/no/such"], "/no/such"),
    "settings file": (["scan", "--config", "/no/such.toml"], "cannot be read"),
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_two_for_wrong_usage_with_one_sentence(
    venvdoctor: Callable[..., Done], sick: Path, arguments: list[str], sentence: str
) -> None:
    if "baseline" in "".join(arguments) or "--output" in arguments:
        arguments = [
            *(str(sick) if word == "." else word for word in arguments),
            *([str(sick)] if "." not in arguments else []),
        ]
    done = venvdoctor(*arguments)
    assert done.code == 2, done
    assert sentence in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) <= 4


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_two_when_one_of_several_paths_holds_no_environment(
    venvdoctor: Callable[..., Done], well: Path, tmp_path: Path, form: str
) -> None:
    empty = tmp_path / "nothing in here"
    empty.mkdir()
    done = venvdoctor("scan", str(well), str(empty), "--format", form)
    assert done.code == 2, done
    assert f"there is no environment in {empty}" in done.err
    assert venvdoctor("scan", str(well), str(well), "--format", form).code == 0


def test_hints_name_the_nearest(venvdoctor: Callable[..., Done]) -> None:
    assert "json" in venvdoctor("scan", "--format", "jsn").err
    assert "venvdoctor scan" in venvdoctor("scna").err
    assert "warning" in venvdoctor("scan", "--fail-on", "warnings").err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_three_when_something_could_not_be_read(venvdoctor: Callable[..., Done], well: Path) -> None:
    closed = well / "closed"
    closed.mkdir(mode=0)
    try:
        done = venvdoctor("scan", str(well))
    finally:
        closed.chmod(0o755)
    assert done.code == 3
    assert "incomplete" in done.out


def test_130_and_silence_on_an_interrupt(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "venvdoctor", "scan", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
    )
    assert process.stdin
    process.stdin.write(b"\n" * (1 << 18))  # more than a pipe holds: what takes it reads its input, and waits for more
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert out == b""


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    for number in range(60):
        make(tmp_path / f"p{number}", f"/nowhere{number}/bin/python3.11")
    for form in ("text", "jsonl", "json"):
        command = f"{sys.executable} -m venvdoctor scan {tmp_path} -v --format {form} | head -1"
        environ = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, env=environ, timeout=120, check=False)
        assert done.stderr == b"", form


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams(sick: Path, tmp_path: Path, closed: str) -> None:
    command = f"{sys.executable} -m venvdoctor scan {sick} {closed}"
    environ = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, env=environ, timeout=60, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_without_a_home_and_in_an_ascii_locale(venvdoctor: Callable[..., Done], tmp_path: Path) -> None:
    project = make(tmp_path / "naïve-环境", "/nowhere/bin/python3.11")
    done = venvdoctor("scan", str(project), HOME=None, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.code == 1, done
    done = venvdoctor("scan", str(project), LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.code == 1
    done.out.encode("ascii")


def test_names_that_are_no_text(venvdoctor: Callable[..., Done], tmp_path: Path) -> None:
    project = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n\x1b[31m"))
    make(project, "/nowhere/bin/python3.11")
    done = venvdoctor("scan", str(project))
    assert done.code == 1
    assert "caf\\xe9\\x0a\\x1b[31m" in done.out
    report = json.loads(venvdoctor("scan", str(project), "--format", "json").out)
    assert os.fsencode(report["environments"][0]["path"]) == os.fsencode(project / ".venv")


def test_a_working_directory_that_was_removed(sick: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    command = f"mkdir {gone} && cd {gone} && rmdir {gone} && exec {sys.executable} -m venvdoctor scan {sick}"
    environ = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, env=environ, timeout=60, check=False)
    assert done.returncode == 1, done.stderr


def test_the_help_fits_a_terminal(venvdoctor: Callable[..., Done]) -> None:
    done = venvdoctor("--help")
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert venvdoctor().code == 2
    for word in ("scan", "show", "report"):
        assert venvdoctor(word, "-h").out == venvdoctor("help", word).out
