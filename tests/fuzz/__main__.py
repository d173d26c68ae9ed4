"""The long run: `python -m tests.fuzz [TARGET…] --runs N --seconds S`; led by coverage from Python 3.12 on.

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
        done = _slow(name) if chosen.slow else engine.hunt(TARGETS[name], chosen.number, chosen.runs, chosen.seconds)
        for crash in done.crashes:
            _keep(name, crash)
        failed += len(done.crashes)
        took = time.monotonic() - clock
        led = f"{done.places:6} places {done.kept:5} kept" if done.places else ""
        print(f"{name:20} {done.runs:9} inputs {took:7.1f} s {led} {len(done.crashes)} found", flush=True)
    return min(failed, 1)


def _slow(name: str) -> engine.Hunt:
    found: list[engine.Crash] = []
    count = 0
    for data in engine.repetitions(TARGETS[name], 200_000):
        clock = time.monotonic()
        crash = engine.attempt(TARGETS[name], data)
        count += 1
        took = time.monotonic() - clock
        if crash or took > 1:
            found.append(crash or engine.Crash(data, f"{took:.1f} s"))
    return engine.Hunt(count, 0, 0, tuple(found))


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
