"""The complete scan of one environment, beside the programs that check one thing in it: its requirements."""

from __future__ import annotations

import shutil
import sys

from measuring import Bench, answer, command, compared, paired

TARGETS = {49: 0.20, 370: 0.15}


def measure(bench: Bench) -> None:
    """Fill the table's part on one environment."""
    for path in bench.given or [bench.environment(size) for size in TARGETS]:
        _measure(bench, path)


def _measure(bench: Bench, path: str) -> None:
    python, size = f"{path}/bin/python", bench.size_of(path)
    scan = [sys.executable, "-m", "venvdoctor", "scan", path]
    cold, kept = answer(*scan, "--no-cache"), [answer(*scan), answer(*scan)]
    for other in kept:
        bench.equal(f"a scan of {path} with and without a cache", other, cold)
    uv = shutil.which("uv")
    runs = [command(python, "-m", "pip", "check"), command(*scan, "--no-cache"), command(*scan)]
    if uv:
        runs.append(command(uv, "pip", "check", "--python", python))
    times = paired(bench.rounds, *runs)
    target = next((value for least, value in sorted(TARGETS.items(), reverse=True) if size >= least), None)
    bench.rows += [
        compared(f"scan, {size} distributions", times[1], "`pip check`", times[0], target),
        compared(f"scan, {size} distributions, second time", times[2], "`pip check`", times[0]),
    ]
    if uv:
        what = f"scan, {size} distributions, second time"
        bench.rows.append(compared(what, times[2], "`uv pip check`", times[3], 1.5))
