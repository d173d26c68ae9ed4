"""Discovery beside `find` and `fd`, its memory, its growth, and what it does on a slow disk."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from measuring import Bench, Row, command, compared, paired, peak_memory

from venvdoctor.inspection.overlap import THREADS
from venvdoctor.inspection.walk import WalkOptions, walk
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY = 0.005  # seconds for each listing of the simulated slow disk
WALK = (
    "import sys; from venvdoctor.view import View; from venvdoctor.inspection.walk import WalkOptions, walk;"
    "list(walk(View(), sys.argv[1], WalkOptions()))"
)


def measure(bench: Bench) -> None:
    """Fill the table's part on discovery."""
    tree = bench.tree()
    home = f"{tree}/home"
    with open(f"{tree}/environments.txt", encoding="utf-8") as stream:
        truth = stream.read().splitlines()
    bench.equal("discovery and the truth", _found(home), truth)
    find = shutil.which("find")
    fd = shutil.which("fdfind") or shutil.which("fd")
    runs: dict[str, Callable[[], object]] = {
        "discovery": lambda: _found(home),
        "os.scandir, everything": lambda: _all(home),
    }
    if find:
        runs["find -name pyvenv.cfg"] = command(find, home, "-name", "pyvenv.cfg")
    if fd:
        runs["fd -HI, all threads"] = command(fd, "-HI", "^pyvenv.cfg$", home)
    times = dict(zip(runs, paired(bench.rounds, *runs.values()), strict=True))
    base = times.get("find -name pyvenv.cfg")
    for name, seconds in times.items():
        bench.rows.append(compared(name, seconds, "find", base or seconds, 0.15 if name == "discovery" else None))
    memory = peak_memory([sys.executable, "-c", WALK, home])
    bench.rows.append(Row("discovery, peak memory", None, "", times["discovery"], note=f"{memory:.0f} MiB"))
    _growth(bench)
    _slow(bench)


def _found(home: str) -> list[str]:
    options = WalkOptions()
    return sorted(os.path.relpath(met.path, home) for met in walk(View(), home, options))


def _all(home: str) -> int:
    """Count everything, as a search without knowledge has to."""
    stack, count = [home], 0
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
    return count


def _growth(bench: Bench) -> None:
    """Say how time grows when everything doubles twice."""
    sizes = [(bench.entries // part, max(1, bench.environments // part)) for part in (4, 2, 1)]
    homes = [f"{bench.tree(*size)}/home" for size in sizes]
    times = paired(bench.rounds, *(lambda home=home: _found(home) for home in homes))  # type: ignore[misc]
    for (entries, _), seconds in zip(sizes[1:], times[1:], strict=True):
        bench.rows.append(compared(f"discovery, {entries} entries", seconds, "a quarter of the tree", times[0]))


def _slow(bench: Bench) -> None:
    """Delay every listing, and compare with the floor: all delays, shared among the threads."""
    home = f"{bench.tree(max(5000, bench.entries // 20), 20)}/home"
    expected, real, calls = _found(home), os.scandir, 0

    def scandir(path: str) -> os.ScandirIterator[str]:  # type: ignore[name-defined]
        nonlocal calls
        calls += 1
        time.sleep(DELAY)
        return real(path)

    os.scandir = scandir  # type: ignore[assignment]
    begun = time.perf_counter()
    try:
        bench.equal("discovery on a slow disk", _found(home), expected)
    finally:
        os.scandir = real
    seconds = time.perf_counter() - begun
    floor = calls * DELAY / THREADS
    bench.rows.append(
        Row(f"slow disk, {calls} listings of 5 ms", seconds / floor, "the floor of 16 threads", seconds, 1.5)
    )
