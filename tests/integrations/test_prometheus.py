"""The example alerts and the dashboard ask for metrics that exist, with labels that they have."""

from __future__ import annotations

import json
import re

from tests.support.fleet import ROOT
from tests.support.reports import sample
from venvdoctor.format import Look
from venvdoctor.formats.prometheus import render

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
