"""The judge of predictions: what was said before a change against the diagnosis made after it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def foretell(
    *paths: Path | str,
    without: tuple[Path | str, ...] = (),
    pythons: tuple[str, ...] = (),
    os_root: Path | str | None = None,
    apt: str | None = None,
    sysroot: Path | str | None = None,
    environ: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the prediction for environments below some paths."""
    from venvdoctor import api
    from venvdoctor.config import Config
    from venvdoctor.predicting import forecast
    from venvdoctor.predicting.supposing import Supposition

    request = api.ScanRequest(
        paths=tuple(map(os.fspath, paths)), sysroot=os.fspath(sysroot) if sysroot is not None else None
    )
    supposed = Supposition(
        without=tuple(map(os.fspath, without)),
        pythons=pythons,
        os_root=os.fspath(os_root) if os_root is not None else None,
        apt=apt,
    )
    return forecast.predict(request, Config(), supposed, environ=environ)


def facts(report: dict[str, Any]) -> dict[str, Any]:
    """Return what a report says of each environment, all of it."""
    return {env["path"]: env for env in report["environments"]}


def agree(result: dict[str, Any], after: dict[str, Any], *, loosely: bool = False) -> dict[str, str]:
    """Assert that the prediction is the diagnosis made after, finding by finding; return the outcomes by name.

    Args:
        result: the prediction made before.
        after: the report made after.
        loosely: compare codes, places, severities and packages only: a supposed interpreter has no patch level.
    """
    said, found = facts(result["after"]), facts(after)
    assert sorted(said) == sorted(found)
    for path, env in found.items():
        assert said[path]["status"] == env["status"], (path, said[path]["findings"], env["findings"])
        expected, shown = _findings(env, loosely), _findings(said[path], loosely)
        assert shown == expected, f"{path}: predicted {shown}, found {expected}"
        if not loosely:
            assert said[path]["python"] == env["python"]
    return {os.path.basename(entry["path"]): entry["outcome"] for entry in result["environments"]}


def _findings(env: dict[str, Any], loosely: bool) -> list[Any]:
    if not loosely:
        return list(env["findings"])
    return [[item[key] for key in ("code", "severity", "path", "distribution")] for item in env["findings"]]
