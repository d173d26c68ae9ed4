"""`scan` through the API, as tests want it: a path in, the report out, and short questions to it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def scan(
    *paths: Path | str,
    sysroot: Path | str | None = None,
    environ: dict[str, str] | None = None,
    today: str = "",
    **settings: Any,
) -> dict[str, Any]:
    """Return the report of a scan; `settings` are those of `venvdoctor.config.Config`."""
    from venvdoctor import api
    from venvdoctor.config import Config

    inside = os.fspath(sysroot) if sysroot is not None else None
    request = api.ScanRequest(paths=tuple(os.fspath(path) for path in paths), sysroot=inside)
    config = Config(**settings)
    session = api.open_session(request, config, environ=environ)
    if today:
        session.host = session.shared.host = replace(session.host, today=today)
    report: Any = api.scan(request, config, session=session)
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
