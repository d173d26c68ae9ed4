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
from venvdoctor.registry import member_names

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


WORDS = {
    "explain interpreter-dang": "ling",  # a rule's name
    "scan --select VD90\t": "VD901",  # codes: several, which the second Tab lists at the latest
    "scan --color alw": "ays",  # a word among few
    "show projects/shop/.ve": "nv",  # an environment's path
    "fix projects/sh": "op/",
}


@pytest.mark.parametrize("shell", START)
def test_a_tab_completes(shell: str, surroundings: dict[str, str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    (tmp_path / "projects/shop/.venv/bin").mkdir(parents=True)
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
        for typed, rest in WORDS.items():
            terminal.type(f"venvdoctor {typed}\t")
            terminal.wait_for(rest)
            terminal.type("\x15")  # Ctrl-U: the line is not carried out
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


def test_the_script_for_powershell_parses(capsys: pytest.CaptureFixture[str]) -> None:
    """By the grammar that editors use: no registry that tests may rely on has PowerShell itself."""
    grammar = pytest.importorskip("tree_sitter_powershell", reason="tree-sitter's PowerShell grammar is not installed")
    import tree_sitter

    assert main(["--show-completion", "pwsh"]) == 0
    script = capsys.readouterr().out
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    assert not parser.parse(script.encode()).root_node.has_error
    assert parser.parse((script + "\n}").encode()).root_node.has_error, "the parser does find errors"
    for word in ("-Native -CommandName venvdoctor", '"complete_powershell"', "$commandAst.ToString()", '-Split ":::"'):
        assert word in script


def test_a_long_help_is_no_second_word(surroundings: dict[str, str]) -> None:
    asked = {
        "_VENVDOCTOR_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_ARGS": "venvdoctor scan --",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(["venvdoctor"], env=surroundings | asked, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) > 20
    assert all(line.startswith("--") and "\t" in line for line in done.stdout.splitlines())


def test_a_variable_left_empty_completes_nothing(surroundings: dict[str, str]) -> None:
    """PowerShell 7.5 and later: `$Env:X = ""` leaves an empty variable."""
    environ = surroundings | {"_VENVDOCTOR_COMPLETE": ""}
    done = subprocess.run(["venvdoctor", "--version"], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("venvdoctor ")


@pytest.mark.parametrize(
    ("line", "word", "offered"),
    [
        ("venvdoctor expl", "expl", ["explain"]),
        ("venvdoctor explain VD70", "VD70", [f"VD70{number}" for number in range(1, 9)]),
        ("venvdoctor scan --form", "--form", ["--format"]),
        ("venvdoctor scan --format", "", member_names("venvdoctor.formats")),
        ("venvdoctor scan --format sar", "sar", ["sarif"]),
        ("venvdoctor show ./pro", "./pro", []),  # nothing of ours: PowerShell then completes the path itself
    ],
)
def test_what_powershells_script_asks_is_answered(
    surroundings: dict[str, str], line: str, word: str, offered: list[str]
) -> None:
    """Run the program as the script does, with what PowerShell hands to it."""
    asked = {
        "_VENVDOCTOR_COMPLETE": "complete_powershell",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": word,
    }
    done = subprocess.run(["venvdoctor"], env=surroundings | asked, capture_output=True, text=True, check=True)
    told = [item.split(":::") for item in done.stdout.splitlines()]
    if offered:
        assert all(len(item) == 2 and item[1] for item in told), "CompletionResult refuses a word without a help"
    assert [item[0] for item in told if item[0]] == offered


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
