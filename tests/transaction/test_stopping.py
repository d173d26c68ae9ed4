"""Told to stop while a builder works: it ends with all that it started, and the environment is put back at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.transaction.test_faults import build, identity, picture
from venvdoctor.fix import Plan, Run, SetAside
from venvdoctor.transaction.journal import read_journals
from venvdoctor.transaction.run import carry_out

ROOT = Path(__file__).resolve().parents[2]
# a builder that starts another program, which goes on writing into the environment
BUILDER = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import os, sys, time\\n"
    "while True:\\n"
    ' os.makedirs(sys.argv[1] + "/lib/late", exist_ok=True); time.sleep(0.01)\', sys.argv[1]])'
)


def building(root: Path) -> Plan:
    steps = (
        SetAside(path="lib"),
        Run(argv=(sys.executable, "-c", BUILDER, "{root}"), purpose="build", creates=("lib",)),
    )
    return Plan(root=str(root), identity=identity(root), fixer="test", summary="build", steps=steps)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_whoever_is_told_to_stop_puts_back_first(tmp_path: Path, how: str) -> None:
    root, state = tmp_path / "env", tmp_path / "state"
    build(root)
    old = picture(root)
    code = (  # whoever starts the tests may ignore the request, as nohup does: that is inherited
        "import sys; from tests.transaction.test_stopping import *; signal.signal(signal.SIGHUP, signal.SIG_DFL);"
        "carry_out(building(Path(sys.argv[1])), sys.argv[2])"
    )
    words = [sys.executable, "-c", code, str(root), str(state)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (root / "lib/late").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(getattr(signal, how))
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode not in (0, None), said
    assert "KeyboardInterrupt" in said
    time.sleep(0.3)  # what lived on would write into it again
    assert picture(root) == old
    assert not (root / ".venvdoctor").exists()
    assert read_journals(str(state)) == []


def test_a_second_request_does_not_stop_the_putting_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, state = tmp_path / "env", tmp_path / "state"
    build(root)
    old = picture(root)

    def stop(_number: int, _step: object) -> None:
        if _number == 1:
            raise KeyboardInterrupt

    rename = os.rename

    def again(*words: object, **options: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        rename(*words, **options)  # type: ignore[call-overload]

    def first(number: int, step: object) -> None:
        monkeypatch.setattr(os, "rename", again if number == 1 else rename)
        stop(number, step)

    with pytest.raises(KeyboardInterrupt):
        carry_out(building(root), str(state), before=first)
    assert picture(root) == old
    assert read_journals(str(state)) == []
