"""What is an environment, of which kind, and what is none: the names in a directory decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.privileges import bound_by_modes
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.environment import Environment


def look(path: Path, **candidate: str) -> Environment | None:
    shared = Shared(view=View(), host=Host(uid=0))
    return examine(Candidate(path=str(path), **candidate), shared)  # type: ignore[arg-type]


def kind(path: Path) -> str | None:
    found = look(path)
    return found.kind if found else None


def lay(root: Path, *names: str, **texts: str) -> Path:
    """Make files (directories end in a slash) below a root; `cfg` is the text of pyvenv.cfg."""
    for name in names:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir(exist_ok=True) if name.endswith("/") else place.write_text("x")
    if "cfg" in texts:
        root.mkdir(exist_ok=True)
        (root / "pyvenv.cfg").write_text(texts["cfg"])
    return root


SHAPE = ("bin/activate", "bin/python", "lib/python3.11/site-packages/")


@pytest.mark.parametrize(
    ("cfg", "expected", "maker"),
    [
        ("home = /usr/bin\nversion = 3.11.2\n", "venv", "venv"),
        ("home = /usr/bin\nvirtualenv = 20.25.0\n", "virtualenv", "virtualenv 20.25.0"),
        ("home = /usr/bin\nuv = 0.5.1\nversion_info = 3.11.2\n", "uv", "uv 0.5.1"),
        ("", "venv", ""),
    ],
)
def test_the_maker_is_written_down(tmp_path: Path, cfg: str, expected: str, maker: str) -> None:
    found = look(lay(tmp_path / "e", *SHAPE, cfg=cfg))
    assert found is not None
    assert (found.kind, found.created_by) == (expected, maker)


def test_conda_and_markerless(tmp_path: Path) -> None:
    assert kind(lay(tmp_path / "conda", "conda-meta/history", "bin/python")) == "conda"
    assert kind(lay(tmp_path / "records", "conda-meta/python-3.11.2-0.json")) == "conda"
    assert kind(lay(tmp_path / "lost", *SHAPE)) == "markerless"
    assert kind(lay(tmp_path / "cfgdir", *SHAPE, "pyvenv.cfg/")) == "venv"


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("bin/python", "lib/python3.11/site-packages/"),  # pip install --target, --prefix
        ("bin/activate", "bin/python", "lib/python3.11/os.py", "lib/python3.11/site-packages/"),  # a base
        ("bin/activate", "bin/python"),
        ("bin/activate", "lib/python3.11/site-packages/"),
        ("conda-meta/notes.txt",),
        ("pyvenv.cfg/",),
    ],
)
def test_what_is_no_environment(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "e").mkdir()
    assert kind(lay(tmp_path / "e", *names)) is None


def test_an_old_virtualenv_keeps_its_mark_in_the_library(tmp_path: Path) -> None:
    shape = ("lib/python2.7/orig-prefix.txt", "lib/python2.7/site-packages/", "lib/python2.7/os.py")
    assert kind(lay(tmp_path / "e", "bin/python", *shape)) == "virtualenv"


def test_a_configuration_in_bin_belongs_to_the_directory_above(tmp_path: Path) -> None:
    root = lay(tmp_path / "e", *SHAPE)
    (root / "bin" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    for place in (root, root / "bin"):
        found = look(place)
        assert found is not None
        assert found.path == str(root)
        assert found.cfg is not None
        assert found.cfg.beside_executable


def test_the_layout_of_windows(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "e", "Scripts/activate.bat", "Lib/site-packages/", cfg="home = C:\\Python311\nversion = 3.11.4\n"
    )
    (root / "Scripts" / "python.exe").write_bytes(b"MZ")
    found = look(root)
    assert found is not None
    assert (found.layout, found.bin_dir, found.recorded_version) == ("windows", f"{root}/Scripts", "3.11.4")
    assert [item.path for item in found.lib_dirs] == [f"{root}/Lib/site-packages"]


def test_version_directories_count_once_and_leftovers_do_not(tmp_path: Path) -> None:
    site = "lib/python3.11/site-packages"
    root = lay(
        tmp_path / "e", *SHAPE, f"{site}/a-1.dist-info/", f"{site}/b.egg-info", f"{site}/~c-1.dist-info/", cfg=""
    )
    (root / "lib64").symlink_to("lib")
    found = look(root)
    assert found is not None
    ((name, count),) = [(item.name, item.distributions) for item in found.lib_dirs]
    assert (name, count) == ("python3.11", 2)


def test_denied_is_unknown_and_only_with_a_manager_behind_it(tmp_path: Path) -> None:
    root = lay(tmp_path / "e", *SHAPE, cfg="")
    root.chmod(0)
    try:
        with bound_by_modes():
            found = look(root, manager="pipx")
            assert found is not None
            assert found.unreadable
            assert found.startup.starts is None
    finally:
        root.chmod(0o755)


def test_nothing_there_is_nothing(tmp_path: Path) -> None:
    assert look(tmp_path / "gone") is None
    (tmp_path / "file").touch()
    assert look(tmp_path / "file") is None
