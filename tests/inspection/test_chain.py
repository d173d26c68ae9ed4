"""The walk from a name to a file: each hop, and the first component that is missing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.privileges import bound_by_modes
from venvdoctor.inspection.chain import unmounted, walk
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.chain import Chain


def hops(chain: Chain, root: Path) -> list[str]:
    return [hop.path.removeprefix(f"{root}/") for hop in chain.hops]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    base = tmp_path.resolve()
    (base / "py-3.11.4" / "bin").mkdir(parents=True)
    (base / "py-3.11.4" / "bin" / "python3.11").write_bytes(b"x")
    (base / "py-3.11").symlink_to("py-3.11.4")
    (base / "env").mkdir()
    (base / "env" / "python").symlink_to(base / "py-3.11" / "bin" / "python3.11")
    (base / "env" / "python3").symlink_to("python")
    return base


def test_links_to_directories_are_hops(root: Path) -> None:
    chain = walk(View(), f"{root}/env/python3")
    assert hops(chain, root) == ["env/python3", "env/python", "py-3.11", "py-3.11.4/bin/python3.11"]
    assert (chain.end, chain.real, chain.links) == ("file", f"{root}/py-3.11.4/bin/python3.11", 1)
    status = (root / "py-3.11.4" / "bin" / "python3.11").stat()
    assert chain.identity == (status.st_dev, status.st_ino)


@pytest.mark.parametrize("gone", ["py-3.11.4/bin/python3.11", "py-3.11.4/bin", "py-3.11.4", "py-3.11"])
def test_the_first_component_that_is_missing_is_named(root: Path, gone: str) -> None:
    os.rename(root / gone, root / "away")
    chain = walk(View(), f"{root}/env/python")
    assert (chain.end, chain.missing) == ("missing", f"{root}/{gone}")
    assert chain.hops[-1].path == chain.missing


def test_loops_end(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    chain = walk(View(), f"{root}/a")
    assert (chain.end, hops(chain, root)) == ("loop", ["a", "b"])
    for number in range(50):
        (root / f"l{number}").symlink_to(f"l{number + 1}")
    (root / "l50").touch()
    assert walk(View(), f"{root}/l0").end == "loop"
    assert walk(View(), f"{root}/l11").end == "file"


def test_what_is_no_file_and_what_is_below_one(root: Path) -> None:
    assert walk(View(), f"{root}/py-3.11").end == "not-a-file"
    os.mkfifo(root / "fifo")
    assert walk(View(), f"{root}/fifo").end == "not-a-file"
    (root / "under").symlink_to("py-3.11.4/bin/python3.11/nothing")
    chain = walk(View(), f"{root}/under")
    assert (chain.end, chain.missing) == ("missing", f"{root}/py-3.11.4/bin/python3.11/nothing")


def test_denied_is_not_missing(root: Path) -> None:
    (root / "py-3.11.4").chmod(0)
    try:
        with bound_by_modes():
            assert walk(View(), f"{root}/env/python").end == "denied"
    finally:
        (root / "py-3.11.4").chmod(0o755)


def test_links_resolve_inside_an_image(root: Path) -> None:
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "python3").write_bytes(b"x")
    (root / "env" / "sys").symlink_to("/usr/bin/python3")
    chain = walk(rooted_view(str(root)), "/env/sys")
    assert (chain.end, chain.real) == ("file", "/usr/bin/python3")


def test_volumes_that_are_not_mounted(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "fstab").write_text("# x\nUUID=1 / ext4 defaults 0 1\nnas:/x /srv/tools nfs noauto 0 0\n")
    (tmp_path / "srv" / "tools").mkdir(parents=True)
    view = rooted_view(str(tmp_path))
    assert unmounted(view, "/srv/tools/python") == "/srv/tools"
    assert unmounted(view, "/usr/bin/python3.11") is None
    assert unmounted(view, "/srv/other") is None
    for place in ("/media/ada/disk", "/run/media/ada", "/mnt/disk", "/Volumes/Disk"):
        assert unmounted(view, place) == place
    assert unmounted(view, "/mnt/disk/python/bin") is None


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab/.\0é", min_size=1, max_size=30))
def test_any_target_ends_the_walk(tmp_path_factory: pytest.TempPathFactory, target: str) -> None:
    place = tmp_path_factory.mktemp("walk") / "link"
    if "\0" not in target:
        place.symlink_to(target)
    chain = walk(View(), str(place) if "\0" not in target else f"{place}{target}")
    exists = "\0" not in target and os.path.isfile(place)
    assert (chain.end == "file") == exists
