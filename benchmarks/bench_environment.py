"""The complete scan of one environment, beside the programs that check one thing in it: its requirements."""

from __future__ import annotations

import shutil
import sys

from measuring import Bench, answer, command, compared, paired

from venvdoctor import diagnosis

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
    imports = ",".join(rule.code for rule in diagnosis.catalogue() if "imports" in rule.needs)
    parts = {"no rule about imports": ["--ignore", imports], "requirements alone": ["--select", "VD506"]}
    runs = [command(python, "-m", "pip", "check"), command(*scan, "--no-cache"), command(*scan)]
    runs += [command(*scan, "--no-cache", *words) for words in parts.values()]
    if uv:
        runs.append(command(uv, "pip", "check", "--python", python))
    times = paired(bench.rounds, *runs)
    target = next((value for least, value in sorted(TARGETS.items(), reverse=True) if size >= least), None)
    bench.rows += [
        compared(f"scan, {size} distributions", times[1], "`pip check`", times[0], target),
        compared(f"scan, {size} distributions, second time", times[2], "`pip check`", times[0]),
    ]
    for what, spent in zip(parts, times[3:], strict=False):
        bench.rows.append(compared(f"scan, {size} distributions, {what}", spent, "`pip check`", times[0]))
    if uv:
        what = f"scan, {size} distributions, second time"
        bench.rows.append(compared(what, times[2], "`uv pip check`", times[-1], 1.5))
