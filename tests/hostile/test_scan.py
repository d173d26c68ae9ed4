"""Each attack alone: no process, no write, no hang, bounded memory, a clean report, and the neighbour is still diagnosed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.attacks import ATTACKS
from tests.hostile.ground import Attack, sound

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
WARDEN = ROOT / "tests" / "hostile" / "warden.py"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs, sockets and modes are POSIX")


def guarded(
    scratch: Path, target: Path, *arguments: str, seconds: float, modes: bool = False, home: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line under the warden."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG", "VENVDOCTOR"))}
    environ |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home or scratch), "COLUMNS": "80"}
    if modes:
        environ["WARDEN_MODES"] = "1"
    command = [sys.executable, "-X", "utf8", str(WARDEN), str(scratch), str(target), *arguments]
    return subprocess.run(
        command, capture_output=True, timeout=seconds, env=environ, check=False, cwd=scratch, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """The place of the attack, removed afterwards by a tool that no nest is too deep for (pytest's own cleaning recurses)."""
    place = tmp_path / "target"
    yield place
    subprocess.run(["rm", "-rf", "--", place], check=False, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: re.sub(r"[^\w .-]", "_", attack.name))
def test_attack(attack: Attack, target: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    neighbour, env = sound(target / "neighbour"), sound(target / "victim")
    attack.spoil(env)
    clock = time.monotonic()
    try:
        done = guarded(
            scratch,
            target,
            "scan",
            str(target),
            "--format",
            "json",
            "--no-cache",
            seconds=attack.seconds,
            modes=attack.modes,
        )
    finally:
        _permit(target)
    took = time.monotonic() - clock
    errors = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1, 3), f"{done.returncode} after {took:.1f} s: {errors[-2000:]}"
    assert "Traceback" not in errors
    assert not CONTROL.search(errors.replace("\n", "")), errors
    report = json.loads(done.stdout)
    assert not CONTROL.search(done.stdout.decode("utf-8").replace("\n", ""))
    found = {item["path"]: item for item in report["environments"]}
    assert found[str(neighbour)]["status"] == "healthy", found[str(neighbour)]
    crashed = [item for place in report["environments"] for item in place["findings"] if item["code"] == "VD902"]
    assert crashed == [], crashed
    assert not (target / "owned").exists()
    if attack.present:
        assert str(env) in found, sorted(found)
    if attack.sick and str(env) in found:
        assert found[str(env)]["status"] != "healthy", found[str(env)]


def test_all_at_once_as_text(target: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for number, attack in enumerate(ATTACKS):
        if attack.seconds <= 20 and "nest" not in attack.name:
            attack.spoil(sound(target / str(number) / "victim"))
    try:
        for form in ("text", "json"):
            done = guarded(
                scratch, target, "scan", str(target), "--format", form, "--no-cache", "-v", seconds=120, modes=True
            )
            text = done.stdout.decode("utf-8")
            assert done.returncode in (1, 3), done.stderr.decode(errors="replace")[-2000:]
            assert not CONTROL.search(text.replace("\n", "")), CONTROL.search(text.replace("\n", ""))
    finally:
        _permit(target)


def _permit(target: Path) -> None:
    """Make the tree removable again."""
    for folder, names, _ in os.walk(target):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and os.stat(path).st_mode & 0o700 != 0o700:
                os.chmod(path, 0o700)
        if folder.count("/") > 60:
            names.clear()
