"""Every command in bad surroundings: streams that are closed, full or left, and hardly any descriptors, files or memory."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.hostile.ground import sound
from tests.hostile.repairs import sicken
from tests.hostile.test_stability import environ, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="streams and limits are POSIX")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sound environment, a broken one, and a saved report."""
    place = tmp_path_factory.mktemp("commands")
    sound(place / "envs" / "good")
    sicken(sound(place / "envs" / "bad"))
    saved = words("scan", place / "envs", "--no-cache", "--output", f"json:{place / 'r.json'}")
    subprocess.run(saved, env=_variables(place), check=False, capture_output=True, timeout=60)
    yield place
    shutil.rmtree(place)


def _variables(place: Path) -> dict[str, str]:
    (place / "home").mkdir(exist_ok=True)
    return environ(HOME=str(place / "home"), VENVDOCTOR_STATE_DIR=str(place / "state"), LC_ALL="C.UTF-8")


COMMANDS = {  # what each ends with where nothing is wrong
    "--help": 0, "--show-completion bash": 0, "scan {envs} --no-cache": 1, "fix --offline {envs}/bad": 1,
    "predict --without {r} {envs}/good": 0, "undo --list": 0, "report {r}": 0, "explain VD101": 0,
}  # fmt: skip
WAYS: dict[str, tuple[str, set[int] | None]] = {  # how the shell starts it, and what it may end with (None: as ever)
    "closed input": ('exec "$@" <&-', None),
    "closed output": ('exec "$@" >&-', None),
    "closed errors": ('exec "$@" 2>&-', None),
    "nothing open": ('exec "$@" <&- >&- 2>&-', {0, 1, 3}),
    "full output": ('exec "$@" >/dev/full', {3}),
    "full errors": ('exec "$@" 2>/dev/full', {0, 1, 3}),
    "a reader that leaves": ('exec 3>&1; { "$@"; echo $? >&3; } | head -c 1 >/dev/null', {0, 1}),
    "twenty descriptors": ('ulimit -n 20; exec "$@"', None),
    "no file may grow": ('ulimit -f 0; exec "$@"', None),
    "hardly any memory": ('ulimit -v 60000; exec "$@"', {0, 1, 3}),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_command_where_streams_and_limits_fail(way: str, ground: Path) -> None:
    script, allowed = WAYS[way]
    if "/dev/full" in script and not os.path.exists("/dev/full"):
        pytest.skip("there is no full device here")
    for line, code in COMMANDS.items():
        arguments = line.format(envs=ground / "envs", r=ground / "r.json").split()
        shell = ["bash", "-c", script, "sh", *words(*arguments)]
        done = subprocess.run(
            shell, env=_variables(ground), capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL, cwd="/"
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert not any(word in said for word in (b"Traceback", b"internal error", b"Exception ignored")), (line, said)
        ended = int(done.stdout.split()[-1]) if "leaves" in way else done.returncode
        assert ended in ({code} if allowed is None else allowed), (line, ended, said[-500:])


def test_a_scan_that_is_killed_while_it_keeps_what_it_found(ground: Path) -> None:
    """At any moment: the next scan says what one without a cache says."""
    line = words("scan", ground / "envs", "--format", "jsonl")
    surroundings = _variables(ground)
    chance = random.Random(1)
    for _ in range(8):
        process = subprocess.Popen(line, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.1, 0.6))
        process.kill()
        process.wait()
    for path in (ground / "home" / ".cache").rglob("*"):
        if path.is_file() and chance.random() < 0.5:
            os.truncate(path, path.stat().st_size // 2)
    said = [
        subprocess.run([*line, *more], env=surroundings, capture_output=True, check=False, timeout=60).stdout.splitlines()[1:-1]
        for more in ([], ["--no-cache"], [])
    ]  # fmt: skip
    assert said[0] == said[1] == said[2]
    assert len(said[0]) >= 2, said
