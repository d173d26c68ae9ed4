"""What is asked for is what is searched, each environment comes once and under its best name, and nothing is silent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.trees import generate
from tests.support.places import exhaustive, found, host_of, mark, relative, write
from venvdoctor.discovery import Outcome, Request, candidate_at, discover
from venvdoctor.inspection import mounts
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _only_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine keeps in /opt is none of these tests' business."""
    monkeypatch.setattr("venvdoctor.discovery.SHARED_PLACES", ())


def everywhere(home: Path, outcome: Outcome | None = None, **environ: str) -> list[tuple[str, str | None]]:
    """Return path and manager of what a scan without paths finds below a home."""
    candidates = discover(View(), host_of(home, environ), Request(), outcome)
    inside = [item for item in candidates if item.path.startswith(f"{home}/")]
    return [(os.path.relpath(item.path, home), item.manager) for item in inside]


def test_an_explicit_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    place = mark(tmp_path / "env")
    assert relative(found(place), tmp_path) == ["env"]


@pytest.mark.parametrize("name", ["pyvenv.cfg", "bin/python"])
def test_a_file_of_an_environment_names_it(tmp_path: Path, name: str) -> None:
    place = mark(tmp_path / "env")
    write(f"{place}/bin/python")
    assert relative(found(f"{place}/{name}"), tmp_path) == ["env"]


def test_missing_and_empty_paths_are_told_apart(tmp_path: Path) -> None:
    mark(tmp_path / "full/env")
    (tmp_path / "empty").mkdir()
    write(tmp_path / "file", "text")
    (tmp_path / "loop").symlink_to("loop")
    outcome = Outcome()
    names = ("full", "empty", "file", "absent", "loop")
    found(*(tmp_path / name for name in names), outcome=outcome)
    assert relative_to(tmp_path, outcome.missing) == ["absent", "loop"]
    assert relative_to(tmp_path, outcome.empty) == ["empty", "file"]
    assert relative_to(tmp_path, outcome.roots) == list(names)


def test_an_environment_behind_a_link_out_of_the_path_counts(tmp_path: Path) -> None:
    mark(tmp_path / "outside/project/.venv")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/work").symlink_to(tmp_path / "outside")
    outcome = Outcome()
    assert relative(found(tmp_path / "tree", outcome=outcome), tmp_path) == ["tree/work/project/.venv"]
    assert outcome.empty == []


def relative_to(root: Path, paths: list[str]) -> list[str]:
    return [os.path.relpath(path, root) for path in paths]


def test_overlapping_paths_yield_each_environment_once_and_none_is_empty(tmp_path: Path) -> None:
    place = mark(tmp_path / "project/.venv")
    (tmp_path / "link").symlink_to(place)
    outcome = Outcome()
    assert relative(found(place, tmp_path / "project", tmp_path / "link", outcome=outcome), tmp_path) == [
        "project/.venv"
    ]
    assert outcome.empty == []


def test_the_manager_wins_over_the_walk_and_the_place_over_a_link(home: Path) -> None:
    place = mark(home / ".local/share/pipx/venvs/tool")
    write(f"{place}/pipx_metadata.json", "{}")
    mark(home / ".pyenv/versions/3.11.7/envs/data")
    (home / ".pyenv/versions/data").symlink_to(home / ".pyenv/versions/3.11.7/envs/data")
    (home / "project").mkdir()
    (home / "project/.venv").symlink_to(place)
    assert everywhere(home) == [
        (".local/share/pipx/venvs/tool", "pipx"),
        (".pyenv/versions/3.11.7/envs/data", "pyenv-virtualenv"),
    ]


def test_two_searches_agree(home: Path) -> None:
    for name in ("b/.venv", "a/.venv", "a/.tox/x", ".virtualenvs/z", "c"):
        mark(home / name)
    assert everywhere(home) == everywhere(home)


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("old*", ["new/.venv"]),
        ("*/old/*", ["new/.venv", "older/.venv"]),
        ("{root}/new", ["old/.venv", "older/.venv"]),
        ("old/.venv", ["new/.venv", "older/.venv"]),
        ("old/", ["new/.venv", "older/.venv"]),
        (".venv", []),
    ],
)
def test_excluded_directories_are_not_entered(tmp_path: Path, glob: str, left: list[str]) -> None:
    for name in ("new", "old", "older"):
        mark(tmp_path / name / ".venv")
    request = Request(paths=(str(tmp_path),), exclude=(glob.format(root=tmp_path),))
    assert sorted(relative(list(discover(View(), host_of("/nonexistent"), request)), tmp_path)) == left


def test_excluded_directories_are_not_looked_up_by_sources_either(home: Path) -> None:
    mark(home / ".virtualenvs/x")
    request = Request(exclude=(".virtualenvs",))
    candidates = discover(View(), host_of(home), request)
    assert not [item for item in candidates if item.path.startswith(f"{home}/")]


def test_every_error_is_told_as_it_is_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("/shut"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    told: list[tuple[str, str]] = []
    outcome = Outcome()
    request = Request(paths=(str(tmp_path),), on_error=lambda path, reason: told.append((path, reason)))
    assert list(discover(View(), host_of("/nonexistent"), request, outcome)) == []
    assert told == [(f"{tmp_path}/shut", "Permission denied")] == outcome.errors
    assert outcome.empty == [], "nobody can say that there is none"


def test_shared_places_are_searched_where_they_can_be(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "opt"
    (shared / "shut").mkdir(parents=True)
    mark(shared / "env")
    monkeypatch.setattr("venvdoctor.discovery.SHARED_PLACES", (str(shared),))
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("/shut"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    outcome = Outcome()
    candidates = list(discover(View(), host_of(home), Request(), outcome))
    assert f"{shared}/env" in [item.path for item in candidates]
    assert outcome.errors == []
    found(shared, outcome=outcome)
    assert [error.path for error in outcome.errors] == [f"{shared}/shut"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may look everywhere")
def test_a_directory_without_permission_is_an_error(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0)
    outcome = Outcome()
    try:
        found(tmp_path, outcome=outcome)
    finally:
        shut.chmod(0o700)
    assert [error.path for error in outcome.errors] == [str(shut)]


def test_a_mounted_network_file_system_is_not_entered_by_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(tmp_path / "net/env")
    mark(tmp_path / "env")
    (tmp_path / "link").symlink_to(tmp_path / "net/env")
    table = (mounts.Mount("/", "ext4"), mounts.Mount(f"{tmp_path}/net", "nfs4"))
    monkeypatch.setattr("venvdoctor.discovery.read_mounts", lambda: table)
    assert relative(found(tmp_path), tmp_path) == ["env"]
    assert relative(found(tmp_path / "net"), tmp_path) == ["net/env"]
    request = Request(paths=(str(tmp_path),), one_file_system=False)
    assert relative(list(discover(View(), host_of("/nonexistent"), request)), tmp_path) == ["env", "net/env"]


def test_one_environment_is_found_without_a_search(tmp_path: Path) -> None:
    place = mark(tmp_path / "env")
    host = host_of("/nonexistent")
    candidate = candidate_at(View(), host, place)
    assert candidate is not None
    assert candidate.path == place
    assert candidate_at(View(), host, str(tmp_path)) is None
    assert candidate_at(View(), host, f"{place}/pyvenv.cfg") is None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_generated_home_gives_what_an_exhaustive_search_gives(tmp_path: Path, seed: int) -> None:
    truth = generate(str(tmp_path), 15_000, 40, seed)
    home = tmp_path / "home"
    walked = relative(found(home), home)
    assert sorted(walked) == truth
    assert exhaustive(home) <= set(walked)
    assert sorted(path for path, _ in everywhere(home)) == truth
