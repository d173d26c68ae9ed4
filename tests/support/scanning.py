"""`scan` through the API, as tests want it: a path in, the report out, and short questions to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def scan(*paths: Path | str, **options: Any) -> dict[str, Any]:
    """Return the report of a scan without cache; options are those of `venvdoctor.api.scan`."""
    from venvdoctor import api  # noqa: PLC0415 - the tests of single parts run without the pipeline

    report: Any = api.scan([os.fspath(path) for path in paths], **options)
    return dict(report)


def environment(report: dict[str, Any], path: Path | str) -> dict[str, Any]:
    """Return one environment of a report by its path."""
    for item in report["environments"]:
        if item["path"] == os.fspath(path):
            return dict(item)
    raise AssertionError(f"{path} is not in the report: {[item['path'] for item in report['environments']]}")


def codes(item: dict[str, Any], *severities: str) -> list[str]:
    """Return the sorted codes of an environment's findings, of some severities or of all."""
    return sorted(
        {finding["code"] for finding in item["findings"] if not severities or finding["severity"] in severities}
    )
