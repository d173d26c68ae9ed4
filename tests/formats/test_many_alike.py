"""What many have in common is told once: environments with one fate in a prediction, packages with one problem."""

from __future__ import annotations

from typing import Any

from tests.support.reports import sample
from venvdoctor.format import Look
from venvdoctor.portrait import draw
from venvdoctor.predicting.outlook import lines
from venvdoctor.typeset import Page

LONG = "/home/ann/a-rather-long-name-of-a-project/.venv"


def entry(path: str, **other: Any) -> dict[str, Any]:
    finding = {"code": "VD201", "severity": "error", "message": f"{path}/bin/python is Python 3.13 now"}
    repair = {"summary": "point it to /opt/python3.11", "command": f"venvdoctor fix {path}"}
    known = {"path": path, "outcome": "relinks", "before": "healthy", "causes": [], "packages": None, "reason": ""}
    return {**known, "findings": [finding], "repair": repair, **other}


def prediction(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"environments": list(entries), "findings": [], "after": sample()}


def test_environments_with_one_fate_are_told_once() -> None:
    alike = [entry(f"/home/ann/p{number:02}") for number in range(30)]
    told = list(lines(prediction(*alike), Look()))
    assert told[3:5] == ["  ! /home/ann/p00", "  ! /home/ann/p01"]
    assert told[23:27] == [
        "      all: VD201",
        "      point it to /opt/python3.11",
        "  … and 10 more (-v lists them)",
        "",
    ]
    assert sum("is Python 3.13 now" in line for line in lines(prediction(*alike), Look(verbosity=1))) == 30


def test_few_or_different_ones_are_told_one_by_one() -> None:
    other = {"summary": "rebuild it", "command": "venvdoctor fix"}
    several = [entry("/a"), entry("/b"), entry("/c"), entry("/d", repair=other)]
    told = list(lines(prediction(*several), Look()))
    assert sum("is Python 3.13 now" in line for line in told) == 4
    assert sum("venvdoctor fix" in line for line in told) == 5


def test_the_command_for_afterwards_is_never_cut() -> None:
    assert list(lines(prediction(entry(LONG)), Look()))[-2:] == [
        "Nothing was changed. After the change:",
        f"  venvdoctor fix {LONG}",
    ]
    several = list(lines(prediction(entry("/a"), entry("/b")), Look()))
    assert several[-1] == "Nothing was changed. After the change: venvdoctor fix /home/ann", "where was looked"


def portrait(packages: list[dict[str, Any]]) -> list[str]:
    more: dict[str, Any] = dict.fromkeys(("hops", "site_dirs", "global_site_dirs", "stack", "unreadable"), ())
    more.update(dict.fromkeys(("missing", "starts", "reason", "stdlib", "home", "machine", "libc", "storage")))
    report = sample()
    return list(draw(report["environments"][0], {**more, "isolated": True, "packages": packages}, Page(Look())))


def package(name: str, *problems: str) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "from_base": False, "problems": list(problems)}


def test_a_problem_of_several_packages_is_told_once() -> None:
    told = portrait([package("a", "is lost"), package("b", "is lost"), package("c", "is torn"), package("d")])
    start = told.index("Packages: 4") + 1
    assert told[start : start + 4] == ["  ! is lost:", "    a 1.0, b 1.0", "  ! c 1.0: is torn", "  ✓ d 1.0"]
