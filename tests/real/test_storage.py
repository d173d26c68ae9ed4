"""Whose bytes an environment consists of: real hard links and links into a real cache of uv, before and after a purge."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.conda_tree import make_conda
from tests.support.envs import run, uv
from tests.support.pythons import python
from tests.support.wheels import make_wheel
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.distribution import Storage

pytestmark = pytest.mark.real
SIZE = 100_000


def storage(env: Path, **environ: str) -> Storage:
    """What is said of the environment's bytes."""
    shared = Shared(view=View(), host=Host(environ=environ), needs=frozenset({"distributions", "storage"}))
    facts = examine(Candidate(path=str(env)), shared)
    assert facts is not None
    assert facts.library is not None
    assert facts.library.storage is not None
    return facts.library.storage


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments by uv in three modes, and a cache of its own."""
    place = tmp_path_factory.mktemp("storage")
    wheel = make_wheel(place, "bulk", "1.0", files={"bulk/__init__.py": "#" * SIZE})
    environ = {"UV_CACHE_DIR": str(place / "cache"), "UV_OFFLINE": "1"}
    for name, mode in (("hard", "hardlink"), ("other", "hardlink"), ("soft", "symlink"), ("copy", "copy")):
        uv("venv", "-q", "-p", python().path, place / name, **environ)
        target = place / name / "bin" / "python"
        uv("pip", "install", "-q", "--no-deps", "--link-mode", mode, "--python", target, wheel, **environ)
    if os.stat(next((place / "hard").glob("lib/*/site-packages/bulk/__init__.py"))).st_nlink < 3:
        pytest.skip("no hard links on this file system")
    return place


def test_modes_and_a_purge(ground: Path) -> None:
    cache = str(ground / "cache")
    known = {"UV_CACHE_DIR": cache}
    hard, soft, copy = (storage(ground / name, **known) for name in ("hard", "soft", "copy"))
    assert hard.caches == (cache,)
    assert hard.shared >= SIZE > hard.own
    assert hard.others >= SIZE  # `other` has it too
    assert (soft.caches, soft.shared, soft.dead) == ((cache,), 0, 0)
    assert soft.linked_bytes >= SIZE
    assert (copy.caches, copy.shared, copy.linked) == ((), 0, 0)
    assert copy.own >= SIZE
    assert storage(ground / "hard").caches == ()  # nobody says where that cache is

    uv("cache", "clean", "-q", **known)
    hard, soft = (storage(ground / name, **known) for name in ("hard", "soft"))
    assert (hard.caches, hard.others) == ((), hard.shared)
    assert (soft.caches, soft.linked, soft.linked_bytes) == ((cache,), soft.dead, 0)
    assert run([ground / "hard" / "bin" / "python", "-c", "import bulk; open(bulk.__file__)"]).ok
    assert not run([ground / "soft" / "bin" / "python", "-c", "import bulk; open(bulk.__file__)"]).ok
    shutil.rmtree(ground / "other")
    assert storage(ground / "hard", **known).shared == 0


def test_the_interpreters_link_is_no_link_into_a_cache(ground: Path) -> None:
    found = storage(ground / "copy")
    assert found.elsewhere >= 1
    assert found.linked == 0


def test_names_within_the_environment_are_its_own(ground: Path) -> None:
    module = next((ground / "copy").glob("lib/*/site-packages/bulk/__init__.py"))
    os.link(module, module.with_name("again.py"))
    found = storage(ground / "copy")
    assert found.shared == 0
    assert SIZE <= found.own < 2 * SIZE
    module.with_name("again.py").unlink()


def test_conda(tmp_path: Path) -> None:
    env = make_conda(tmp_path / "envs" / "a")
    module = next(env.glob("lib/python3.*/site-packages/hello/__init__.py"))
    source = tmp_path / "pkgs" / "hello-1.0-0"
    (source / "info").mkdir(parents=True)
    relative = str(module.relative_to(env))
    (source / "info" / "files").write_text(relative + "\n")
    (source / relative).parent.mkdir(parents=True)
    os.link(module, source / relative)
    record = next(env.glob("conda-meta/hello-*.json"))
    record.write_text(record.read_text().replace("/pkgs/hello-1.0-0", str(source)))
    assert storage(env).caches == (str(tmp_path / "pkgs"),)
