"""The whole scan of a home directory, beside `find`: without and with what the last one kept, memory, growth."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from measuring import Bench, Row, answer, command, compared, once, paired, peak_memory, untimed

DELAY = 0.005  # seconds for each look at the simulated slow disk
WAITING = 16  # looks that are waited for at once


def measure(bench: Bench) -> None:
    """Fill the table's part on many environments."""
    home = f"{bench.tree()}/home"
    scan = [sys.executable, "-m", "venvdoctor", "scan", home]
    _answers(bench, scan)
    find = shutil.which("find") or "find"
    reference, cold, kept, single = paired(
        bench.rounds,
        command(find, home, "-name", "pyvenv.cfg"),
        command(*scan, "--no-cache"),
        command(*scan),
        command(*scan, "--no-cache", "--jobs", "1"),
    )
    size = f"{bench.environments} environments"
    bench.rows += [
        compared(f"scan, {size}", cold, "find", reference, 0.65),
        compared(f"scan, {size}, one process", single, "find", reference),
        compared(f"scan, {size}, second time", kept, "find", reference, 0.30),
    ]
    for form in ("json", "jsonl"):
        memory = peak_memory([*scan, "--no-cache", "--format", form])
        bench.rows.append(Row(f"scan, {size}, peak memory, {form}", None, "", cold, note=f"{memory:.0f} MiB"))
    _slow(bench)


def _answers(bench: Bench, scan: list[str]) -> None:
    """Compare the answers with and without a cache, and of one and several processes."""
    expected = answer(*scan, "--no-cache", "--jobs", "1")
    for words in (["--no-cache", "--jobs", "3"], ["--jobs", "2"], ["--jobs", "1"], []):
        bench.equal(f"scan {' '.join(words)}", answer(*scan, *words), expected)


def _slow(bench: Bench) -> None:
    """Delay every look at a small tree, and compare with the floor: all delays, shared among those that wait."""
    compiler, source = shutil.which("cc"), Path(__file__).with_name("delay.c")
    if compiler is None or sys.platform != "linux":
        return
    entries = min(bench.entries, 20_000)
    home = f"{bench.tree(entries, max(1, entries // 300))}/home"
    scan = [sys.executable, "-m", "venvdoctor", "scan", home, "--no-cache"]
    with tempfile.TemporaryDirectory() as place:
        once([compiler, "-shared", "-fPIC", "-O2", "-o", f"{place}/delay.so", str(source), "-ldl"])
        Path(place, "count").write_bytes(bytes(8))
        more = {"LD_PRELOAD": f"{place}/delay.so", "SLOW_ROOT": home, "SLOW_COUNT": f"{place}/count"}
        more["SLOW_MICROSECONDS"] = str(int(DELAY * 1e6))
        spent, _, output = once([*scan, "--format", "json"], more)
        calls = int.from_bytes(Path(place, "count").read_bytes(), sys.byteorder)
    bench.equal("a scan of a slow disk", untimed(output), answer(*scan))
    floor = calls * DELAY / WAITING
    bench.rows.append(Row(f"scan of a slow disk, {calls} looks of 5 ms", spent / floor, "the floor", spent, 1.5))
