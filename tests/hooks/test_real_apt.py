"""The hook under the real apt in a real Debian: it warns before, tells after, and apt never fails because of it."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.support import debian
from tests.support.debian import PROGRAM
from venvdoctor.upgrading import hooks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Debian with environments and the hook installed; its own Python runs venvdoctor's single file."""
    place = debian.copy_of(debian.bookworm(), tmp_path_factory.mktemp("apt") / "root")
    debian.populate(place)
    if debian.inside(place, "apt-get", "-q", "update").returncode != 0:
        pytest.skip("the Debian mirror cannot be reached")
    debian.install_program(place)
    debian.must(place, "python3", PROGRAM, "hook", "install", "apt")
    return place


@pytest.fixture
def program(tree: Path, tmp_path: Path) -> Iterator[Path]:
    """The single file, put back after the test."""
    place = tree / PROGRAM[1:]
    shutil.copy2(place, tmp_path / "kept")
    yield place
    shutil.copy2(tmp_path / "kept", place)


def notice(tree: Path, *, wanted: bool) -> str:
    """Return the notice once the work in the background is done (and has left one, if one is wanted)."""
    place = tree / hooks.NOTICE[1:]
    deadline = time.monotonic() + 60
    while not (place.exists() or not wanted) and time.monotonic() < deadline:
        time.sleep(0.2)
    return place.read_text() if place.exists() else ""


def toggled(tree: Path) -> str:
    """Install a small package where it is not, else remove it; return what apt printed."""
    there = (tree / "usr/lib/python3/dist-packages/six.py").exists()
    return debian.must(tree, "apt-get", "-q", "-y", "remove" if there else "install", "python3-six")


def test_what_breaks_nothing_is_done_in_silence(tree: Path) -> None:
    assert "venvdoctor" not in toggled(tree)


def test_what_breaks_something_is_told_before_and_after(tree: Path) -> None:
    told = debian.must(tree, "apt-get", "-q", "-y", "remove", "python3-yaml")
    assert "venvdoctor: this will break 1 Python environment" in told
    assert "/srv/envs/system" in told
    line = notice(tree, wanted=True)
    assert line.startswith("venvdoctor: 1 Python environment is broken or degraded")
    assert line.count("\n") == 1
    shell = "PS1= sh -i -c '. /etc/profile.d/venvdoctor.sh' 2>/dev/null"
    assert debian.inside(tree, "sh", "-c", shell).stdout == line
    assert debian.inside(tree, "sh", "-c", shell).stdout == ""
    debian.must(tree, "apt-get", "-q", "-y", "install", "python3-yaml")


@pytest.mark.parametrize(
    "text", [None, "garbage", "raise SystemExit(3)", "import os\nos.abort()", "import time\ntime.sleep(200)"]
)
def test_apt_succeeds_whatever_the_program_does(tree: Path, program: Path, text: str | None) -> None:
    program.unlink()
    if text is not None:
        program.write_text(text)
    started = time.monotonic()
    toggled(tree)
    assert time.monotonic() - started < 180


def test_apt_succeeds_without_the_script(tree: Path) -> None:
    script = tree / hooks.SCRIPT[1:]
    content = script.read_bytes()
    script.unlink()
    toggled(tree)
    script.write_bytes(content)
    script.chmod(0o755)


def test_apt_succeeds_where_nothing_can_be_written(tree: Path) -> None:
    state = tree / "root/.local/state"
    shutil.rmtree(state, ignore_errors=True)
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text("a file in the way")
    shutil.rmtree(tree / "var/lib/venvdoctor", ignore_errors=True)
    (tree / "var/lib/venvdoctor").write_text("another one")
    toggled(tree)
    state.unlink()
    (tree / "var/lib/venvdoctor").unlink()


def test_it_goes_without_a_trace(tree: Path) -> None:
    debian.must(tree, "python3", PROGRAM, "hook", "remove", "apt")
    names = ("etc/apt/apt.conf.d/99venvdoctor", hooks.SCRIPT[1:], hooks.LOGIN[1:])
    assert not [name for name in names if (tree / name).exists()]
    assert "venvdoctor" not in toggled(tree)
