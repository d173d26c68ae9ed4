"""The benchmarks' own answers, on small trees: with and without a cache, of one and of several processes, all equal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_all_answers_are_equal(tmp_path: Path) -> None:
    sizes = ["--entries", "1500", "--environments", "30", "--rounds", "1", "--plot", str(tmp_path / "growth.svg")]
    command = [sys.executable, str(ROOT / "benchmarks/run.py"), "scan", "growth", *sizes, "--directory", str(tmp_path)]
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environ)
    assert done.returncode == 0, done.stderr
    assert "second time" in done.stdout
    assert (tmp_path / "growth.svg").read_text().startswith("<svg")
