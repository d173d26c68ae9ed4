"""The HTML report in a real browser: its script runs under its own policy, and makes nothing of hostile names."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.reports import hostile, sample
from venvdoctor.format import Look
from venvdoctor.formats.html import render

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.report import Report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EVIL = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>\x1b[31m\u202e'

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium"),
]


def opened(report: Report, place: Path) -> tuple[str, str]:
    """Return the page after its script has run, and what the console said."""
    page = place / "report.html"
    page.write_text("".join(render(report, Look())), encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={place}/profile",
    ]
    command = [str(BROWSER), *options, "--virtual-time-budget=20000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    console = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode("utf-8", "replace"), "\n".join(console)


def test_the_page_draws_what_the_report_says(tmp_path: Path) -> None:
    dom, console = opened(sample(), tmp_path)
    assert console == ""
    assert len(re.findall(r'<button type="button" class="path"', dom)) == 7
    assert "/usr/bin/python3.11 is gone" in dom
    assert 'class="cut"' in dom, "the broken hop is marked in the graph"
    assert 'id="causes-part" hidden' not in dom


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    dom, console = opened(hostile(EVIL), tmp_path)
    assert console == ""
    assert "<img" not in dom
    assert dom.count("<script") == 2, "the report's data and the page's own script"
    assert "&lt;img src=x onerror=alert(1)&gt;" in dom
