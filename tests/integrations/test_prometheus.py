"""The example alerts and the dashboard ask for metrics that exist, with labels that they have."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.fleet import ROOT
from tests.support.reports import hostile, sample
from venvdoctor.format import Look
from venvdoctor.formats.prometheus import render

if TYPE_CHECKING:
    from pathlib import Path

PROMTOOL = shutil.which("promtool")
FOLDER = ROOT / "integrations/prometheus"


def written() -> dict[str, set[str]]:
    """The metrics of a report, with their labels."""
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(venvdoctor_\w+)(\{.*\})?", "".join(render(sample(), Look())), re.MULTILINE):
        found.setdefault(name, {"instance"}).update(re.findall(r"(\w+)=", labels))
    return found


def asked(texts: list[str]) -> list[tuple[str, set[str]]]:
    return [
        (name, set(re.findall(r"(\w+)=", labels)))
        for text in texts
        for name, labels in re.findall(r"\b(venvdoctor_\w+)(\{[^}]*\})?", text)
    ]


def test_alerts_and_dashboard_ask_for_what_is_written() -> None:
    alerts = re.findall(r"expr: (.*)", (FOLDER / "alerts.yml").read_text())
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    metrics = written()
    assert len(alerts) == 4
    assert len(panels) == 10
    for name, labels in asked([*alerts, *panels]):
        assert name in metrics
        assert labels <= metrics[name], name


def test_panels_have_their_own_places() -> None:
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_grafana_finds_what_a_dashboard_must_have() -> None:
    """What Grafana's dashboard schema (kinds/dashboard) requires, and what its import asks for."""
    board = json.loads((FOLDER / "dashboard.json").read_text())
    assert isinstance(board["schemaVersion"], int)
    assert board["schemaVersion"] >= 36
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board["uid"])
    sources = [item for item in board["templating"]["list"] if item["type"] == "datasource"]
    assert [item["query"] for item in sources] == ["prometheus"]
    own = {"type": "prometheus", "uid": f"${{{sources[0]['name']}}}"}
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    for panel in board["panels"]:
        assert panel["type"] in ("stat", "timeseries", "table")
        assert panel["title"]
        assert set(panel["gridPos"]) == {"h", "w", "x", "y"}
        assert panel["datasource"] == own
        references = [target["refId"] for target in panel["targets"]]
        assert len(references) == len(set(references)) > 0
        assert all(target["expr"] for target in panel["targets"])


def test_no_series_stands_twice() -> None:
    """node_exporter takes nothing of a file in which one does; two names may look the same once they are harmless."""
    report = sample()
    like = {**report["interpreters"][0]}
    report["interpreters"] += [{**like, "path": "/opt/\u202e"}, {**like, "path": "/opt/\u202e"}]  # type: ignore[typeddict-item]
    lines = [line.rpartition(" ")[0] for line in "".join(render(report, Look())).splitlines() if line[0] != "#"]
    assert len(lines) == len(set(lines))


def promtool(*words: str, given: str = "") -> str:
    if PROMTOOL is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run([PROMTOOL, *words], input=given, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.real
def test_prometheus_takes_alerts_and_metrics() -> None:
    assert "4 rules found" in promtool("check", "rules", str(FOLDER / "alerts.yml"))
    for report in (sample(), hostile('"\\\n{}\u202e')):
        assert promtool("check", "metrics", given="".join(render(report, Look()))) == ""


CASES = """
rule_files: [{rules}]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - {{series: 'venvdoctor_environments{{instance="a",status="broken"}}', values: '0x11 3x200'}}
      - {{series: 'venvdoctor_environments{{instance="b",status="broken"}}', values: '0x211'}}
      - {{series: 'venvdoctor_last_scan_timestamp_seconds{{instance="a"}}', values: '0x1200'}}
      - {{series: 'venvdoctor_last_scan_complete{{instance="a"}}', values: '0x1200'}}
{upgraded}
    alert_rule_test:
      - {{eval_time: 55m, alertname: PythonEnvironmentsBroken}}
      - eval_time: 90m
        alertname: PythonEnvironmentsBroken
        exp_alerts:
          - exp_labels: {{severity: warning, instance: a, status: broken}}
            exp_annotations:
              summary: 3 Python environments on a do not start
              description: "`venvdoctor scan` on the host names them and their cause; `venvdoctor fix` repairs them."
      - {{eval_time: 55m, alertname: PythonEnvironmentsBrokeOnManyHosts}}
      - eval_time: 70m
        alertname: PythonEnvironmentsBrokeOnManyHosts
        exp_alerts:
          - exp_labels: {{severity: critical}}
            exp_annotations:
              summary: "Python environments broke on 12 hosts within an hour: is an upgrade being rolled out?"
              description: Stop the rollout, and ask `venvdoctor report DIR` for the cause that the hosts have in common.
      - {{eval_time: 6h, alertname: PythonEnvironmentsBrokeOnManyHosts}}
      - {{eval_time: 71h, alertname: VenvdoctorScanOld}}
      - eval_time: 74h
        alertname: VenvdoctorScanOld
        exp_alerts:
          - exp_labels: {{severity: info, instance: a}}
            exp_annotations: {{summary: a was last scanned 3d 2h 0m 0s ago}}
      - {{eval_time: 23h, alertname: VenvdoctorScanIncomplete}}
      - eval_time: 25h
        alertname: VenvdoctorScanIncomplete
        exp_alerts:
          - exp_labels: {{severity: info, instance: a}}
            exp_annotations:
              summary: Not everything on a could be looked at; what was not is unknown, not healthy
"""


@pytest.mark.real
def test_each_alert_fires_when_it_has_to(tmp_path: Path) -> None:
    line = "      - {{series: 'venvdoctor_environments{{instance=\"n{number}\",status=\"broken\"}}', values: '0x12 2x2 0x200'}}"
    upgraded = "\n".join(line.format(number=number) for number in range(11))
    cases = tmp_path / "cases.yml"
    cases.write_text(CASES.format(rules=FOLDER / "alerts.yml", upgraded=upgraded))
    promtool("test", "rules", str(cases))
