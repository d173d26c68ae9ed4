"""The surroundings fail: closed streams, no home, odd locales, a full output, a clock in 1970, signals, many at once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.ground import sound

ROOT = Path(__file__).parent.parent.parent
SICK = f"/gone/python{sys.version_info[0]}.{sys.version_info[1]}"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="streams, signals and modes are POSIX")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A sound environment and a broken one, whose names need UTF-8."""
    place = tmp_path / "target"
    sound(place / "naïve-环境" / "good")
    sick = sound(place / "naïve-环境" / "bad")
    (sick / "bin" / "python").unlink()
    (sick / "bin" / "python").symlink_to(SICK)
    return place


def environ(**more: str | None) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG", "LC_", "LANG", "VENVDOCTOR"))}  # fmt: skip
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    kept |= {key: value for key, value in more.items() if value is not None}
    return {key: value for key, value in kept.items() if key not in more or more[key] is not None}


def words(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "venvdoctor", *map(str, arguments)]


def doctor(*arguments: object, shell: str = "", **options: Any) -> subprocess.CompletedProcess[bytes]:
    command: list[str] = words(*arguments)
    if shell:
        command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
    options = {
        "env": environ(),
        "capture_output": True,
        "timeout": 60,
        "check": False,
        "stdin": subprocess.DEVNULL,
    } | options
    done = subprocess.run(command, **options)  # noqa: PLW1510 - it is among the options
    for text in (done.stdout, done.stderr):
        assert not text or (b"Traceback" not in text and b"internal error" not in text), done
    return done


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "html"])
def test_a_reader_that_has_seen_enough(form: str, target: Path) -> None:
    process = subprocess.Popen(
        words("scan", target, "--no-cache", "--format", form),
        env=environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) in (0, 1), errors
    assert errors == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_verdict(closed: str, target: Path) -> None:
    assert doctor("scan", target, "--no-cache", shell=closed).returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_a_full_output_is_said_in_one_line(form: str, target: Path) -> None:
    done = doctor("scan", target, "--no-cache", "--format", form, shell="> /dev/full")
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("option", ["--output=json:/dev/full", "--write-baseline=/dev/full"])
def test_a_full_disk_is_said_with_what_to_do(option: str, target: Path) -> None:
    done = doctor("scan", target, "--no-cache", option)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "venvdoctor: /dev/full cannot be written: No space left on device",
        "hint: make room on the disk, then run it again",
    ]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_standard_error_changes_nothing(target: Path) -> None:
    assert doctor("scan", target, "--no-cache", shell="2> /dev/full").returncode == 1


@pytest.mark.parametrize("home", [None, "", "relative", "/nonexistent", "/dev/null", "/proc/self"])
@pytest.mark.parametrize("command", ["scan", "show", "snapshot", "undo"])
def test_a_home_that_is_none(home: str | None, command: str, target: Path, tmp_path: Path) -> None:
    env = target / "naïve-环境" / "bad"
    arguments = {"scan": ["scan", env], "show": ["show", env], "snapshot": ["snapshot", "--path", env], "undo": ["undo", "--list"]}  # fmt: skip
    chosen = environ(HOME=home, VENVDOCTOR_STATE_DIR=str(tmp_path / "s") if command == "snapshot" else None)
    done = doctor(*arguments[command], env=chosen, cwd=tmp_path)
    assert done.returncode in (0, 1), done
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "s") == ["target"], "nothing is left here"


LOCALES: dict[str, dict[str, str]] = {
    "none": {},
    "C": {"LC_ALL": "C"},
    "POSIX": {"LANG": "POSIX"},
    "unknown": {"LC_ALL": "xx_YY.nonsense"},
    "no help from Python": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "streams of ASCII": {"PYTHONIOENCODING": "ascii:strict"},
    "a missing one": {"LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_locale_changes_no_answer(locale: str, target: Path) -> None:
    done = doctor("scan", target, "--no-cache", "--format", "json", env=environ(**LOCALES[locale]))
    report = json.loads(done.stdout)
    found = {item["path"]: sorted(one["code"] for one in item["findings"] if one["severity"] == "error") for item in report["environments"]}  # fmt: skip
    assert found == {str(target / "naïve-环境" / "good"): [], str(target / "naïve-环境" / "bad"): ["VD101"]}
    for form in ("text", "markdown", "html"):
        assert (
            doctor("scan", target, "--no-cache", "--format", form, "-v", env=environ(**LOCALES[locale])).returncode == 1
        )


@pytest.mark.parametrize("command", [["scan", "."], ["scan"], ["show", "x"], ["fix", "x"], ["freeze", "."], ["predict", "--without", "/x", "."], ["report", "x"], ["interpreters"], ["rules"], ["undo", "--list"]], ids=" ".join)  # fmt: skip
def test_a_working_directory_that_is_gone(command: list[str], tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    script = 'mkdir "$HERE"; cd "$HERE"; rmdir "$HERE"; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words(*command)], env=environ(HOME=str(home), HERE=str(here)), check=False, capture_output=True, timeout=60
    )  # fmt: skip
    assert done.returncode in (0, 1, 2), done
    assert b"internal error" not in done.stderr, done


@pytest.mark.parametrize("seconds", ["0", "1", "253402300799", "4102444800"])
def test_a_clock_that_is_wrong(seconds: str, target: Path, tmp_path: Path) -> None:
    code = f"import time, sys; time.time = lambda: {seconds}.0; from venvdoctor.__main__ import main; sys.exit(main(sys.argv[1:]))"
    for arguments in (["scan", "--no-cache", "--format", "json", str(target)], ["snapshot", "--path", str(target)]):
        command = [sys.executable, "-c", code, *arguments]
        chosen = environ(VENVDOCTOR_STATE_DIR=str(tmp_path / "s"))
        done = subprocess.run(command, env=chosen, check=False, capture_output=True, timeout=60)
        assert done.returncode in (0, 1), done
    report = json.loads(doctor("scan", "--no-cache", "--format", "json", target).stdout)
    assert report["summary"]["broken"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_signal_ends_all_of_it_at_once(number: signal.Signals, tmp_path: Path) -> None:
    """`system` makes it long enough to be met by the signal; no worker outlives it."""
    for index in range(60):
        sound(tmp_path / "many" / str(index))
    process = subprocess.Popen(
        words("scan", tmp_path / "many", "--no-cache", "--jobs", "2", "--format", "jsonl"),
        env=environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    expected = {130, -number} if number == signal.SIGINT else {-number}
    assert process.returncode in expected | {0, 1}, (process.returncode, errors)
    assert b"Traceback" not in errors
    end = time.monotonic() + 10
    while _alive(process.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _alive(process.pid), "a worker is left"


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def test_eight_at_once_say_the_same(target: Path) -> None:
    running = [
        subprocess.Popen(
            words("scan", target, "--format", "json"), env=environ(HOME=str(target.parent)), stdout=subprocess.PIPE
        )
        for _ in range(8)
    ]
    texts = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [1] * 8
    plain = {re.sub(rb'"(started_at|duration_s)": [^,]*,', b"", text) for text in texts}
    assert len(plain) == 1


def test_a_place_that_may_not_be_read(target: Path) -> None:
    """Everything else is told, and the scan says that it is incomplete."""
    code = "import sys; from tests.support.privileges import drop; drop(); from venvdoctor.__main__ import main; sys.exit(main(sys.argv[1:]))"
    closed = target / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        arguments = ["scan", str(target), "--no-cache", "--format", "json", "--select", "VD4,VD9"]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environ(), check=False, capture_output=True, timeout=60
        )
    finally:
        closed.chmod(0o700)
    report = json.loads(done.stdout)
    assert done.returncode == 3, done
    assert not report["scan"]["complete"]
    assert [item["path"] for item in report["errors"]] == [str(closed)]
    assert len(report["environments"]) == 2


def test_a_home_that_may_not_be_written(target: Path, tmp_path: Path) -> None:
    """Scanning wants no place to write; what has to write says so."""
    code = "import sys; from tests.support.privileges import drop; drop(); from venvdoctor.__main__ import main; sys.exit(main(sys.argv[1:]))"
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    env = target / "naïve-环境" / "bad"
    expected = {"scan": 1, "show": 1, "snapshot": None, "fix": 1}
    for command, code_wanted in expected.items():
        arguments = {"snapshot": ["--path", str(env)], "fix": ["--yes", "--offline", str(env)]}.get(command, [str(env)])
        done = subprocess.run(
            [sys.executable, "-c", code, command, *arguments],
            env=environ(HOME=str(home)),
            check=False,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == code_wanted or (code_wanted is None and done.returncode in (1, 2, 3)), done
        assert b"internal error" not in done.stderr, done
        assert b"Traceback" not in done.stderr, done
    assert os.readlink(env / "bin" / "python") == SICK


def test_a_rule_that_crashes_is_a_finding_against_the_rule(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.scanning import scan
    from venvdoctor import diagnosis

    def crash(*_: object) -> Any:
        raise ZeroDivisionError("\x1b[31m")

    rule = next(rule for rule in diagnosis.catalogue() if rule.code == "VD203")
    monkeypatch.setattr(rule, "on_environment", crash)
    report = scan(target, jobs=1)
    for item in report["environments"]:
        assert "VD902" in {one["code"] for one in item["findings"]}
    assert report["summary"]["broken"] == 1, "the other rules go on"
