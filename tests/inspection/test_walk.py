"""The walk finds what an exhaustive search finds, wherever it hides, and survives what is put in its way."""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.places import exhaustive, found, mark, relative, write
from venvdoctor.discovery import Outcome
from venvdoctor.inspection.walk import WalkOptions, walk
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from pathlib import Path

NESTED = (
    "project/.venv",
    "project/.tox/py311",
    "project/web/node_modules/.venv",
    "project/web/node_modules/package/.venv",
    "project/web/node_modules/@scope/package/venv",
    "project/web/node_modules/a/node_modules/b/env",
    "project/web/node_modules/.pnpm/a@1.0/node_modules/a/.venv",
    "project/.git/environment",
    "project/.git/modules/sub/.venv",
    "project/.hidden/deeper/odd name",
    ".cache/pip/http-v2-tools/environment",
    ".cache/uv/environments-v2/script-0123456789abcdef",
    ".cache/uv/archive-v0/AbCdEf",
    ".cache/uv/builds-v0/.tmpAbCd",
    "aa/bb/cc",
    "objects/ab",
    "http/0/environment",
    "pkgs/mine",
    "share/containers/other/environment",
)


@pytest.mark.parametrize("place", NESTED)
def test_it_finds_an_environment_in_an_unlikely_place(tmp_path: Path, place: str) -> None:
    write(tmp_path / "project/.git/HEAD", "ref: refs/heads/main\n")
    for directory in ("project/.git/objects/ab", "project/.git/refs", ".cache/uv/archive-v0", "pkgs", "http/0"):
        (tmp_path / directory).mkdir(parents=True, exist_ok=True)
    write(tmp_path / ".cache/uv/CACHEDIR.TAG")
    mark(tmp_path / place)
    assert relative(found(tmp_path), tmp_path) == [place]
    assert exhaustive(tmp_path) == {place}


def test_an_environment_that_is_a_project_may_hold_others(tmp_path: Path) -> None:
    inner = ("lib/mine/.venv", "src/tool/venv", ".tox/py311", "share/app/.venv")
    mark(tmp_path)
    for place in inner:
        mark(tmp_path / place)
    assert set(relative(found(tmp_path), tmp_path)) == {".", *inner}


def test_packages_of_an_environment_are_not_searched(tmp_path: Path) -> None:
    mark(tmp_path / "env")
    mark(tmp_path / "env/lib/python3.11/site-packages/package/fixture")
    mark(tmp_path / "env/bin/odd")
    assert relative(found(tmp_path), tmp_path) == ["env"]


def test_conda_roots_hold_environments_and_a_package_cache(tmp_path: Path) -> None:
    mark(tmp_path / "conda", conda=True)
    mark(tmp_path / "conda/envs/science", conda=True)
    write(tmp_path / "conda/pkgs/urls.txt")
    mark(tmp_path / "conda/pkgs/package-1.0", conda=True)
    candidates = found(tmp_path)
    assert relative(candidates, tmp_path) == ["conda", "conda/envs/science"]
    assert {item.manager for item in candidates} == {"conda"}


@pytest.mark.parametrize("marker", ["fifo", "directory", "dangling", "empty"])
def test_a_mark_of_any_kind_is_a_mark(tmp_path: Path, marker: str) -> None:
    place = tmp_path / "env"
    place.mkdir()
    make: dict[str, Any] = {
        "fifo": os.mkfifo,
        "directory": lambda path: path.mkdir(),
        "dangling": lambda path: path.symlink_to("nowhere"),
        "empty": lambda path: path.touch(),
    }
    make[marker](place / "pyvenv.cfg")
    assert relative(found(tmp_path), tmp_path) == ["env"]


def test_a_mark_beside_the_interpreter_marks_the_directory_above(tmp_path: Path) -> None:
    mark(tmp_path / "env", cfg=None)
    for name in ("python", "activate", "pyvenv.cfg"):
        write(tmp_path / "env/bin" / name)
    assert relative(found(tmp_path), tmp_path) == ["env"]


def lost_mark(place: Path) -> Path:
    mark(place, cfg=None)
    write(place / "bin/activate")
    (place / "bin/python").symlink_to("/usr/bin/python3")
    return place


def test_an_environment_that_lost_its_mark_is_known_by_its_looks(tmp_path: Path) -> None:
    lost_mark(tmp_path / "env")
    assert relative(found(tmp_path), tmp_path) == ["env"]


@pytest.mark.parametrize("missing", ["bin/activate", "bin/python", "lib/python3.11/site-packages"])
def test_less_than_all_its_looks_is_no_environment(tmp_path: Path, missing: str) -> None:
    place = lost_mark(tmp_path / "env") / missing
    place.rmdir() if place.is_dir() else place.unlink()
    assert found(tmp_path) == []


def test_an_installation_is_no_environment_that_lost_its_mark(tmp_path: Path) -> None:
    place = lost_mark(tmp_path / "env")
    write(place / "lib/python3.11/os.py")
    assert found(tmp_path) == []
    write(place / "lib/python3.11/orig-prefix.txt", "/usr")  # virtualenv before 20 had no pyvenv.cfg
    assert relative(found(tmp_path), tmp_path) == ["env"]


def test_windows_environments_that_lost_their_mark_are_known_too(tmp_path: Path) -> None:
    for name in ("Scripts/activate.bat", "Scripts/python.exe", "Lib/site-packages/six.py"):
        write(tmp_path / "env" / name)
    assert relative(found(tmp_path), tmp_path) == ["env"]
    write(tmp_path / "env/Lib/os.py")
    assert found(tmp_path) == []


def test_links_go_in_no_circle_and_lead_to_environments_once(tmp_path: Path) -> None:
    real = mark(tmp_path / "store/real")
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(real)
    (project / "up").symlink_to("..")
    (project / "self").symlink_to("self")
    (tmp_path / "store/back").symlink_to(tmp_path)
    assert relative(found(tmp_path), tmp_path) == ["store/real"]
    assert relative(found(project), tmp_path) == [
        "project/.venv",
    ]


def test_a_link_out_of_the_tree_is_followed_once(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    mark(outside / "project/.venv")
    (outside / "again").symlink_to(tree)
    tree.mkdir()
    (tree / "work").symlink_to(outside)
    (tree / "also").symlink_to(outside / "project")
    (tree / "everything").symlink_to("/")
    assert relative(found(tree), tree) == ["also/.venv"]


@pytest.mark.parametrize("text", ["../store/env", "{root}/store/env\n", "  {root}/store/env  "])
def test_a_file_named_venv_holds_the_path(tmp_path: Path, text: str) -> None:
    mark(tmp_path / "store/env")
    write(tmp_path / "project/.venv", text.format(root=tmp_path))
    assert relative(found(tmp_path / "project"), tmp_path) == ["store/env"]
    assert relative(found(tmp_path / "project/.venv"), tmp_path) == ["store/env"]


@pytest.mark.parametrize("content", [b"", b"\0\1\xff", b"/nowhere\n", b".venv", b"a\nb", b"x" * 70_000, b"/dev/zero"])
def test_garbage_in_a_file_named_venv_leads_nowhere(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".venv").write_bytes(content)
    outcome = Outcome()
    assert found(tmp_path, outcome=outcome) == []
    assert outcome.errors == []


@pytest.mark.parametrize("target", [".venv", "/dev/zero", "nowhere"])
def test_a_link_named_venv_may_lead_nowhere(tmp_path: Path, target: str) -> None:
    (tmp_path / ".venv").symlink_to(target)
    assert found(tmp_path) == []


def test_a_fifo_named_venv_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".venv")
    assert found(tmp_path) == []


def test_names_are_bytes(tmp_path: Path) -> None:
    names = ["\x1b[31mred", "line\nbreak", os.fsdecode(b"\xff\xfe"), "[markup]", "-rf"]
    for name in names:
        mark(tmp_path / name)
    assert sorted(relative(found(tmp_path), tmp_path)) == sorted(names)


def test_a_nest_deeper_than_a_path_can_be_is_an_error_and_no_end(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(10_000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    mark(tmp_path / "e")
    outcome = Outcome()
    try:
        assert relative(found(tmp_path, outcome=outcome), tmp_path) == ["e"]
        assert [error.message for error in outcome.errors] == ["File name too long"]
    finally:
        _remove_nest(tmp_path)


def _remove_nest(top: Path) -> None:
    """Take the nest apart from the top: pytest's own clean-up would recurse."""
    here = os.open(top, os.O_RDONLY)
    os.rename("d", "nest", src_dir_fd=here, dst_dir_fd=here)
    for number in range(10_000):
        outer = os.open("nest", os.O_RDONLY, dir_fd=here)
        if os.listdir(outer):
            os.rename("d", f"next{number}", src_dir_fd=outer, dst_dir_fd=here)
        os.close(outer)
        os.rmdir("nest", dir_fd=here)
        if f"next{number}" in os.listdir(here):
            os.rename(f"next{number}", "nest", src_dir_fd=here, dst_dir_fd=here)
    os.close(here)


def test_a_large_directory_is_streamed(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for number in range(30_000):
        os.mknod(f"file{number}", dir_fd=here)
    os.close(here)
    mark(tmp_path / "env")
    tracemalloc.start()
    try:
        met = [item.path for item in walk(View(), str(tmp_path), WalkOptions())]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert met == [f"{tmp_path}/env"]
    assert peak < 1_000_000, "something is kept for every file"


def test_a_directory_that_vanishes_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        mark(tmp_path / name / "env")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("/b"):
            raise FileNotFoundError(2, "gone", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    outcome = Outcome()
    assert relative(found(tmp_path, outcome=outcome), tmp_path) == ["a/env", "c/env"]
    assert outcome.errors == []


def test_a_directory_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(tmp_path / "a/env")
    (tmp_path / "shut").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("/shut"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    outcome = Outcome()
    assert relative(found(tmp_path, outcome=outcome), tmp_path) == ["a/env"]
    assert outcome.errors == [(f"{tmp_path}/shut", "Permission denied")]


def test_another_systems_root_is_named_and_not_entered(tmp_path: Path) -> None:
    for name in ("etc/os-release", "usr/lib/os-release", "var/lib/state", "home/user/.venv/pyvenv.cfg"):
        write(tmp_path / "image" / name)
    outcome = Outcome()
    assert found(tmp_path, outcome=outcome) == []
    assert outcome.options.foreign == [f"{tmp_path}/image"]
    assert relative(found(tmp_path / "image"), tmp_path) == ["image/home/user/.venv"]


def test_a_rooted_view_is_walked_as_it_is_inside(tmp_path: Path) -> None:
    mark(tmp_path / "home/user/.venv")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/.venv").symlink_to("/home/user/.venv")
    write(tmp_path / "proc/1/pyvenv.cfg")
    view = rooted_view(str(tmp_path))
    outcome = Outcome()
    assert [item.path for item in found("/", view=view, outcome=outcome)] == ["/home/user/.venv"]
    assert [item.path for item in found("/work", view=view)] == ["/work/.venv"]
    assert outcome.errors == []


@pytest.mark.parametrize("store", ["project/.git/objects", ".cache/pip/http-v2", ".npm/_cacache/content-v2/sha512"])
def test_fan_out_directories_of_stores_are_not_listed(tmp_path: Path, store: str) -> None:
    write(tmp_path / "project/.git/HEAD")
    (tmp_path / "project/.git/refs").mkdir()
    for name in ("0", "a", "f") if "http" in store else ("00", "a7", "ff"):
        write(tmp_path / store / name / "file")
    options = WalkOptions()
    seen: list[str] = []
    options.excluded = lambda path, _: bool(seen.append(path))
    assert list(walk(View(), str(tmp_path), options)) == []
    assert str(tmp_path / store) in seen
    assert not [path for path in seen if path.startswith(f"{tmp_path / store}/")]
