"""Many hosts' reports together: as text, as a stream, and as a page that a browser opens."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import BROWSER
from tests.support.reports import GONE, hostile, sample
from venvdoctor.fleet import merging
from venvdoctor.fleet import page as fleet_page
from venvdoctor.fleet.text import render
from venvdoctor.format import Look

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser import Browser
    from venvdoctor.report import Report

EVIL = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>\x1b[31m\u202e'


def named(host: str, report: Report | None = None) -> Report:
    found: Report = json.loads(json.dumps(report or sample()))
    found["scan"]["host"] = host
    return found


def silent(host: str, reason: str = "the host did not answer") -> Report:
    """The report of a host that nobody could look at."""
    found = named(host)
    found["scan"].update(roots=[], complete=False)
    found["summary"] = {
        **dict.fromkeys(found["summary"], 0),
        "findings": dict.fromkeys(found["summary"]["findings"], 0),
    }  # type: ignore[typeddict-item]
    for key in ("environments", "causes", "interpreters", "findings"):
        found[key] = []  # type: ignore[literal-required]
    found["errors"] = [{"path": "/", "message": reason}]
    return found


def many(count: int) -> merging.Fleet:
    fleet = merging.Fleet()
    for number in range(count):
        fleet.add(silent(f"host{number:05}") if number % 50 == 49 else named(f"host{number:05}"), f"{number}.json")
    return fleet


def test_a_host_that_nobody_could_look_at_is_never_healthy() -> None:
    fleet = many(100)
    text = "".join(render(fleet, Look(width=200)))
    assert text.startswith("100 hosts (2 not examined), 686 environments: ")
    assert "host00049: not examined: the host did not answer" in text
    assert "all healthy" not in text
    assert not fleet.complete


def test_a_cause_is_one_across_hosts_however_it_is_told() -> None:
    fleet = merging.Fleet()
    for number, words in enumerate(("python3.11 is gone", "python3.11 was removed")):
        report = named(f"h{number}")
        report["causes"][0]["summary"] = words
        fleet.add(report, "x")
    (cause,) = fleet.as_data()["causes"]
    assert (cause["id"], cause["environments"], cause["hosts"]) == (GONE.id, 6, 2)


def test_what_is_kept_does_not_grow_with_environments() -> None:
    small, large = merging.Fleet(), merging.Fleet()
    report = named("one")
    small.add(report, "x")
    report["environments"] *= 100
    large.add(report, "x")
    assert len(json.dumps(large.as_data())) < len(json.dumps(small.as_data())) + 50


def test_no_name_becomes_markup() -> None:
    fleet = merging.Fleet()
    fleet.add(named(EVIL, hostile(EVIL)), EVIL)
    fleet.add(silent(EVIL, EVIL), EVIL)
    text = "".join(fleet_page.render(fleet))
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x1b" not in "".join(render(fleet, Look()))


@pytest.mark.real
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_ten_thousand_hosts_can_be_searched(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "fleet.html"
    page.write_text("".join(fleet_page.render(many(10_000))), encoding="utf-8")
    assert page.stat().st_size < 3_000_000
    browser.open(page)
    assert browser.console == []
    rows = "document.querySelectorAll('#rows tr').length"
    assert browser.run(rows) == 200
    assert browser.run("document.querySelector('#rows td').textContent") == "host00049"  # what nobody knows comes first
    once = (
        "(() => { change({ words: '' }); const begun = performance.now(); change({ words: 'host0999' });"
        " document.body.offsetHeight; return performance.now() - begun })()"
    )
    took = min(browser.run(once) for _ in range(5))
    assert browser.run(rows) == 10
    assert took < 300
    assert re.match(r"10 hosts of 10000", browser.run("at('count').textContent"))
    browser.run("change({ words: 'unknown' })")
    browser.run("document.querySelector('#causes button').click()")
    assert browser.run("view.names.size") == 9800  # all of them, not a sample
    assert browser.run("!view.names.has('host00049') && view.names.has('host09998')")
    assert browser.console == []


@pytest.mark.real
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 420)])
def test_axe_finds_no_violation(browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    page = tmp_path / "fleet.html"
    page.write_text("".join(fleet_page.render(many(300))), encoding="utf-8")
    browser.open(page, scheme=scheme, width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.violations() == []
