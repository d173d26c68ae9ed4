"""The report as data: order, causes, what outside attaches to, the verdict, merging, and baselines."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.reports import GONE, add, environment, finding, sample, scan_data
from venvdoctor import api, baseline, bounds, reporting
from venvdoctor.errors import SettingsError, UsageError
from venvdoctor.finding import Cause, Remedy
from venvdoctor.fingerprint import located
from venvdoctor.fleet import gathering, merging

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.report import Report

TOOL = {"name": "venvdoctor", "version": "0"}


def build(parts: reporting.Assembler) -> Report:
    return parts.report(TOOL, scan_data())  # type: ignore[arg-type]


def test_the_order_does_not_depend_on_the_order_of_discovery() -> None:
    def made(names: list[str]) -> Report:
        parts = reporting.Assembler()
        for name in names:
            add(parts, environment(f"/{name}", gone=True), "broken", finding(path=f"/{name}/bin/python", cause=GONE))
        return build(parts)

    assert made(["b", "a", "c"]) == made(["c", "b", "a"])


def test_causes_gather_their_environments_the_widest_first() -> None:
    parts = reporting.Assembler()
    lonely = GONE.__class__(id="a:1", summary="something else")
    add(parts, environment("/x"), "degraded", finding(path="/x", cause=lonely))
    for name in ("a", "b"):
        add(
            parts, environment(f"/{name}"), "broken", finding(path=f"/{name}", cause=GONE), finding("VD102", cause=GONE)
        )
    causes = build(parts)["causes"]
    assert [(cause["id"], cause["environments"]) for cause in causes] == [(GONE.id, ["/a", "/b"]), ("a:1", ["/x"])]


def test_interpreters_count_their_environments_and_gone_ones_have_no_version() -> None:
    report = sample()
    seen = {item["path"]: (item["version"], item["environments"]) for item in report["interpreters"]}
    assert seen == {"/usr/bin/python3.11": (None, 3), "/usr/bin/python3.13": ("3.13.5", 3)}


def test_a_finding_from_outside_reaches_the_environment_it_names() -> None:
    parts = reporting.Assembler()
    add(parts, environment("/e"), "healthy")
    parts.attach(reporting.outside(finding("VD702", "/k", "the kernel"), "/e/"))
    parts.attach(reporting.outside(finding("VD702", "/l", "the other kernel"), "/gone"))
    report = build(parts)
    assert report["environments"][0]["status"] == "degraded"
    assert [item["path"] for item in report["findings"]] == ["/l"]
    assert report["summary"]["findings"]["error"] == 2


def test_what_could_not_be_examined_is_unknown_and_makes_the_scan_incomplete() -> None:
    parts = reporting.Assembler()
    parts.add(reporting.unexamined("/e", "pipx", "", "it exploded"))
    report = build(parts)
    assert report["summary"]["unknown"] == 1
    assert not report["scan"]["complete"]
    assert report["errors"] == [{"path": "/e", "message": "it exploded"}]
    assert api.exit_code(report, "error") == 3


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        ("note", "note", 1),
        ("error", "never", 0),
    ],
)
def test_the_verdict(severity: str, fail_on: str, code: int) -> None:
    parts = reporting.Assembler()
    add(parts, environment("/e"), "healthy", finding(severity=severity))  # type: ignore[arg-type]
    assert api.exit_code(build(parts), fail_on) == code


def test_a_crash_while_examining_is_one_unknown_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "pyvenv.cfg").write_text("home = /nowhere\n")
    from venvdoctor.inspection import environment as inspection

    real = inspection.examine

    def examine(candidate: object, shared: object) -> object:
        if str(getattr(candidate, "path", "")).endswith("/a"):
            raise RuntimeError("boom")
        return real(candidate, shared)  # type: ignore[arg-type]

    monkeypatch.setattr(inspection, "examine", examine)
    report = api.scan(api.ScanRequest(paths=(str(tmp_path),)))
    assert next(env["status"] for env in report["environments"]) == "unknown"
    assert len(report["environments"]) == 2
    assert "RuntimeError: boom" in report["errors"][0]["message"]


def saved(folder: Path, *hosts: str) -> list[str]:
    """Save the sample as the reports of these hosts and return the files."""
    paths = [str(folder / f"{number}.json") for number in range(len(hosts))]
    for path, host in zip(paths, hosts, strict=True):
        report = sample()
        report["scan"]["host"] = host
        with open(path, "w") as stream:
            json.dump(report, stream)
    return paths


def test_merging_keeps_hosts_apart_and_sums(tmp_path: Path) -> None:
    merged = gathering.gather(saved(tmp_path, "box", "other"))
    assert merged["summary"]["environments"] == len(merged["environments"]) == 14
    members = list(next(iter(merged["causes"]))["environments"])
    assert (members[0], members[-1]) == ("box:/home/ann/app/.venv", "other:/home/ann/crawler/.venv")
    assert {env["path"].split(":")[0] for env in merged["environments"]} == {"box", "other"}
    assert list(merged["environments"]) == list(merged["environments"]), "read again when asked again"


def test_hosts_of_one_name_are_numbered(tmp_path: Path) -> None:
    merged = gathering.gather(saved(tmp_path, "box", "other", "box"))
    assert {env["path"].split(":")[0] for env in merged["environments"]} == {"box#1", "other", "box#3"}


def test_a_fleet_does_not_grow_with_environments() -> None:
    fleet = merging.Fleet()
    for number in range(50):
        fleet.add(sample(), f"{number}.json")
    data = fleet.as_data()
    assert len(data["hosts"]) == 50
    assert data["causes"] == [{"id": GONE.id, "summary": GONE.summary, "environments": 150, "hosts": 50}]
    assert len(data["interpreters"]) == 2


PARTIAL = """{"schema_version": 1, "tool": {}, "scan": {}, "summary": {}, "environments": [1], "causes": [],
    "interpreters": [], "errors": []}"""


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 2}', '{"schema_version": 1}', "[" * 100_000, PARTIAL]
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    place = tmp_path / "x.json"
    place.write_text(text)
    with pytest.raises(UsageError):
        merging.load(str(place))


def test_a_saved_report_reads_back_the_same(tmp_path: Path) -> None:
    from venvdoctor.escape import json_text

    place = tmp_path / "x.json"
    place.write_text(json_text(sample()))
    assert merging.load(str(place)) == sample()


def test_a_baseline_accepts_by_place_not_by_wording(tmp_path: Path) -> None:
    place = str(tmp_path / "accepted.json")
    marks = baseline.write(sample(), place)
    later = sample()
    for env in later["environments"]:
        for item in env["findings"]:
            item["message"] += " (said better)"
    applied = baseline.apply(later, marks, place)
    assert applied.expired == 0
    assert applied.report["summary"]["findings"] == {"error": 0, "warning": 0, "note": 0}
    assert applied.report["summary"]["broken"] == 3, "statuses are facts"
    assert applied.report["causes"] == []
    assert baseline.read(place) == marks


def test_a_baseline_lets_new_findings_through_and_counts_those_gone(tmp_path: Path) -> None:
    place = str(tmp_path / "accepted.json")
    marks = baseline.write(sample(), place)
    parts = reporting.Assembler()
    add(parts, environment("/new", gone=True), "broken", finding(path="/new/bin/python", impact="broken"))
    applied = baseline.apply(build(parts), marks, place)
    assert (applied.accepted, applied.expired) == (0, len(marks))
    assert applied.report["summary"]["findings"]["error"] == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"venvdoctor_baseline": 9, "accepted": []}', '{"accepted": [1]}'])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    place = tmp_path / "x.json"
    place.write_text(text)
    with pytest.raises(SettingsError):
        baseline.read(str(place))


def test_fingerprints_are_unique_and_do_not_know_the_home() -> None:
    there: Report = json.loads(json.dumps(sample()).replace("/home/ann", "/home/bob"))
    here = [mark for _, _, mark in located(sample())]
    assert here == [mark for _, _, mark in located(there)]
    assert len(set(here)) == len(here)


def test_a_report_with_any_part_taken_away_is_refused_or_whole() -> None:
    """Every format reads what the loader lets through."""
    from importlib import import_module

    from venvdoctor.format import Look
    from venvdoctor.registry import member_names

    def holes(value: object) -> list[list[object]]:
        if isinstance(value, dict):
            return [[key, *rest] for key in value for rest in ([], *holes(value[key]))]
        return (
            [[index, *rest] for index in range(min(len(value), 1)) for rest in ([], *holes(value[index]))]
            if isinstance(value, list)
            else []
        )

    formats = [import_module(f"venvdoctor.formats.{name}").format for name in member_names("venvdoctor.formats")]
    whole = json.dumps(sample())
    for number, hole in enumerate(holes(sample())):
        document: object = json.loads(whole)
        spot: object = document
        for key in hole[:-1]:
            spot = spot[key]  # type: ignore[index]
        spot[hole[-1]] = (None, 7)[number % 2]  # type: ignore[index]
        try:
            report = merging.checked(document, "x.json")
        except UsageError:
            continue
        for form in formats:
            "".join(form.render(report, Look()))


def test_no_format_asks_more_of_the_lists_than_to_go_through_them(tmp_path: Path) -> None:
    from importlib import import_module

    from venvdoctor.format import Look
    from venvdoctor.registry import member_names

    paths = saved(tmp_path, "one", "two", "box")
    held: Report = json.loads(
        "".join(import_module("venvdoctor.formats.json").format.render(gathering.gather(paths), Look()))
    )
    assert merging.checked(held, "held.json") == held
    assert len(held["causes"][0]["environments"]) == 9
    for form in (import_module(f"venvdoctor.formats.{name}").format for name in member_names("venvdoctor.formats")):
        if form.name != "text":  # which tells of hosts
            gathered = "".join(form.render(gathering.gather(paths), Look()))
            assert gathered == "".join(form.render(held, Look())), form.name


@pytest.mark.slow
@pytest.mark.parametrize(
    "form", ["jsonl", "prometheus", "text", "json", "sarif", "junit", "github", "gitlab", "markdown"]
)
def test_many_files_take_the_memory_of_one(tmp_path: Path, form: str) -> None:
    import subprocess
    import sys

    from tests.support.reports import many

    report, paths = many(1000), []
    for index in range(20):
        report["scan"]["host"] = f"host{index}"
        paths.append(tmp_path / f"{index}.json")
        paths[-1].write_text(json.dumps(report))
    code = (
        "import resource, sys\n"
        "from venvdoctor.__main__ import main\n"
        "main(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    taken = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, "report", *map(str, paths[:count]), "--format", form],
                capture_output=True,
                text=True,
                check=True,
                cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
            ).stderr.split()[-1]
        )
        for count in (2, 20)
    ]
    assert taken[1] < 1.25 * taken[0]


def test_what_a_disk_can_make_long_is_cut_in_the_report_and_the_cut_is_said() -> None:
    """A name or a value of 200 000 characters makes no format slow and no line endless; a command is never half."""
    long, command = "x" * 200_000, "venvdoctor fix " + "y" * 20_000
    cause = Cause(id="c", summary=long, remedy=Remedy(kind="look", summary=long, command=command))
    evidence = {"text": long, "list": [long] * 300, "number": 5, "flag": True, "none": None, "short": ["a"]}
    own = finding(message=long, evidence=evidence, cause=cause, distribution=long)
    parts = reporting.Assembler()
    add(parts, environment("/a", version=long), "broken", own)
    report = build(parts)
    told = report["environments"][0]["findings"][0]
    assert told["message"].endswith("x… (191808 more characters)")
    assert len(told["evidence"]["list"]) == bounds.ITEMS + 1  # type: ignore[arg-type]
    assert told["evidence"]["list"][-1] == "… (100 more)"  # type: ignore[index]
    assert {key: told["evidence"][key] for key in ("number", "flag", "none", "short")} == {
        "number": 5, "flag": True, "none": None, "short": ["a"],
    }  # fmt: skip
    assert report["causes"][0]["remedy"]["command"] == command  # type: ignore[index]
    longest = max(len(line) for line in json.dumps(report, indent=0).splitlines())
    assert longest < 2 * len(command)
    assert len(json.dumps(report)) < 2_000_000


def test_a_path_as_long_as_they_get_is_told_whole() -> None:
    path = "/" + "/".join(["p" * 250] * 16)
    assert bounds.text(f"{path} is a link to {path}") == f"{path} is a link to {path}"
    assert bounds.text("x" * 8192) == "x" * 8192
