"""Trees of names that mean something to the walk, put together at random: nothing is missed by what it leaves out."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.support.places import exhaustive, found, mark, relative, write

if TYPE_CHECKING:
    from pathlib import Path

# Every name that the walk knows, but those it leaves out by design (see inspection/prune.py).
NAMES = (
    "alpha", "beta", ".git", "objects", "refs", "HEAD", "content-v2", "http", "pip", "_cacache", "go-build", "pkgs", "envs",
    "storage", "docker", "archive-v0x", "wheels-v", "lib", "share", "src", ".tox", ".venv", "venv", ".cache", "etc",
    "containers", "www", "include2", "Scripts2", "python", "site-packages", "node_modules2", "conda",
)  # fmt: skip


def grow(place: Path, chance: random.Random, depth: int) -> None:
    """Make directories, some of them environments, some with the files that make the walk look closer."""
    place.mkdir(exist_ok=True)
    for name in chance.sample(NAMES, chance.randint(1, 4)):
        below = place / name
        if below.exists():
            continue
        below.mkdir()
        conda = chance.random() < 0.05
        if conda or chance.random() < 0.2:
            mark(below, conda=conda)
        if chance.random() < 0.2:
            write(below / chance.choice(["urls.text", "CACHEDIR.TAG", "FETCH_HEAD", "setup.py", ".python-version"]))
        if depth:
            grow(below / "envs" if conda else below, chance, depth - 1)


@pytest.mark.parametrize("seed", range(25))
def test_the_walk_finds_what_looking_everywhere_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    grow(tmp_path, chance, 4)
    everything = exhaustive(tmp_path)
    inside = {path for path in everything if _is_in_packages(path, everything)}
    assert set(relative(found(tmp_path), tmp_path)) == everything - inside


def _is_in_packages(path: str, environments: set[str]) -> bool:
    """Return whether a directory lies in what belongs to an environment above it."""
    parts = path.split(os.sep)
    for length in range(len(parts)):
        above = os.sep.join(parts[:length]) or "."
        rest = parts[length:]
        if above in environments and _is_own(rest):
            return True
    return False


def _is_own(rest: list[str]) -> bool:
    return rest[0] == "bin" or (rest[0] == "lib" and len(rest) > 1 and rest[1].startswith(("python", "site-packages")))
