"""A whole run is replayed only when its output would be the same: beside `--no-cache`, after every kind of change."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.damages import DAMAGES, RUINS, change, make_ground, ruin, settle
from venvdoctor.__main__ import main
from venvdoctor.caching import kept, memo, packing, recorder, replay
from venvdoctor.cli import _main

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parent.parent
TIMES = re.compile(r'("(?:started_at|duration_s)": )("[^"]*"|[\d.e-]+)')


class Printed(NamedTuple):
    """What a run prints, without its times, and its exit code."""

    text: str
    code: int


class Ground:
    """Two environments, and runs of the program about them."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys
        self.scans = 0

    def run(self, *words: str, form: str = "json") -> Printed:
        self._capsys.readouterr()
        code = main(["scan", str(self.path / "home"), "--format", form, *words])
        return Printed(TIMES.sub(r"\1", self._capsys.readouterr().out), code)

    def same(self, *words: str, form: str = "json") -> None:
        """Two runs that may use what is kept, and one that may not."""
        plain = self.run("--no-cache", *words, form=form)
        for _ in range(2):
            assert self.run(*words, form=form) == plain

    def kept(self) -> list[Path]:
        folder = self.path / "cache/venvdoctor" / replay.FOLDER
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def is_replayed(self, *words: str, form: str = "json") -> bool:
        """Whether a run comes to be answered from what is kept (others may be changing this program meanwhile)."""
        for _ in range(8):
            before = self.scans
            self.run(*words, form=form)
            if self.scans == before:
                return True
        return False


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ground:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(recorder, "SETTLED", 0)
    monkeypatch.setattr(memo, "SETTLED", -(10**18))
    found = Ground(make_ground(tmp_path), capsys)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    real = _main.run

    def run(arguments: Sequence[str]) -> int:
        found.scans += 1
        return real(arguments)

    monkeypatch.setattr(_main, "run", run)
    settle()
    return found


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "github"])
def test_an_unchanged_disk_is_answered_without_a_scan(ground: Ground, form: str) -> None:
    first = ground.run(form=form)
    assert ground.is_replayed(form=form)
    assert ground.run(form=form) == first == ground.run("--no-cache", form=form)


def test_what_is_replayed_tells_its_own_times(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    assert ground.is_replayed()
    time.sleep(1.1)
    before, scans = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), ground.scans
    capsys.readouterr()
    main(["scan", str(ground.path / "home"), "--format", "json"])
    told = json.loads(capsys.readouterr().out)["scan"]
    assert ground.scans > scans or told["started_at"] >= before
    assert told["duration_s"] >= 0


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_between_two_runs_shows(ground: Ground, damage: str) -> None:
    before = ground.run()
    assert ground.run() == before
    DAMAGES[damage](ground.path / "home/env")
    settle()
    ground.same()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_damage_shows_in_the_last_of_many(ground: Ground, jobs: str) -> None:
    """What other processes examine is not kept as a whole run: nobody here knows what they looked at."""
    for number in range(40):
        shutil.copytree(ground.path / "home/other", ground.path / f"home/copy{number}", symlinks=True)
    settle()
    plain = ground.run("--no-cache")
    assert ground.run("--jobs", jobs) == ground.run("--jobs", jobs) == plain
    for number in range(0, 40, 13):
        (ground.path / f"home/copy{number}/pyvenv.cfg").write_text("home = /nowhere\n")
        settle()
        ground.same("--jobs", jobs)
    assert ground.run("--jobs", jobs) != plain


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_show(ground: Ground, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        change(ground.path, chance)
        settle()
        ground.same(form=chance.choice(["text", "json", "jsonl"]))


@pytest.mark.parametrize("how", RUINS)
def test_what_is_kept_may_be_ruined(ground: Ground, how: str) -> None:
    ground.run()
    assert ground.is_replayed()
    for folder in (replay.FOLDER, "scan-3"):
        ruin(ground.path / "cache/venvdoctor" / folder, how)
    ground.same()


@pytest.mark.parametrize("seed", range(5))
def test_what_is_kept_may_be_ruined_anywhere(ground: Ground, seed: int) -> None:
    chance = random.Random(seed)
    plain = ground.run("--no-cache")
    for _ in range(8):
        ground.run()
        for folder in (replay.FOLDER, "scan-3"):
            if (ground.path / "cache/venvdoctor" / folder).is_dir():
                ruin(ground.path / "cache/venvdoctor" / folder, chance.choice(["cut", "one bit", "a link"]), chance)
        assert ground.run() == plain


@pytest.mark.parametrize("parts", [[], [b""], [b"a", b"b", b"c"], [b"q", b"", b"", b"x"], [b"q", b"1 2 3 4", b"", b""]])
def test_a_whole_file_that_is_no_run_is_none(ground: Ground, parts: list[bytes]) -> None:
    ground.run()
    for path in ground.kept():
        question = (kept.read(str(path), 1 << 25) or [b""])[0]
        kept.write(str(path), [question if part == b"q" else part for part in parts])
    ground.same()


def _write(path: Path, text: str) -> Callable[[Ground], None]:
    def act(ground: Ground) -> None:
        place = ground.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    return act


SETTINGS: dict[str, Callable[[Ground], None]] = {
    "settings beside": _write(Path("work/venvdoctor.toml"), 'ignore = ["VD2", "VD5"]\n'),
    "settings above": _write(Path("venvdoctor.toml"), 'fail-on = "never"\n'),
    "settings of a project": _write(Path("work/pyproject.toml"), '[tool.venvdoctor]\nselect = ["VD5"]\n'),
    "settings of the user": _write(Path("config/venvdoctor/venvdoctor.toml"), 'fail-on = "note"\n'),
    "settings with a mistake": _write(Path("work/venvdoctor.toml"), "fial-on = 1\n"),
    "settings without a cache": _write(Path("work/venvdoctor.toml"), "cache = false\n"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_show(ground: Ground, name: str) -> None:
    ground.run()
    SETTINGS[name](ground)
    settle()
    ground.same()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHONHOME", "/nowhere"),
        ("LD_LIBRARY_PATH", "/tmp"),
        ("COLUMNS", "44"),
        ("NO_COLOR", "1"),
        ("TZ", "Pacific/Kiritimati"),
        ("LC_ALL", "C"),
        ("HOME", "/nowhere"),
        ("SSL_CERT_FILE", "/nowhere"),
        ("VIRTUAL_ENV", "/nowhere"),
        ("GITHUB_STEP_SUMMARY", "summary.md"),
    ],
)
def test_variables_show(ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for form in ("text", "json"):
        ground.run(form=form)
    monkeypatch.setenv(name, value)
    for form in ("text", "json"):
        ground.same(form=form)


def test_options_and_places_are_part_of_the_question(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in ((), ("--select", "VD5"), ("--fail-on", "never"), ("-v",), ("-q",), ("--color", "always")):
        ground.same(*words, form="text")
    monkeypatch.chdir(ground.path)
    ground.same(form="text")
    ground.same("--exclude", "other")


def test_the_day_shows(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer holds until the next end of a series' support, and not before the day it was given on."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    days = ["2026-01-05", "2026-01-06", "2027-11-01", "2033-01-01", "2026-01-05", "2020-01-01"]
    outputs = set()
    for day in days:
        for module in (time, kept, replay):
            monkeypatch.setattr(module, "strftime", lambda form, *_, day=day: day if form == "%Y-%m-%d" else "now")
        ground.same()
        outputs.add(ground.run().text)
    assert len(outputs) > 1, f"nothing is said about the end of {version}"


def test_what_changed_a_moment_ago_is_not_kept(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "SETTLED", 10**13)
    ground.run()
    assert ground.kept() == []


def test_a_program_that_changed_is_another_one(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ground.path / "module.py"
    module.write_text("x = 1\n")
    real = memo._program
    monkeypatch.setattr(memo, "_program", lambda: [*real(), str(module)])
    assert ground.is_replayed()
    module.write_text("x = 2\n")
    before = ground.scans
    ground.run()
    assert ground.scans == before + 1


@pytest.mark.parametrize(
    "words",
    [("--output", "report.txt"), ("--baseline", "b"), ("--write-baseline", "b"), ("--no-cache",), ("--probe",)],
)
def test_a_run_that_does_more_than_look_and_print_is_not_kept(ground: Ground, words: Sequence[str]) -> None:
    ground.run(*words)
    assert ground.kept() == []


def test_an_incomplete_scan_is_not_kept(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **_options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("venvdoctor.inspection.dependents.find_dependents", fail)
    assert "RuntimeError" in ground.run().text
    assert ground.kept() == []


def test_a_full_disk_changes_nothing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.os, "replace", full)
    ground.same()
    assert ground.kept() == []


def test_a_cache_that_others_may_write_is_not_used(ground: Ground) -> None:
    ground.run()
    (ground.path / "cache/venvdoctor").chmod(0o777)
    before = ground.scans
    ground.same()
    assert ground.scans == before + 3


def test_variables_that_are_left_out_are_read_nowhere() -> None:
    texts = [
        path.read_text(encoding="utf-8") for path in (ROOT / "venvdoctor").rglob("*.py") if path.name != "replay.py"
    ]
    asked = {word for text in texts for word in re.findall(r'(?:get\(|environ\[|"PATH", )"(\w+)"', text)}
    assert "XDG_CACHE_HOME" in asked
    assert asked & replay.UNREAD == set()
    assert [name for name in replay.UNREAD - {"_"} for text in texts if f'"{name}"' in text] == []


def test_only_a_bounded_number_is_kept(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MOST", 4)
    for number in range(8):
        monkeypatch.setenv("COLUMNS", str(60 + number))
        ground.run()
    assert len(ground.kept()) <= 5


def test_many_at_once_agree(tmp_path: Path) -> None:
    """Eight programs share a cache that is empty, then one that is full, while a ninth spoils it."""
    ground = make_ground(tmp_path)
    time.sleep(2.1)
    words = [sys.executable, "-m", "venvdoctor", "scan", str(ground / "home"), "--format", "json"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(ground / "cache"), "HOME": str(ground)}
    done = subprocess.run([*words, "--no-cache"], capture_output=True, text=True, env=environ, check=False, cwd=ground)
    plain = TIMES.sub(r"\1", done.stdout)
    assert json.loads(done.stdout)["summary"]["environments"] == 2
    for spoilt in (False, True):
        runs = [
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ, cwd=ground)
            for _ in range(8)
        ]
        if spoilt:
            shutil.rmtree(ground / "cache", ignore_errors=True)
        outputs = [run.communicate(timeout=300) for run in runs]
        assert {TIMES.sub(r"\1", out) for out, _ in outputs} == {plain}
        assert {error for _, error in outputs} == {""}
        assert {run.returncode for run in runs} == {done.returncode}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no copies of a process here")
def test_many_looks_are_asked_by_several_processes_with_the_same_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece has a digest of its own: who asks it, and when, is no part of the answer."""
    files = [tmp_path / f"{number}.py" for number in range(50)]
    for file in files:
        file.write_text("x = 1\n")
    looks = {recorder.Look("f", str(file)): kept.signature(file.stat()) for file in files}
    monkeypatch.setattr(kept, "PIECE", 7)
    monkeypatch.setattr(kept, "SHARED", 10)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    block = packing.pack(looks)
    assert block is not None
    assert kept.holds(block, None, {}, shared=True)
    assert kept.holds(block, None, {})
    for changed in (files[0], files[20], files[49]):
        before = changed.stat()
        os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        assert not kept.holds(block, None, {}, shared=True)
        block = packing.pack({recorder.Look("f", str(file)): kept.signature(file.stat()) for file in files})
        assert block is not None
        assert kept.holds(block, None, {}, shared=True)

    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    assert kept.holds(block, None, {}, shared=True), "no more processes: asked here"
