"""The long run: `python -m tests.fuzz [TARGET…] --runs N --seconds S`; coverage-guided where atheris is installed.

What it finds is written to `crashes/`, where the test suite replays it for ever.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz import engine
from tests.fuzz.targets import TARGETS

CRASHES = Path(__file__).parent / "crashes"


def main() -> int:
    """Hunt in each target and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--number", type=int, default=1, help="which series of inputs")
    parser.add_argument("--slow", action="store_true", help="long repetitions instead: what takes over a second")
    parser.add_argument("--guided", action="store_true", help="with atheris, each target in a process of its own")
    chosen = parser.parse_args()
    failed = 0
    for name in chosen.targets or TARGETS:
        if chosen.guided:
            failed += _guided(name, chosen.runs, chosen.seconds)
            continue
        clock = time.monotonic()
        if chosen.slow:
            count, found = _slow(name)
        else:
            count, found = engine.hunt(TARGETS[name], chosen.number, chosen.runs, chosen.seconds)
        for crash in found:
            _keep(name, crash)
        failed += len(found)
        print(f"{name:16} {count:9} inputs {time.monotonic() - clock:7.1f} s  {len(found)} found", flush=True)
    return min(failed, 1)


def _slow(name: str) -> tuple[int, list[engine.Crash]]:
    found: list[engine.Crash] = []
    count = 0
    for data in engine.repetitions(TARGETS[name], 200_000):
        clock = time.monotonic()
        crash = engine.attempt(TARGETS[name], data)
        count += 1
        took = time.monotonic() - clock
        if crash or took > 1:
            found.append(crash or engine.Crash(data, f"{took:.1f} s"))
    return count, found


def _keep(name: str, crash: engine.Crash) -> None:
    folder = CRASHES / name
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / hashlib.sha256(crash.data).hexdigest()[:12]
    place.write_bytes(crash.data)
    print(f"{name}: {crash.what}: {place.name} ({len(crash.data)} bytes: {crash.data[:60]!r})", flush=True)


def _guided(name: str, runs: int, seconds: float) -> int:
    command = [sys.executable, "-m", "tests.fuzz.guided", name, f"-runs={runs}", f"-max_total_time={int(seconds)}"]
    command += ["-close_fd_mask=1", "-handle_alrm=0"]
    done = subprocess.run(command, capture_output=True, check=False)
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    found = [line for line in lines if line.startswith("FOUND")]
    last = [line for line in lines if line.startswith(("Done", "#", "stat::number"))][-1:] or lines[-1:]
    print(f"{name:16} {' '.join([*last, *found])}  exit {done.returncode}", flush=True)
    return done.returncode != 0 or bool(found)


if __name__ == "__main__":
    sys.exit(main())
