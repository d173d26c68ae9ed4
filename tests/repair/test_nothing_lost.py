"""What people keep in environments, and what environments share with each other: a repair loses none of it."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import stat
import struct
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons, relocatable_copy
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.fix import ChangeMode, Plan
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, undo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.privileges import Ordinary

pytestmark = pytest.mark.real
GIB = 1 << 30


class Home(NamedTuple):
    """A project whose directory is its environment, with what its owner keeps there; its interpreter is gone."""

    root: Path
    site: Path
    other: Python
    shared: Path


@pytest.fixture
def two() -> tuple[Python, Python]:
    """Two minor versions, the newer first."""
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions are needed")
    return found[-1], found[0]


@pytest.fixture(params=["venv", "uv"])
def project(tmp_path: Path, two: tuple[Python, Python], request: pytest.FixtureRequest) -> Home:
    """Made by the older minor, to be repaired with the newer (whose venv writes a `.gitignore` unasked)."""
    root = tmp_path / "project"
    base = relocatable_copy(two[1].series, tmp_path / "base")
    envs.make_environment(str(request.param), base, root)
    site, shared = envs.site_packages(root), tmp_path / "cache"
    shared.mkdir()
    files = {
        "pure/__init__.py": "",
        "pure/cli.py": "def main():\n    print('ran')\n",
        "pure/data.txt": "x",
        "link.py": "",
    }
    common = {"bin_dir": root / "bin", "shebang": f"{root}/bin/python"}
    wheels.install(site, "pure", "1.0", files=files, scripts={"run": "pure.cli:main"}, **common)
    (shared / "link.py").write_text("")
    (site / "link.py").unlink()
    (site / "link.py").symlink_to(shared / "link.py")  # uv --link-mode symlink
    os.link(site / "pure/data.txt", shared / "data.txt")  # uv --link-mode hardlink
    (site / "pure/data.txt").chmod(0o664)
    keep(root, site)
    (tmp_path / "base").rename(tmp_path / "gone")
    return Home(root, site, two[0], shared)


def keep(root: Path, site: Path) -> None:
    """Put in what people put in."""
    for path, text in (
        (root / "src/app.py", "app"),
        (root / "share/notes.txt", "notes"),
        (site / "pure/cache/words.db", "words"),
        (site / "pure/local_settings.py", "local = 1\n"),
        (site.parent / "team/shared.txt", "team"),
        (root / "bin/deploy", "#!/bin/sh\n"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / ".gitignore").write_text("secrets\n")
    with (root / "bin/activate").open("a") as stream:
        stream.write("export TOKEN=mine\n")
    (site.parent / "team").chmod(0o2775)
    os.mkfifo(site / "pure/cache/pipe")
    with (site / "pure/cache/large.bin").open("wb") as stream:
        stream.truncate(GIB)
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(site / "pure/cache", os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/door" if os.path.exists("/proc/self/fd") else str(site / "pure/cache/door"))
        os.close(here)


def small(root: Path) -> dict[str, str]:
    """The picture of a tree, without reading the gibibyte of zeros."""
    large = {path: path.stat().st_size for path in root.rglob("large.bin")}
    assert set(large.values()) <= {GIB}
    moved = [(path, path.rename(root.parent / f"large-{number}")) for number, path in enumerate(large)]
    try:
        return picture(root)
    finally:
        for path, away in moved:
            away.rename(path)


def test_a_rebuild_keeps_what_people_put_in(project: Home) -> None:
    before, cache = small(project.root), picture(project.shared)
    activate = (project.root / "bin/activate").read_text()
    assert run(["fix", str(project.root), "--yes", "--offline", "--python", project.other.path]) == 0
    site = envs.site_packages(project.root)
    assert project.other.series in str(site)
    assert envs.run([project.root / "bin/run"]).out == "ran\n"
    assert (project.root / ".gitignore").read_text() == "secrets\n"
    assert (project.root / "bin/activate").read_text() == activate
    assert (project.root / "src/app.py").read_text() == "app"
    assert (project.root / "share/notes.txt").read_text() == "notes"
    assert (site / "pure/cache/words.db").read_text() == "words"
    assert envs.run_python(project.root, "import pure.local_settings, link").ok
    assert stat.S_ISFIFO((site / "pure/cache/pipe").lstat().st_mode)
    large = (site / "pure/cache/large.bin").stat()
    assert (large.st_size, large.st_blocks) == (GIB, 0)
    assert (site.parent / "team/shared.txt").read_text() == "team"
    assert stat.S_IMODE((site.parent / "team").stat().st_mode) == 0o2775
    assert stat.S_IMODE((site / "pure/data.txt").stat().st_mode) == 0o664
    assert (site / "link.py").readlink() == project.shared / "link.py"
    assert picture(project.shared) == cache
    assert run(["scan", "--deep", str(project.root)]) == 0
    assert run(["undo"]) == 0
    assert small(project.root) == before
    assert picture(project.shared) == cache


def test_a_project_without_gitignore_gets_none(project: Home) -> None:
    (project.root / ".gitignore").unlink()
    assert run(["fix", str(project.root), "--yes", "--offline", "--python", project.other.path]) == 0
    assert not (project.root / ".gitignore").exists()
    assert run(["undo"]) == 0
    assert not (project.root / ".gitignore").exists()


def test_the_bits_of_a_shared_file_change_under_one_name_only(tmp_path: Path) -> None:
    root, cache = tmp_path / "env", tmp_path / "cached"
    (root / "bin").mkdir(parents=True)
    cache.write_text("#!/bin/sh\n")
    cache.chmod(0o644)
    os.link(cache, root / "bin/tool")
    status = root.stat()
    step = ChangeMode(path="bin/tool", mode=0o755)
    identity = (status.st_dev, status.st_ino)
    plan = Plan(root=str(root), identity=identity, fixer="test", summary="make it executable", steps=(step,))
    state = str(tmp_path / "state")
    done = carry_out(plan, state)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (cache, root / "bin/tool")] == [0o644, 0o755]
    assert (root / "bin/tool").read_text() == "#!/bin/sh\n"
    undo(state, next(journal for journal in committed(state) if journal.id == done.id))
    assert (root / "bin/tool").samefile(cache)


@pytest.mark.parametrize("mode", [0o700, 0o775])
def test_new_directories_are_as_open_as_the_old_ones(tmp_path: Path, two: tuple[Python, Python], mode: int) -> None:
    env = envs.make_venv(relocatable_copy(two[1].series, tmp_path / "base"), tmp_path / "env")
    wheels.install(envs.site_packages(env), "pure", "1.0")
    for path in [env, *(item for item in env.rglob("*") if item.is_dir() and not item.is_symlink())]:
        path.chmod(mode)
    (tmp_path / "base").rename(tmp_path / "gone")
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[0].path]) == 0
    site = envs.site_packages(env)
    made = [site.parent, site, site / "pure", site / "pure-1.0.dist-info"]
    assert {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in made} == {
        path.name: f"{mode:o}" for path in made
    }


def access(root: Path) -> dict[str, tuple[object, ...]]:
    """Return owner, group, bits and attributes (access lists among them) of all but links, the series left out."""
    found = {}
    for path in [root, *root.rglob("*")]:
        name = re.sub(r"python3\.\d+", "python3", str(path.relative_to(root)))
        if not path.is_symlink() and "__pycache__" not in name and not name.startswith((".venvdoctor", "include")):
            status = path.stat()
            attributes = {key: os.getxattr(path, key) for key in os.listxattr(path)}
            found[name] = (status.st_uid, status.st_gid, oct(status.st_mode), attributes)
    return found


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="only Linux has these calls")
@pytest.mark.parametrize("rung", ["relink", "rebuild"])
def test_groups_access_lists_and_attributes_stay(tmp_path: Path, two: tuple[Python, Python], rung: str) -> None:
    words = ["--python", two[1].path] if rung == "rebuild" else []
    keeps_access(tmp_path, relocatable_copy(two[0].series, tmp_path / "base"), words)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="only Linux has these calls")
@pytest.mark.parametrize("rung", ["relink", "rebuild"])
def test_they_stay_where_no_root_repairs(ordinary: Ordinary, two: tuple[Python, Python], rung: str) -> None:
    base = relocatable_copy(two[0].series, ordinary.place / "base")
    other = relocatable_copy(two[rung == "rebuild"].series, ordinary.place / "other")
    ordinary.run(lambda place: keeps_access(place, base, ["--python", other.path]))


def keeps_access(place: Path, base: Python, words: list[str]) -> None:
    """Repair an environment with all kinds of access, and undo it."""
    env, group = place / "env", 12345 if os.geteuid() == 0 else os.getegid()
    env.mkdir()
    os.chown(env, -1, group)
    env.chmod(0o2775)  # what is made in it belongs to the group
    site = envs.site_packages(envs.make_venv(base, env))
    files = {"pure/__init__.py": "def main():\n    print('ran')\n", "pure/data/words.txt": "x"}
    common = {"bin_dir": env / "bin", "shebang": f"{env}/bin/python", "scripts": {"run": "pure:main"}}
    wheels.install(site, "pure", "1.0", files=files, **common)
    (site / "mine.py").write_text("")
    acl = [(1, 7, -1), (2, 5, 23456), (4, 5, -1), (16, 7, -1), (32, 5, -1)]  # acl(5): who, what, number
    listed = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in acl)
    try:
        for path in (
            site / "pure",
            site / "pure/data/words.txt",
            site / "mine.py",
            env / "bin/run",
            env / "pyvenv.cfg",
        ):
            os.setxattr(path, "user.note", b"mine")
            os.setxattr(path, "system.posix_acl_access", listed)
        os.setxattr(site, "system.posix_acl_default", listed)
    except OSError as error:
        pytest.skip(f"this file system has no attributes or access lists: {error.strerror}")
    if group == 12345:
        os.chown(site / "pure/__init__.py", -1, 777)
    (place / "base").rename(place / "gone")
    before = access(env)
    assert run(["fix", str(env), "--yes", "--offline", *words]) == 0
    assert envs.run([env / "bin/run"]).out == "ran\n"
    after = access(env)
    assert {path: after[path] for path in before} == before
    assert run(["undo"]) == 0
    assert access(env) == before


@pytest.mark.slow
def test_a_giant_with_holes_is_carried_over_with_them(tmp_path: Path, two: tuple[Python, Python]) -> None:
    env = envs.make_venv(relocatable_copy(two[0].series, tmp_path / "base"), tmp_path / "env")
    site, size = envs.site_packages(env), GIB + (GIB >> 3)
    info = wheels.install(site, "pure", "1.0", files={"pure/__init__.py": "", "pure/model.bin": "x"})
    with (site / "pure/model.bin").open("wb") as stream:
        stream.truncate(size)
        stream.seek(GIB >> 1)
        stream.write(b"data")
    digest = hashlib.sha256()
    with (site / "pure/model.bin").open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    row = f"pure/model.bin,sha256={base64.urlsafe_b64encode(digest.digest()).decode().rstrip('=')},{size}\n"
    lines = (info / "RECORD").read_text().splitlines(keepends=True)
    (info / "RECORD").write_text("".join(row if line.startswith("pure/model.bin") else line for line in lines))
    (tmp_path / "base").rename(tmp_path / "gone")
    assert run(["fix", str(env), "--yes", "--offline", "--python", two[1].path]) == 0
    new = envs.site_packages(env)
    status = (new / "pure/model.bin").stat()
    assert (status.st_size, status.st_blocks < 1 << 13) == (size, True)
    assert row in (new / "pure-1.0.dist-info/RECORD").read_text()
