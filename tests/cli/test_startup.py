"""What starting costs: which modules a command may import before its own work."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "rich",
    "typer",
    "packaging",
    "importlib.metadata",
    "email",
    "json",
    "subprocess",
    "tomllib",
    "asyncio",
    "http",
}

# Until 0.20 typer imported rich, and click asked importlib.metadata for its own version, whatever was run.
OLD_TYPER = tuple(map(int, version("typer").split(".")[:2])) < (0, 21)


def imported(tmp_path: Path, *arguments: str) -> set[str]:
    """Return the modules that a run imports, beyond those that Python itself starts with."""
    code = (
        "import os, sys\n"
        "before = set(sys.modules)\n"
        "from venvdoctor.__main__ import main\n"
        f"main({list(arguments)!r})\n"
        "print('\\n' + ' '.join(set(sys.modules) - before), file=sys.stderr)\n"
    )
    environ = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environ, cwd=tmp_path, text=True, timeout=60, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_imports_next_to_nothing(tmp_path: Path) -> None:
    assert imported(tmp_path, "--version") <= {"venvdoctor", "venvdoctor.__main__", "__future__"}


def test_the_help_imports_no_command(tmp_path: Path) -> None:
    found = imported(tmp_path, "--help")
    assert not found & HEAVY
    assert {name for name in found if name.startswith("venvdoctor.cli.")} <= {
        "venvdoctor.cli._main",
        "venvdoctor.cli._commands",
    }
    assert not [name for name in found if name.startswith(("venvdoctor.rules", "venvdoctor.inspection"))]


@pytest.mark.parametrize("command", ["rules", "schema"])
def test_a_command_imports_neither_rich_nor_other_commands(tmp_path: Path, command: str) -> None:
    found = imported(tmp_path, command)
    assert not found & {"packaging", "tomllib", "tomli"}
    assert OLD_TYPER or not found & {"rich", "importlib.metadata", "email"}
    commands = {name.rpartition(".")[2] for name in found if name.startswith("venvdoctor.cli.") and "._" not in name}
    assert commands == {command}


def test_a_scan_in_text_imports_no_other_format(tmp_path: Path) -> None:
    (tmp_path / "env/bin").mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("home = /nowhere\n")
    found = imported(tmp_path, "scan", str(tmp_path))
    assert not found & {"concurrent.futures.process", "multiprocessing", "tomllib", "tomli"}
    assert OLD_TYPER or not found & {"rich", "importlib.metadata", "email"}
    assert {name for name in found if name.startswith("venvdoctor.formats.")} == {"venvdoctor.formats.text"}


def test_a_scan_of_what_is_known_imports_no_reader(tmp_path: Path) -> None:
    (tmp_path / "env/bin").mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("home = /nowhere\n")
    time.sleep(2.1)  # what changed a moment ago is not kept
    first, second = (imported(tmp_path, "scan", str(tmp_path / "env")) for _ in range(2))
    assert "venvdoctor.inspection.environment" in first
    assert not second & {"venvdoctor.inspection.environment", "venvdoctor.inspection.distributions", "packaging"}
    assert (tmp_path / ".cache/venvdoctor").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", "env"]
