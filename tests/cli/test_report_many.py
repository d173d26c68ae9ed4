"""`venvdoctor report` over a directory of many hosts' reports."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.test_fleet_page import named, silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty hosts' reports, and a file that is none."""
    place = tmp_path / "reports"
    place.mkdir()
    for number in range(60):
        report = silent(f"h{number}") if number == 7 else named(f"h{number}")
        (place / f"h{number:02}.json").write_text(json.dumps(report))
    (place / "notes.txt").write_text("no report")
    return place


def test_a_directory_means_its_reports(folder: Path, venvdoctor: Callable[..., Done]) -> None:
    done = venvdoctor("report", str(folder))
    assert done.code == 3, done.err
    assert done.out.startswith("60 hosts (1 not examined), 413 environments")
    assert "(on 59 hosts)" in done.out
    page = folder.parent / "fleet.html"
    assert venvdoctor("report", str(folder), "--output", f"html:{page}").code == 3
    assert page.stat().st_size < 60_000
    (folder.parent / "empty").mkdir()
    assert venvdoctor("report", str(folder.parent / "empty")).code == 2


def test_a_stream_names_the_host_on_each_line(folder: Path, venvdoctor: Callable[..., Done]) -> None:
    done = venvdoctor("report", str(folder), "--format", "jsonl")
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.out.splitlines()]
    assert {line["host"] for line in lines if line["type"] == "environment"} == {f"h{n}" for n in range(60) if n != 7}
    assert [line["message"] for line in lines if line["type"] == "error" and line["host"] == "h7"]
    causes = [line for line in lines if line["type"] == "cause"]
    assert (causes[0]["hosts"], causes[0]["environments"]) == (59, 177)
    assert (lines[-1]["type"], lines[-1]["hosts"], lines[-1]["complete"]) == ("summary", 60, False)


def test_a_file_that_is_no_report_spoils_nothing(folder: Path, venvdoctor: Callable[..., Done]) -> None:
    """Half of a report, as a full disk or a copy that was cut off leaves it: that host is unknown, the rest whole."""
    (folder / "h08.json").write_text((folder / "h08.json").read_text()[:500])
    (folder / "h09.json").write_text('{"schema_version": 1}')
    done = venvdoctor("report", str(folder), "-v")
    assert done.code == 3, done.err
    assert done.out.startswith("60 hosts (3 not examined), 399 environments")
    assert "h08: not examined:" in done.out
    assert "h09: not examined:" in done.out
    for form in ("jsonl", "json", "prometheus"):
        done = venvdoctor("report", str(folder), "--format", form)
        assert (done.code, "h08.json" in done.out or form == "prometheus") == (3, True), done.err
    assert venvdoctor("report", str(folder / "h08.json")).code == 2


def test_what_hangs_on_an_interpreter_is_told_across_hosts(folder: Path, venvdoctor: Callable[..., Done]) -> None:
    assert "/usr/bin/python3.13 3.13.5 (on 59 hosts)" in venvdoctor("report", str(folder), "-v").out


@pytest.mark.parametrize("content", ["[" + "[]," * 4_000_000 + "[]]", None], ids=["values", "bytes"])
def test_a_report_is_read_to_a_bound(content: str | None, tmp_path: Path, venvdoctor: Callable[..., Done]) -> None:
    """Three bytes of JSON may cost a hundred of memory: what is too much is refused before it is read."""
    place = tmp_path / "reports" / "giant.json"
    place.parent.mkdir()
    place.write_text(content or "")
    if content is None:
        os.truncate(place, 10 << 30)
    done = venvdoctor("report", str(place))
    assert (done.code, done.out) == (2, "")
    assert "giant.json is too large" in done.err
    (place.parent / "sound.json").write_text(json.dumps(named("h1")))
    if hasattr(os, "mkfifo"):
        os.mkfifo(place.parent / "fifo.json")  # nobody ever writes into it
    done = venvdoctor("report", str(place.parent), "-v")
    assert done.code == 3, done.err
    assert "giant.json is too large" in " ".join(done.out.split())


@pytest.mark.parametrize("wrong", [{"code": "VD1\n::error::"}, {"code": "VD101\n"}, {"severity": "fatal"}])
def test_a_report_keeps_to_its_schema(wrong: dict[str, str], tmp_path: Path, venvdoctor: Callable[..., Done]) -> None:
    report: dict[str, Any] = named("h1")
    finding = next(one for env in report["environments"] for one in env["findings"])
    finding.update(wrong)
    (tmp_path / "x.json").write_text(json.dumps(report))
    done = venvdoctor("report", str(tmp_path / "x.json"))
    assert (done.code, done.out) == (2, "")
    assert "x.json is not a whole report: environments[" in done.err


@pytest.mark.parametrize("number", [10**400, 1 << 53, float("inf"), float("nan"), -1])
@pytest.mark.parametrize("form", ["text", "html", "gitlab", "prometheus"])
def test_a_number_that_no_reader_holds_is_refused(
    number: float, form: str, tmp_path: Path, venvdoctor: Callable[..., Done]
) -> None:
    """One host's report shall not end the page of all."""
    sound, sick = named("h1"), named("h2")
    sick["summary"]["healthy"] = number
    for name, report in (("a", sound), ("b", sick)):
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    alone = venvdoctor("report", str(tmp_path / "b.json"), "--format", form)
    assert (alone.code, alone.out) == (2, "")
    both = venvdoctor("report", str(tmp_path), "--format", form)
    assert both.code in (0, 1, 3), both.err
    assert "internal error" not in both.err
