"""Paired runs: A B A B …, medians, and the ratio between them. On a shared machine only ratios mean something."""

from __future__ import annotations

import glob
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# Run by a small process of its own: a program inherits the most memory that the process which starts it ever held.
WATCHED = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.call(sys.argv[2:])
clock, usage = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
print(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=open(sys.argv[1], "w"))
"""


class Spent(float):
    """Seconds by the clock; `cpu` are those of the processor, which other programs stretch less."""

    cpu: float

    def __new__(cls, clock: float, cpu: float) -> Spent:
        """Make one of both."""
        made = super().__new__(cls, clock)
        made.cpu = cpu
        return made


class Row(NamedTuple):
    """One line of the table: what was measured, the ratio to what, and what the ratio should be at most.

    Attributes:
        cpu: the ratio of processor seconds, where they were taken.
    """

    what: str
    ratio: float | None
    reference: str
    seconds: float
    target: float | None = None
    note: str = ""
    cpu: float | None = None

    @property
    def text(self) -> str:
        """The line as Markdown."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        target = "-" if self.target is None else f"≤ {self.target:.2f}"
        cpu = "-" if self.cpu is None else f"{self.cpu:.2f}"
        return f"| {self.what} | {ratio} | {cpu} | {self.reference} | {target} | {self.seconds:.2f} | {self.note} |"


def compared(what: str, spent: Spent, reference: str, base: Spent, target: float | None = None) -> Row:
    """Return the line that compares two runs taken in turns."""
    return Row(what, spent / base, reference, spent, target, cpu=spent.cpu / base.cpu if base.cpu else None)


@dataclass(kw_only=True)
class Bench:
    """What a benchmark is given.

    Attributes:
        directory: scratch space that is kept between runs (trees are expensive to make).
        entries, environments: size of the large tree.
        rounds: paired runs.
        given: real environments to measure instead of made-up ones.
        plot: where the growth is drawn, "": nowhere.
        rows: the table.
        wrong: differences between answers that have to be equal.
    """

    directory: str
    entries: int
    environments: int
    rounds: int
    given: list[str] = field(default_factory=list)
    plot: str = ""
    rows: list[Row] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def equal(self, what: str, found: object, expected: object) -> None:
        """Note a difference between two answers."""
        if found != expected:
            self.wrong.append(f"{what}: the answers differ")

    def tree(self, entries: int = 0, environments: int = 0) -> str:
        """Return a generated tree, made on first use: its `home`, and `environments.txt` with the truth."""
        from trees import generate  # noqa: PLC0415 - a script's neighbour

        entries, environments = entries or self.entries, environments or self.environments
        place = f"{self.directory}/tree-{entries}-{environments}"
        if not os.path.exists(f"{place}/environments.txt"):
            os.makedirs(place, exist_ok=True)
            print(f"generating {entries} entries with {environments} environments …", file=sys.stderr)
            generate(place, entries, environments)
        return place

    def environment(self, size: int) -> str:
        """Return an environment of so many made-up distributions, pip among them, made on first use."""
        from trees import environment  # noqa: PLC0415 - a script's neighbour

        place = f"{self.directory}/environment-{size}"
        if not os.path.exists(f"{place}/made"):
            environment(place, size)
        return place

    def size_of(self, path: str) -> int:
        """Return how many distributions an environment has."""
        return len(glob.glob(f"{path}/lib/python*/site-packages/*.dist-info"))


def answer(*words: str) -> object:
    """Return the report of a scan, without what differs between any two runs."""
    done = subprocess.run([*words, "--format", "json"], capture_output=True, check=False, env=_environ())
    return untimed(done.stdout)


def untimed(output: bytes) -> object:
    """Return a report as read, without its times."""
    report = json.loads(output)
    report["scan"].update(started_at="", duration_s=0)
    return report


def _environ() -> dict[str, str]:
    """Return this process's variables, with this venvdoctor and a cache of our own."""
    cache = os.path.join(tempfile.gettempdir(), "venvdoctor-benchmarks", "cache")
    os.makedirs(cache, exist_ok=True)
    compiled = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed
    return {**compiled, "PYTHONPATH": ROOT, "XDG_CACHE_HOME": cache}


def command(*words: str) -> Callable[[], object]:
    """Return a run of a program whose output is thrown away."""
    environ = _environ()
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=environ)


def paired(rounds: int, *runs: Callable[[], object]) -> list[Spent]:
    """Return the median seconds of each run, taken in turns after one round to warm the cache."""
    times: list[list[Spent]] = [[] for _ in runs]
    for number in range(rounds + 1):
        for spent, run in zip(times, runs, strict=True):
            begun, before = time.perf_counter(), _processor()
            run()
            if number:
                spent.append(Spent(time.perf_counter() - begun, _processor() - before))
    return [Spent(statistics.median(item), statistics.median(one.cpu for one in item)) for item in times]


def _processor() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def once(words: Sequence[str], more: dict[str, str] | None = None) -> tuple[Spent, float, bytes]:
    """Run a program; return its seconds, the most memory that one of its processes held (MiB), and its output."""
    with tempfile.TemporaryFile() as out, tempfile.NamedTemporaryFile("r", encoding="utf-8") as told:
        environ = {**_environ(), **(more or {})}
        command = [sys.executable, "-c", WATCHED, told.name, *words]
        subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, env=environ, check=True)
        clock, cpu, memory = map(float, told.read().split())
        out.seek(0)
        return Spent(clock, cpu), memory / 1024, out.read()


def peak_memory(words: Sequence[str]) -> float:
    """Return the most memory that a program held, in MiB."""
    return once(words)[1]
