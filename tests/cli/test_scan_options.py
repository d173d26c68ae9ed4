"""Where `scan` looks, what it reports, and where that goes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


def paths_of(done: Done) -> list[str]:
    return [env["path"] for env in json.loads(done.out)["environments"]]


def test_paths_from_standard_input(venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path) -> None:
    odd = make(tmp_path / "two\nlines", "/nowhere/bin/python3.11")
    lines = venvdoctor("scan", "-", "--format", "json", stdin=f"{sick}\n".encode())
    assert paths_of(lines) == [f"{sick}/.venv"]
    zeros = venvdoctor(
        "scan", "--stdin0", "--format", "json", stdin=os.fsencode(sick) + b"\0" + os.fsencode(odd) + b"\0"
    )
    assert paths_of(zeros) == [f"{sick}/.venv", f"{odd}/.venv"]


def test_a_relative_path_and_an_environment_itself(venvdoctor: Callable[..., Done], sick: Path) -> None:
    assert paths_of(venvdoctor("scan", ".", "--format", "json", cwd=sick)) == [f"{sick}/.venv"]
    assert paths_of(venvdoctor("scan", ".venv/", "--format", "json", cwd=sick)) == [f"{sick}/.venv"]


def test_exclude(venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other", "/nowhere/bin/python3.11")
    done = venvdoctor("scan", str(sick), str(other), "--exclude", f"{other}/*", "--format", "json")
    assert paths_of(done) == [f"{sick}/.venv"]


def test_a_sysroot_speaks_of_inside(venvdoctor: Callable[..., Done], tmp_path: Path) -> None:
    make(tmp_path / "image/srv/app", "/usr/bin/python3.11", root=str(tmp_path / "image"))
    done = venvdoctor("scan", "/srv", "--sysroot", str(tmp_path / "image"), "--format", "json")
    report = json.loads(done.out)
    assert paths_of(done) == ["/srv/app/.venv"]
    assert report["scan"]["sysroot"] == str(tmp_path / "image")
    assert str(tmp_path) not in json.dumps(report["environments"])


def test_several_outputs_at_once(venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path) -> None:
    files = {form: tmp_path / f"report.{form}" for form in ("json", "sarif", "markdown")}
    outputs = [word for form, path in files.items() for word in ("--output", f"{form}:{path}")]
    done = venvdoctor("scan", str(sick), "--format", "text", *outputs)
    assert done.out.startswith("The environment is broken.")
    assert json.loads(files["json"].read_text())["schema_version"] == 1
    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
    assert files["markdown"].read_text().startswith("## venvdoctor")
    assert not list(tmp_path.glob("*.tmp"))


def test_a_dash_is_standard_output_with_a_format_too(
    venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path
) -> None:
    done = venvdoctor("scan", str(sick), "--output", f"json:{tmp_path}/r", "--output", "text:-")
    assert done.out.startswith("The environment is broken.")
    assert (tmp_path / "r").exists()


def test_an_output_takes_the_format(venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path) -> None:
    done = venvdoctor("scan", str(sick), "--format", "json", "--output", str(tmp_path / "r"))
    assert done.out == ""
    assert json.loads((tmp_path / "r").read_text())["summary"]["broken"] == 1


def test_a_job_summary_for_github(venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    done = venvdoctor("scan", str(sick), "--format", "github", GITHUB_STEP_SUMMARY=str(place))
    assert done.out.startswith("::error ")
    assert place.read_text().startswith("before\n## venvdoctor")


def test_colour_only_where_it_is_wanted(venvdoctor: Callable[..., Done], sick: Path) -> None:
    assert "\x1b" not in venvdoctor("scan", str(sick)).out
    assert "\x1b" in venvdoctor("scan", str(sick), "--color", "always").out
    assert "\x1b" not in venvdoctor("scan", str(sick), "--color", "never").out


def test_quiet_is_one_line(venvdoctor: Callable[..., Done], sick: Path) -> None:
    assert len(venvdoctor("scan", str(sick), "-q").out.splitlines()) == 1


def test_two_scans_differ_in_times_only(venvdoctor: Callable[..., Done], sick: Path, well: Path) -> None:
    def plain() -> dict[str, object]:
        report = json.loads(venvdoctor("scan", str(sick), str(well), "--format", "json").out)
        report["scan"].pop("started_at")
        report["scan"].pop("duration_s")
        return dict(report)

    assert plain() == plain()


def test_jsonl_streams_what_json_says(venvdoctor: Callable[..., Done], sick: Path, well: Path) -> None:
    whole = json.loads(venvdoctor("scan", str(sick), str(well), "--format", "json").out)
    done = venvdoctor("scan", str(sick), str(well), "--format", "jsonl")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert events[0]["type"] == "scan"
    assert events[-1]["type"] == "summary"
    found = [
        {key: value for key, value in item.items() if key != "type"} for item in events if item["type"] == "environment"
    ]
    assert sorted(found, key=lambda env: env["path"]) == whole["environments"]
    assert {key: events[-1][key] for key in whole["summary"]} == whole["summary"]
    assert done.code == 1


def test_a_baseline_accepts_today_and_fails_on_tomorrow(
    venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path
) -> None:
    accepted = tmp_path / "accepted.json"
    assert venvdoctor("scan", str(tmp_path / "sick"), "--write-baseline", str(accepted)).code == 0
    done = venvdoctor("scan", str(sick), "--baseline", str(accepted), "--format", "json")
    report = json.loads(done.out)
    assert done.code == 0
    assert report["environments"][0]["status"] == "broken", "accepting heals nothing"
    assert report["environments"][0]["unreported"]
    make(tmp_path / "sick/new", "/nowhere/bin/python3.11")
    assert venvdoctor("scan", str(sick), "--baseline", str(accepted)).code == 1
    (sick / ".venv/pyvenv.cfg").unlink()
    (sick / ".venv/bin/python").unlink()
    (sick / ".venv/bin/activate").unlink()
    done = venvdoctor("scan", str(sick), "--baseline", str(accepted))
    assert "no longer appl" in done.err


def test_the_probe_says_so_and_agrees(venvdoctor: Callable[..., Done], sick: Path, well: Path) -> None:
    done = venvdoctor("scan", str(sick), str(well), "--probe", "--format", "json")
    assert "--probe starts" in done.err
    probes = {env["path"]: env["probe"]["starts"] for env in json.loads(done.out)["environments"]}
    assert probes == {f"{sick}/.venv": False, f"{well}/.venv": True}
    assert json.loads(done.out)["errors"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_saved_reports_are_printed_again(
    venvdoctor: Callable[..., Done], sick: Path, tmp_path: Path, count: int
) -> None:
    saved = [str(tmp_path / f"{number}.json") for number in range(count)]
    for path in saved:
        venvdoctor("scan", str(sick), "--output", f"json:{path}")
    done = venvdoctor("report", *saved)
    assert done.code == 0, done
    assert ("3 hosts" if count == 3 else "The environment is broken") in done.out
    merged = json.loads(venvdoctor("report", *saved, "--format", "json", "--fail-on", "error").out)
    assert merged["summary"]["broken"] == count
    assert len(merged["environments"]) == count


def test_an_ignored_rule_is_named_with_its_reason(venvdoctor: Callable[..., Done], sick: Path) -> None:
    (sick / "venvdoctor.toml").write_text('[ignore]\nVD1 = "rebuilt every night"\n')
    done = venvdoctor("scan", ".", cwd=sick)
    assert done.code == 0
    assert "The environment is broken." in done.out
    assert "Not reported: VD1 (rebuilt every night)" in done.out
