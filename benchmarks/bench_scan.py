"""The whole scan of a home directory, beside `find`: without and with what the last one kept, memory, growth."""

from __future__ import annotations

import shutil
import sys

from measuring import Bench, Row, answer, command, paired, peak_memory

PARTS = (8, 4, 2, 1)  # the growth is measured on an eighth, a quarter, a half and all of the tree


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
        Row(f"scan, {size}", cold / reference, "find", cold, 0.65),
        Row(f"scan, {size}, one process", single / reference, "find", single),
        Row(f"scan, {size}, second time", kept / reference, "find", kept, 0.30),
    ]
    for form in ("json", "jsonl"):
        memory = peak_memory([*scan, "--no-cache", "--format", form])
        bench.rows.append(Row(f"scan, {size}, peak memory, {form}", None, "", cold, note=f"{memory:.0f} MiB"))
    _growth(bench)


def _answers(bench: Bench, scan: list[str]) -> None:
    """Compare the answers with and without a cache, and of one and several processes."""
    expected = answer(*scan, "--no-cache", "--jobs", "1")
    for words in (["--no-cache", "--jobs", "3"], ["--jobs", "2"], ["--jobs", "1"], []):
        bench.equal(f"scan {' '.join(words)}", answer(*scan, *words), expected)


def _growth(bench: Bench) -> None:
    """Say what an environment costs in trees of several sizes: the same everywhere when growth is linear."""
    sizes = [(bench.entries // part, max(1, bench.environments // part)) for part in PARTS]
    scan = (sys.executable, "-m", "venvdoctor", "scan", "--no-cache", "--jobs", "1")
    runs = [command(*scan, f"{bench.tree(*size)}/home") for size in sizes]
    nothing, *times = paired(bench.rounds, command(*scan, bench.environment(0)), *runs)
    per = [(seconds - nothing) / count for seconds, (_, count) in zip(times, sizes, strict=True)]
    for each, seconds, (entries, count) in zip(per, times, sizes, strict=True):
        bar = "█" * max(1, round(20 * each / max(per)))
        note = f"{each * 1000:.1f} ms each {bar}"
        bench.rows.append(
            Row(f"{count} environments in {entries} entries", each / per[-1], "per one", seconds, note=note)
        )
