"""Metrics for node_exporter's textfile collector, in the text exposition format 0.0.4.

Source: prometheus.io/docs/instrumenting/exposition_formats (label values escape backslash, quote and line feed).
"""

from __future__ import annotations

from calendar import timegm
from collections import Counter
from itertools import chain
from time import strptime
from typing import TYPE_CHECKING

from venvdoctor.escape import inert
from venvdoctor.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import Report

format = Format(  # noqa: A001 - the registry's name
    name="prometheus", summary="metrics for node_exporter's textfile collector"
)


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:  # noqa: ARG001 - metrics look the same everywhere
    """Yield the metrics, each family with its help and type."""
    summary, scan = report["summary"], report["scan"]
    states = {name: summary[name] for name in ("healthy", "degraded", "broken", "unknown")}
    yield from _family(
        "environments", "Environments by status.", [({"status": name}, count) for name, count in states.items()]
    )
    levels = [({"severity": name}, summary["findings"][name]) for name in ("error", "warning", "note")]
    yield from _family("findings", "Findings by severity.", levels)
    rules = Counter(
        (item["code"], item["rule"], item["severity"])
        for items in chain((env["findings"] for env in report["environments"]), (report["findings"],))
        for item in items
    )
    named = [
        ({"code": code, "rule": rule, "severity": level}, count) for (code, rule, level), count in sorted(rules.items())
    ]
    yield from _family("rule_findings", "Findings by rule.", named)
    hung = (
        ({"path": item["path"], "version": item["version"] or ""}, item["environments"])
        for item in report["interpreters"]
    )
    yield from _family(
        "interpreter_environments", "Environments by base interpreter; an empty version: it is gone.", hung
    )
    yield from _family(
        "last_scan_timestamp_seconds",
        "When the last scan began, in seconds since 1970.",
        [({}, _seconds(scan["started_at"]))],
    )
    yield from _family("last_scan_duration_seconds", "How long the last scan took.", [({}, scan["duration_s"])])
    yield from _family("last_scan_complete", "1 when everything could be looked at.", [({}, int(scan["complete"]))])
    yield from _family("build_info", "The version that scanned.", [({"version": report["tool"]["version"]}, 1)])


def _family(name: str, text: str, samples: Iterable[tuple[dict[str, str], float]]) -> Iterator[str]:
    yield f"# HELP venvdoctor_{name} {text}\n# TYPE venvdoctor_{name} gauge\n"
    told: dict[str, float] = {}  # one twice, and the collector takes nothing of the file: names can look the same here
    for labels, value in samples:
        pairs = ",".join(f'{key}="{_label(text)}"' for key, text in labels.items())
        told[pairs] = told.get(pairs, 0) + value
    for pairs, value in told.items():
        yield f"venvdoctor_{name}{'{' + pairs + '}' if pairs else ''} {value}\n"


def _label(text: str) -> str:
    return inert(text).replace("\\", "\\\\").replace('"', '\\"')


def _seconds(text: str) -> int:
    """Return seconds since 1970 of an RFC 3339 time in UTC; 0 when a saved report holds something else."""
    try:
        return timegm(strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return 0
