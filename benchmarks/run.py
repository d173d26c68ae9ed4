"""Run every benchmark and print the table of ratios.

    python benchmarks/run.py [NAME]… [--quick] [--rounds 5] [--entries 1500000] [--environments 500] [--directory DIR]
                             [--plot growth.svg]

A benchmark is a file `bench_NAME.py` with a function `measure(bench)` that adds rows (see `measuring.py`). `--quick`
uses small trees and one round: it says nothing about time and only compares answers. Exit code 1: answers differ.
"""

from __future__ import annotations

import argparse
import glob
import importlib
import os
import platform
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

from measuring import Bench  # noqa: E402 - a script's neighbour


def main() -> int:
    """Run what the command line names; return the exit code."""
    names = sorted(os.path.basename(path)[6:-3] for path in glob.glob(f"{HERE}/bench_*.py"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}; all by default")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--environment", action="append", default=[], metavar="DIR", help="a real one (repeatable)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", type=int, default=1_500_000)
    parser.add_argument("--environments", type=int, default=500)
    parser.add_argument("--directory", default=f"{tempfile.gettempdir()}/venvdoctor-benchmarks")
    parser.add_argument("--plot", default="", metavar="FILE", help="draw the growth")
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(names):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    sizes = (20_000, 40, 1) if wanted.quick else (wanted.entries, wanted.environments, wanted.rounds)
    bench = Bench(directory=wanted.directory, entries=sizes[0], environments=sizes[1], rounds=sizes[2])
    bench.given, bench.plot = wanted.environment, wanted.plot
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    print(f"{sizes[0]} entries, {sizes[1]} environments, medians of {sizes[2]} paired runs\n")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"load at the start: {load} (other programs stretch the clock; the second ratio is of processor seconds)\n")
    print("| what | ratio | CPU | to | target | seconds | |\n|---|---|---|---|---|---|---|")
    for name in wanted.names or names:
        done = len(bench.rows)
        importlib.import_module(f"bench_{name}").measure(bench)
        print("\n".join(row.text for row in bench.rows[done:]), flush=True)
    for line in bench.wrong:
        print(f"WRONG: {line}", file=sys.stderr)
    return 1 if bench.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
