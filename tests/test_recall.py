"""What is kept from the last scan never changes an answer: not by damage to environments, nor to what is kept."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.damages import DAMAGES, EXTENSION, RUINS, SILENT, change, make_ground, ruin, settle
from venvdoctor import api
from venvdoctor.caching import kept, recall, recorder
from venvdoctor.config import Config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two environments on an interpreter of their own name, one with packages, one stacked upon it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(recorder, "SETTLED", 0)
    monkeypatch.setattr(recall, "_program", list)  # whoever edits the program meanwhile
    return make_ground(tmp_path)


def report(ground: Path, *, cache: bool) -> dict[str, Any]:
    """Return the report without what differs between any two scans."""
    request = api.ScanRequest(paths=(str(ground / "home"),))
    session = api.open_session(request, Config(cache=cache, jobs=1))
    made: Any = api.scan(request, session=api.with_cache(session))
    assert (session.recall is not None) == cache
    return {**made, "scan": {**made["scan"], "started_at": "", "duration_s": 0}}


def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that will hold every environment that is really examined."""
    seen: list[str] = []
    real = api._examine

    def examine(session: api.Session, candidate: Any) -> Any:
        seen.append(candidate.path)
        return real(session, candidate)

    monkeypatch.setattr(api, "_examine", examine)
    return seen


def test_a_second_scan_examines_nothing(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle()
    first = report(ground, cache=True)
    seen = examined(monkeypatch)
    assert report(ground, cache=True) == first
    assert seen == []
    assert report(ground, cache=False) == first
    assert len(seen) == 2


def test_a_change_in_one_environment_leaves_the_other_known(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle()
    report(ground, cache=True)
    seen = examined(monkeypatch)
    (ground / "home/other/pyvenv.cfg").write_text("home = /nowhere\n")
    report(ground, cache=True)
    assert seen == [str(ground / "home/other")]


def test_what_changed_a_moment_ago_is_not_kept(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "SETTLED", 3600 * 10**9)
    report(ground, cache=True)
    seen = examined(monkeypatch)
    report(ground, cache=True)
    assert len(seen) == 2


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_between_two_scans_shows(ground: Path, damage: str) -> None:
    settle()
    before = report(ground, cache=True)
    DAMAGES[damage](ground / "home/env")
    settle()
    plain = report(ground, cache=False)
    assert report(ground, cache=True) == plain
    assert report(ground, cache=True) == plain
    assert plain != before or damage in SILENT or (damage.startswith("extension") and not EXTENSION)


@pytest.mark.parametrize("seed", range(4))
def test_random_changes_show(ground: Path, seed: int) -> None:
    chance = random.Random(seed)
    settle()
    for _ in range(25):
        change(ground, chance)
        settle()
        assert report(ground, cache=True) == report(ground, cache=False)


@pytest.mark.parametrize("how", RUINS)
def test_what_is_kept_may_be_ruined(ground: Path, how: str) -> None:
    settle()
    plain = report(ground, cache=True)
    folder = ground / "cache/venvdoctor" / recall.FOLDER
    assert len(list(folder.iterdir())) == 2
    ruin(folder, how)
    assert report(ground, cache=True) == plain
    assert report(ground, cache=True) == plain


def test_a_full_disk_leaves_nothing_behind(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle()

    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.os, "replace", full)
    first = report(ground, cache=True)
    assert list((ground / "cache/venvdoctor" / recall.FOLDER).iterdir()) == []
    assert report(ground, cache=False) == first


def test_variables_that_decide_are_part_of_the_question(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle()
    report(ground, cache=True)
    for name, value in (("PYTHONHOME", "/nowhere"), ("LD_LIBRARY_PATH", str(ground / "home")), ("PYTHONPATH", "/tmp")):
        monkeypatch.setenv(name, value)
        assert report(ground, cache=True) == report(ground, cache=False)


def test_without_the_wish_nothing_is_written(ground: Path) -> None:
    settle()
    report(ground, cache=False)
    assert not (ground / "cache").exists()


def test_many_environments_are_kept_by_several_processes(ground: Path) -> None:
    for number in range(40):
        shutil.copytree(ground / "home/env", ground / f"home/copy{number}", symlinks=True)
    settle()
    request = api.ScanRequest(paths=(str(ground / "home"),))
    shares = []
    for jobs, cache in ((1, False), (3, True), (3, True), (1, True)):
        session = api.with_cache(api.open_session(request, Config(cache=cache, jobs=jobs)))
        shares.append(list(api.stream(session)))
    assert shares[0] == shares[1] == shares[2] == shares[3]
    assert len(list((ground / "cache/venvdoctor" / recall.FOLDER).iterdir())) == 42


def test_a_home_that_is_not_there_does_not_come_into_being(tmp_path: Path) -> None:
    assert kept.cache_folder({"HOME": str(tmp_path / "nonexistent")}) is None
    assert kept.cache_folder({"HOME": str(tmp_path)}) == str(tmp_path / ".cache/venvdoctor")
