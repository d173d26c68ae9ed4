"""What the hooks of each package manager say, against the documented syntax of its files."""

from __future__ import annotations

import configparser
import os
import plistlib
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from venvdoctor.upgrading import hooks

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.upgrading.hooks import HookFile

COMMAND = ["/opt/it's here/bin/venvdoctor"]


def by_name(manager: str) -> dict[str, HookFile]:
    """The files of one hook by the last part of their path."""
    return {os.path.basename(file.path): file for file in hooks.files_for(manager, COMMAND, home="/Users/me")}


@pytest.mark.parametrize("manager", hooks.MANAGERS)
def test_every_file_says_whose_it_is_and_how_it_goes(manager: str) -> None:
    assert all(hooks.MARK in file.content[:300] for file in hooks.files_for(manager, COMMAND))


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_every_shell_script_parses(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    words = [program, "sh"] if shell == "busybox" else [program]
    scripts = [hooks.script(COMMAND), hooks.login(), by_name("zypper")["venvdoctor"].content]
    for number, text in enumerate(scripts):
        place = tmp_path / f"{number}.sh"
        place.write_text(text)
        done = subprocess.run([*words, "-n", str(place)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_apt_reads_its_part(tmp_path: Path) -> None:
    program = shutil.which("apt-config")
    if program is None:
        pytest.skip("no apt here")
    place = tmp_path / "99venvdoctor"
    place.write_text(by_name("apt")["99venvdoctor"].content)
    environ = {**os.environ, "APT_CONFIG": str(place)}
    done = subprocess.run([program, "dump"], capture_output=True, text=True, check=True, env=environ)
    assert f'DPkg::Pre-Install-Pkgs:: "{hooks.SCRIPT} pre || cat >/dev/null || true";' in done.stdout
    assert f'DPkg::Tools::Options::{hooks.SCRIPT}::Version "3";' in done.stdout
    assert f'DPkg::Post-Invoke:: "{hooks.SCRIPT} post || true";' in done.stdout


def test_dnf_4_reads_package_filter_state_command() -> None:
    file = by_name("dnf")["venvdoctor.action"]
    assert file.path == "/etc/dnf/plugins/post-transaction-actions.d/venvdoctor.action"
    lines = [line for line in file.content.splitlines() if line and not line.startswith("#")]
    assert [line.split(":", 2) for line in lines] == [["*", "any", f"{hooks.SCRIPT} post"]]


def test_dnf_5_reads_callback_filter_direction_options_command() -> None:
    file = by_name("dnf")["venvdoctor.actions"]
    assert file.path == "/etc/dnf/libdnf5-plugins/actions.d/venvdoctor.actions"
    lines = [line for line in file.content.splitlines() if line and not line.startswith("#")]
    wanted = ["post_transaction", "", "", "enabled=host-only", f"{hooks.SCRIPT} post"]  # no filter: once
    assert [line.split(":", 4) for line in lines] == [wanted]


def test_pacman_reads_triggers_and_an_action() -> None:
    file = by_name("pacman")["99-venvdoctor.hook"]
    assert file.path == "/etc/pacman.d/hooks/99-venvdoctor.hook"
    parser = configparser.ConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(file.content)
    assert parser.sections() == ["Trigger", "Action"]
    keys = {line.partition(" = ")[0] for line in file.content.splitlines() if " = " in line}
    assert keys == {"Operation", "Type", "Target", "Description", "When", "Exec"}
    assert set(re.findall(r"Operation = (\w+)", file.content)) == {"Install", "Upgrade", "Remove"}
    assert parser["Action"]["When"] == "PostTransaction"
    assert parser["Action"]["Exec"] == f"{hooks.SCRIPT} post"


def test_launchd_reads_its_agent() -> None:
    file = by_name("brew")["venvdoctor.plist"]
    data = plistlib.loads(file.content.encode())
    assert file.path == "/Users/me/Library/LaunchAgents/venvdoctor.plist"
    assert data["ProgramArguments"] == [*COMMAND, "hook", "run", "--notify"]
    assert "/opt/homebrew/Cellar" in data["WatchPaths"]
    assert data["Label"] == "venvdoctor"


FRAMES = (b"PLUGINBEGIN\nuserdata:1\n\n\0", b'COMMITBEGIN\n\n{"TransactionStepList":[]}\0',
          b'COMMITEND\n\n{"TransactionStepList":[{"type":"+"}]}\0', b"PLUGINEND\n\n\0")  # fmt: skip


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_zypper_hears_an_answer_to_each_frame(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    called = tmp_path / "called"
    text = by_name("zypper")["venvdoctor"].content.replace(hooks.SCRIPT, f"echo >>{called}")
    place = tmp_path / "plugin"
    place.write_text(text)
    words = [program, "sh", str(place)] if shell == "busybox" else [program, str(place)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as plugin:
        assert plugin.stdin is not None
        assert plugin.stdout is not None
        for frame in FRAMES:  # each waits for the last one's answer, as libzypp does
            plugin.stdin.write(frame)
            plugin.stdin.flush()
            assert plugin.stdout.read(6) == b"ACK\n\n\0", frame
        assert plugin.wait(timeout=60) == 0
    assert called.read_text() == "post\n"
