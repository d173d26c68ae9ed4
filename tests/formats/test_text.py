"""The text report as a person reads it: at 80 columns, without colour, in ASCII, in a log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.reports import GONE, add, environment, finding, sample, scan_data
from venvdoctor import reporting
from venvdoctor.format import Look
from venvdoctor.formats.text import render
from venvdoctor.registry import member_names

if TYPE_CHECKING:
    from venvdoctor.report import Report

EXPECTED = """\
7 environments: 3 broken, 1 degraded, 1 unknown, 2 healthy. (1 warning, 1 note)

Causes
  ✗ /usr/bin/python3.11 is gone: 3 environments (VD101)
    → rebuild the environment with its packages
      venvdoctor fix --cause interpreter-gone:/usr/bin/python3.11 /home/ann

Environments
  ✗ broken    /home/ann/app/.venv
              venv · made for Python 3.11.2
    error   VD101  /usr/bin/python3.11 is gone
  ✗ broken    /home/ann/blog/.venv
              venv · made for Python 3.11.2
    error   VD101  /usr/bin/python3.11 is gone
  ✗ broken    /home/ann/crawler/.venv
              venv · made for Python 3.11.2
    error   VD101  /usr/bin/python3.11 is gone
  ? unknown   /root/secret
  ! degraded  /home/ann/.local/pipx/venvs/black
              venv · of pipx · Python 3.13.5
    error   VD504  click 8.1.7 is recorded as installed and its package click is
                   not there, so importing it fails
                   at lib/python3.13/site-packages/click-8.1.7.dist-info/RECORD
                   → install click again
                     /home/ann/.local/pipx/venvs/black/bin/python -m pip install --force-reinstall click
  ✓ healthy   /home/ann/fine
              venv · Python 3.13.5
    warning VD512  bin/x is not executable
                   at bin/x
                   → rebuild the environment with its packages: venvdoctor fix
  ✓ 1 other is healthy (-v lists them)

Outside the environments
    error   VD702  the kernel 'old' starts /gone/bin/python
                   at /home/ann/.local/share/jupyter/kernels/old/kernel.json
                   → remove the kernel: jupyter kernelspec remove old

The scan is incomplete
  ? /root/secret: Permission denied

Next: venvdoctor fix --dry-run /home/ann   shows what a repair would do
"""


def text(report: Report, **look: object) -> str:
    return "".join(render(report, Look(**look)))  # type: ignore[arg-type]


def test_the_whole_of_it() -> None:
    assert text(sample()) == EXPECTED


def test_nothing_but_paths_and_commands_is_wider_than_the_terminal() -> None:
    for width in (60, 80, 100):
        for line in text(sample(), width=width).splitlines():
            assert len(line) <= width or "/" in line or "venvdoctor" in line, (width, line)


def test_colours_add_nothing_but_colours() -> None:
    painted = text(sample(), colour=True)
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == EXPECTED


def test_in_ascii_every_sign_has_a_word_beside_it() -> None:
    plain = text(sample(), unicode=False)
    plain.encode("ascii")
    assert "x broken    /home/ann/app/.venv" in plain


def test_quiet_is_the_verdict_and_verbose_is_everything() -> None:
    assert text(sample(), verbosity=-1) == EXPECTED.splitlines()[0] + "\n"
    told = text(sample(), verbosity=1)
    assert "/home/ann/finer" in told
    assert "VD117" in told
    assert told.count("which does not exist") == 3, "the cause's name is no longer enough"


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([], "No environment was found."),
        (["healthy"], "The environment is healthy."),
        (["broken"], "The environment is broken."),
        (["unknown"], "The environment is unknown."),
        (["healthy", "healthy"], "All 2 environments are healthy."),
        (["broken", "broken"], "2 environments: 2 broken."),
        (["broken", "healthy"], "2 environments: 1 broken, 1 healthy."),
    ],
)
def test_the_verdict(statuses: list[str], verdict: str) -> None:
    parts = reporting.Assembler()
    for number, status in enumerate(statuses):
        add(parts, environment(f"/e{number}"), status)  # type: ignore[arg-type]
    report = parts.report({"name": "venvdoctor", "version": "0"}, scan_data())
    assert text(report).splitlines()[0] == verdict


def fleet_of(count: int, **scan: object) -> Report:
    """Return a report of environments that share one cause."""
    parts = reporting.Assembler()
    for number in range(count):
        path = f"/home/ann/p{number:03}/.venv"
        add(
            parts,
            environment(path, gone=True),
            "broken",
            finding(path=f"{path}/bin/python", impact="broken", cause=GONE),
        )
    return parts.report({"name": "venvdoctor", "version": "0"}, scan_data(**scan))


def test_what_hangs_on_one_cause_is_a_line_each_and_the_first_screen_tells_the_repair() -> None:
    told = text(fleet_of(200)).splitlines()
    assert told[0] == "200 environments: 200 broken."
    assert told[3:6] == [
        "  ✗ /usr/bin/python3.11 is gone: 200 environments (VD101)",
        "    → rebuild the environment with its packages",
        "      venvdoctor fix --cause interpreter-gone:/usr/bin/python3.11 /home/ann",
    ]
    assert told[8] == "  ✗ broken    /home/ann/p000/.venv  VD101"
    assert "    … and 160 more of the causes above (-v lists them)" in told
    assert len(told) < 55
    assert len(text(fleet_of(200), verbosity=1).splitlines()) > 800, "-v tells each in full"


def test_nothing_found_says_where_was_looked() -> None:
    assert text(fleet_of(0)) == (
        "No environment was found.\n  Looked in /home/ann. Name another directory to look there, or --system.\n"
    )
    assert text(fleet_of(0), verbosity=-1) == "No environment was found.\n"


USUAL = ["/home/ann", "/opt", "/srv", "/usr/local"]


@pytest.mark.parametrize(
    ("roots", "scope", "everything"),
    [
        (USUAL, "", "--all"),
        (["/srv/a b"], " '/srv/a b'", "'/srv/a b'"),
        (["/usr/local"], " /usr/local", "/usr/local"),
        ([f"/srv/p{number}" for number in range(9)], " /srv", "/srv"),
    ],
)
def test_commands_look_where_the_scan_looked(roots: list[str], scope: str, everything: str) -> None:
    told = text(fleet_of(2, roots=roots))
    assert f"venvdoctor fix --cause interpreter-gone:/usr/bin/python3.11{scope}\n" in told
    assert f"Next: venvdoctor fix --dry-run {everything}" in told
    assert "venvdoctor fix" not in text(fleet_of(2, roots=roots, sysroot="/mnt")), "what is mounted is not repaired"


def test_what_shapes_a_status_unseen_is_named() -> None:
    parts = reporting.Assembler()
    env = environment("/e", gone=True)
    parts.add(reporting.examined(env, [finding(impact="broken", cause=GONE)], "broken", frozenset(), None))
    told = text(parts.report({"name": "venvdoctor", "version": "0"}, scan_data()))
    assert "rules that are not reported: VD101" in told


def test_many_findings_are_counted_until_asked_for() -> None:
    parts = reporting.Assembler()
    many = [finding("VD504", f"/e/f{number}", f"/e/f{number} is gone") for number in range(30)]
    add(parts, environment("/e"), "degraded", *many)
    report = parts.report({"name": "venvdoctor", "version": "0"}, scan_data())
    assert "… and 24 more: venvdoctor show /e" in text(report)
    assert text(report, verbosity=1).count("is gone") == 30


def test_the_documentation_names_every_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
    for name in member_names("venvdoctor.formats"):
        assert f"`{name}`" in page, name


def test_a_narrow_terminal_is_filled_with_words_not_with_blanks() -> None:
    told = text(sample(), width=40).splitlines()
    assert [line for line in told if line.startswith(" " * 15) and "/" not in line] == []
    assert all(len(line) <= 40 or "/" in line or "venvdoctor" in line for line in told)
