"""Merging the reports of many hosts: time and memory against their number.

    python benchmarks/fleet.py 1000 10000 [--environments 100] [--formats text,jsonl,html,prometheus] [--plot fleet.svg]

The hosts are made up: each has the same number of environments, a fifth of them broken by the interpreter that an
upgrade removed, on one host in fifty the report says that the host could not be examined. Prints one line for each
number of hosts and format: bytes on disk, seconds of the processor (those of the clock tell of the machine's other
work, too), peak memory of the process that merges.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GONE = "/usr/bin/python3.11"
LATER = "/usr/bin/python3.13"


def environment(number: int) -> dict[str, object]:
    """One made-up environment; every fifth has lost its interpreter."""
    path, broken = f"/home/user{number % 7}/project-{number}/.venv", number % 5 == 0
    base = GONE if broken else LATER
    python = {
        "recorded_version": "3.11.2" if broken else "3.13.5",
        "actual_version": None if broken else "3.13.5",
        "implementation": "cpython",
        "abi": None if broken else "cp313",
        "executable": f"{path}/bin/python",
        "chain": [f"{path}/bin/python", f"{path}/bin/python3", base],
        "chain_end": "missing" if broken else "file",
        "base_executable": base,
        "base_prefix": "/usr",
        "provider": "debian",
    }
    finding = {
        "code": "VD101",
        "rule": "dangling-interpreter",
        "severity": "error",
        "message": f"{path}/bin/python leads to {GONE}, which is gone",
        "path": f"{path}/bin/python",
        "distribution": None,
        "evidence": {"target": GONE, "found": None, "others": [LATER]},
        "cause": f"interpreter-gone:{GONE}",
        "remedy": {"kind": "rebuild", "summary": "Rebuild it on Python 3.13", "command": f"venvdoctor fix {path}"},
    }
    return {
        "path": path,
        "kind": "venv",
        "manager": None,
        "name": f"project-{number}",
        "project": f"/home/user{number % 7}/project-{number}",
        "status": "broken" if broken else "healthy",
        "created_by": "venv",
        "python": python,
        "distributions": 40,
        "findings": [finding] if broken else [],
        "unreported": [],
    }


def report(count: int, *, examined: bool = True) -> dict[str, object]:
    """One made-up host's report; its name is `HOST`."""
    envs = [environment(number) for number in range(count if examined else 0)]
    broken = [str(env["path"]) for env in envs if env["status"] == "broken"]
    levels = {"error": len(broken), "warning": 0, "note": 0}
    healthy = len(envs) - len(broken)
    states = {"healthy": healthy, "degraded": 0, "broken": len(broken), "unknown": 0}
    cause = {"id": f"interpreter-gone:{GONE}", "summary": f"{GONE} is gone", "environments": broken, "remedy": None}
    interpreters = [
        {"path": path, "version": version, "implementation": "cpython", "provider": "debian", "environments": number}
        for path, version, number in ((GONE, None, len(broken)), (LATER, "3.13.5", healthy))
    ]
    return {
        "schema_version": 1,
        "tool": {"name": "venvdoctor", "version": "0"},
        "scan": {
            "roots": ["/"] if examined else [],
            "started_at": "2026-01-01T00:00:00Z",
            "duration_s": 1.5,
            "host": "HOST",
            "os": {"id": "debian", "version": "13"},
            "sysroot": None,
            "ignored": {},
            "complete": examined,
        },
        "summary": {"environments": len(envs), **states, "findings": levels},
        "environments": envs,
        "causes": [cause] if broken else [],
        "interpreters": [{**item, "findings": []} for item in interpreters] if envs else [],
        "findings": [],
        "errors": [] if examined else [{"path": "/", "message": "the host did not answer"}],
    }


def make(folder: str, hosts: int, environments: int) -> int:
    """Write the reports of so many hosts and return their bytes."""
    texts = [json.dumps(report(environments, examined=one), separators=(",", ":")) for one in (True, False)]
    size = 0
    for number in range(hosts):
        text = texts[number % 50 == 49].replace('"HOST"', f'"host{number:06}"', 1)
        size += len(text)
        Path(folder, f"host{number:06}.json").write_text(text, encoding="utf-8")
    return size


def measure(folder: str, form: str) -> tuple[float, float, float, int]:
    """Merge once; return seconds of the processor and of the clock, peak memory in MiB, bytes of the result."""
    result = Path(folder).parent / f"merged.{form}"
    words = [sys.executable, "-m", "venvdoctor", "report", folder]
    words += ["--format", "jsonl"] if form == "jsonl" else ["--output", f"{form}:{result}"]
    begun = time.monotonic()
    with open(result if form == "jsonl" else os.devnull, "wb") as out:
        process = subprocess.Popen(words, stdout=out)
        usage = os.wait4(process.pid, 0)[2]
    process.returncode = 0
    size = result.stat().st_size
    result.unlink()
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun, usage.ru_maxrss / 1024, size


def plot(rows: list[tuple[int, str, float, float]], path: str, what: str = "hosts") -> None:
    """Draw seconds (solid) and memory (dashed) against numbers of something, both axes logarithmic."""
    from math import log10  # noqa: PLC0415

    shades = {"text": "#0550ae", "jsonl": "#11652b", "html": "#b3161b", "prometheus": "#7a4d00", "json": "#6639ba"}
    low, high = min(row[0] for row in rows), max(row[0] for row in rows)

    def x(hosts: int) -> float:
        return 60 + 420 * (log10(hosts / low) / (log10(high / low) or 1))

    def y(value: float) -> float:
        return 300 - 60 * log10(max(value, 0.1) * 10)

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -12 680 352" font-family="sans-serif" font-size="12">']
    for power in range(-1, 5):
        parts.append(f'<text x="20" y="{y(10**power) + 4:.0f}">{10**power:g}</text>')
        parts.append(f'<path d="M60,{y(10**power):.0f}H480" stroke="#ccc"/>')
    numbers = sorted({row[0] for row in rows})
    parts += [f'<text x="{x(hosts) - 15:.0f}" y="320">{hosts}</text>' for hosts in numbers]
    for index, form in enumerate(dict.fromkeys(row[1] for row in rows)):
        for column, dash, unit in ((2, "", "s"), (3, "6 4", "MiB")):
            places = [(x(row[0]), y(row[column])) for row in rows if row[1] == form]
            points, shade = " ".join(f"{left:.0f},{top:.0f}" for left, top in places), shades.get(form, "#000")
            parts += [f'<circle cx="{left:.0f}" cy="{top:.0f}" r="3" fill="{shade}"/>' for left, top in places]
            parts.append(f'<polyline points="{points}" fill="none" stroke="{shade}" stroke-dasharray="{dash}"/>')
            where = f'x="490" y="{60 + 40 * index + (18 if dash else 0)}" fill="{shade}"'
            parts.append(f"<text {where}>{form}, {unit}{' (dashed)' if dash else ''}</text>")
    parts += [f'<text x="230" y="337">{what}</text>', "</svg>", ""]
    Path(path).write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hosts", nargs="+", type=int)
    parser.add_argument("--environments", type=int, default=100)
    parser.add_argument("--formats", default="text,jsonl,html,prometheus")
    parser.add_argument("--folder", default=None, help="where the reports are made (and removed)")
    parser.add_argument("--plot", default=None)
    args = parser.parse_args()
    rows = []
    for hosts in args.hosts:
        place = tempfile.mkdtemp(prefix="fleet-", dir=args.folder)
        try:
            folder = f"{place}/reports"
            os.mkdir(folder)
            size = make(folder, hosts, args.environments)
            for form in args.formats.split(","):
                seconds, clock, memory, result = measure(folder, form)
                rows.append((hosts, form, seconds, memory))
                print(
                    f"{hosts:>7} hosts  {hosts * args.environments:>9} environments  {size / 1e6:>8.0f} MB  "
                    f"{form:<10} {seconds:>8.1f} s ({clock:.1f} s by the clock)  {memory:>6.0f} MiB peak  "
                    f"{result / 1e6:>8.1f} MB out",
                    flush=True,
                )
        finally:
            shutil.rmtree(place)
    if args.plot:
        plot(rows, args.plot)
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
