"""How time and memory grow with the number of environments: small ones, ten times as many each time, as `jsonl`."""

from __future__ import annotations

import json
import os
import sys

from fleet import plot
from measuring import Bench, Row, once

SIZES = (100, 1_000, 10_000, 100_000)
MOST = 200  # times the environments of the large tree


def measure(bench: Bench) -> None:
    """Fill the table's part on growth: processor seconds for each environment, and peak memory."""
    scan = [sys.executable, "-m", "venvdoctor", "scan", "--no-cache", "--jobs", "1", "--format", "jsonl"]
    start = once([*scan, _tree(bench, 1)])[0].cpu
    found = []
    for size in (size for size in SIZES if size <= MOST * bench.environments):
        spent, memory, output = once([*scan, _tree(bench, size)])
        last = json.loads(output.splitlines()[-1])
        bench.equal(f"the number of environments among {size}", last["environments"], size)
        found.append((size, "jsonl", spent.cpu, memory))
    least = min((seconds - start) / size for size, _, seconds, _ in found)
    for size, _, seconds, memory in found:
        each = (seconds - start) / size
        note = f"{each * 1000:.2f} ms each, {memory:.0f} MiB"
        row = Row(f"{size} small environments", None, "the least per one", seconds, note=note, cpu=each / least)
        bench.rows.append(row)
    if bench.plot:
        plot(found, bench.plot, "environments")


def _tree(bench: Bench, count: int) -> str:
    """Return a directory of so many environments without packages, every tenth with its interpreter gone."""
    root = f"{bench.directory}/small-{count}"
    if os.path.exists(f"{root}/made"):
        return f"{root}/home"
    real, version = os.path.realpath(sys.executable), ".".join(map(str, sys.version_info[:3]))
    text = f"home = {os.path.dirname(real)}\nversion = {version}\nexecutable = {real}\n"
    for number in range(count):
        path = f"{root}/home/group{number // 1000}/project{number // 20 % 50}/env{number}"
        os.makedirs(f"{path}/bin")
        os.makedirs(f"{path}/lib/python{version.rpartition('.')[0]}/site-packages")
        with open(f"{path}/pyvenv.cfg", "w", encoding="utf-8") as stream:
            stream.write(text)
        os.symlink(real if number % 10 else "/usr/bin/python3.5", f"{path}/bin/python")
    with open(f"{root}/made", "w", encoding="utf-8"):
        return f"{root}/home"
