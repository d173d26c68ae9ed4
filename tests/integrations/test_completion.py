"""Completion in real, interactive shells on a terminal of their own: a Tab is pressed, and the line is carried out."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from venvdoctor.__main__ import main

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds, on a busy machine
START = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], 'eval "$(venvdoctor --show-completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -Uz compinit; compinit -u -D; eval "$(venvdoctor --show-completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "venvdoctor --show-completion fish | source"),
}

pytestmark = pytest.mark.real


class Terminal:
    """A shell on a pseudo-terminal."""

    def __init__(self, command: list[str], environ: dict[str, str], cwd: Path) -> None:
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, environ)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def wait_for(self, text: str) -> str:
        """Return everything up to a text that has to come."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            ready, _, _ = select.select([self.end], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{text!r} did not come: {self.seen[-500:]!r}"
            data = os.read(self.end, 1 << 16)
            self.seen += data.decode("utf-8", "replace")
            if b"\x1b[c" in data or b"\x1b[0c" in data:
                self.type("\x1b[?1;2c")  # fish asks what kind of terminal this is
        before, _, self.seen = self.seen.partition(text)
        return before

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.end)


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and the program on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "venvdoctor"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m venvdoctor "$@"\n')
    program.chmod(0o755)
    return {
        "HOME": str(tmp_path),
        "PATH": f"{folder}:{os.environ['PATH']}",
        "TERM": "vt100",
        "LC_ALL": "C.UTF-8",
        "PS1": "$ ",
    }


@pytest.mark.parametrize("shell", START)
def test_a_tab_completes(shell: str, surroundings: dict[str, str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    command, source = START[shell]
    terminal = Terminal(command, surroundings, tmp_path)
    try:
        terminal.type(f"{source}; echo re''ady\n")
        terminal.wait_for("ready")
        terminal.type("venvdoctor expl\t")
        terminal.wait_for("ain")
        terminal.type("VD708 --form\t")
        terminal.wait_for("at")
        terminal.type("json\n")  # the shell has added a space
        terminal.wait_for('"code": "VD708"')
    finally:
        terminal.close()


@pytest.mark.parametrize("shell", START)
def test_the_script_is_well_formed(shell: str, surroundings: dict[str, str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    script = tmp_path / "script"
    with script.open("wb") as stream:
        subprocess.run(["venvdoctor", "--show-completion", shell], env=surroundings, stdout=stream, check=True)
    subprocess.run([shell, "-n", str(script)], check=True)


def test_each_shell_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    marks = {
        "bash": "COMPREPLY",
        "zsh": "compdef",
        "fish": "complete --command",
        "powershell": "Register-ArgumentCompleter",
    }
    for shell, mark in marks.items():
        assert main(["--show-completion", shell]) == 0
        assert mark in capsys.readouterr().out
    assert main(["--show-completion=tcsh"]) == 2
    assert "hint: name one: bash, zsh" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="there is no PowerShell")
def test_powershell_completes(surroundings: dict[str, str]) -> None:
    ask = "venvdoctor --show-completion pwsh | Out-String | Invoke-Expression; (TabExpansion2 'venvdoctor expl' 15).CompletionMatches.CompletionText"
    done = subprocess.run(
        ["pwsh", "-NoProfile", "-c", ask], env=surroundings, capture_output=True, text=True, check=True
    )
    assert "explain" in done.stdout


def test_it_is_installed_for_the_shell_that_is_named(surroundings: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["venvdoctor", "--install-completion", "bash"], env=surroundings, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"Completion for bash is installed in {tmp_path}/")
    assert "venvdoctor.sh" in (tmp_path / ".bashrc").read_text()
