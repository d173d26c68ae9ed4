"""A baseline: today's findings accepted by their fingerprints, so that only new ones count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor import plainfile
from venvdoctor.errors import SettingsError, UsageError
from venvdoctor.fingerprint import located
from venvdoctor.reporting import summary

if TYPE_CHECKING:
    from venvdoctor.report import EnvironmentData, Report

VERSION = 1
LIMIT = 256 << 20  # bytes; some 500 000 findings


class Applied(NamedTuple):
    """A report without what was accepted; `accepted` entries matched, `expired` ones no longer do."""

    report: Report
    accepted: int
    expired: int


def read(path: str) -> frozenset[str]:
    """Return the fingerprints that a baseline file accepts.

    Raises:
        UsageError: there is no such file.
        SettingsError: it is no baseline.
    """
    from json import loads  # noqa: PLC0415 - only where there is a baseline

    try:
        data = loads(plainfile.read(path, LIMIT))
        marks = frozenset(str(item["fingerprint"]) for item in data["accepted"])
        known = data["venvdoctor_baseline"] == VERSION
    except OSError as error:
        raise UsageError(
            f"the baseline {path} cannot be read: {error.strerror}", hint="make one with --write-baseline"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SettingsError(f"{path} is not a baseline of venvdoctor", hint="make one with --write-baseline") from None
    if not known:
        raise SettingsError(f"the baseline {path} is of another version", hint="make it anew with --write-baseline")
    return marks


def apply(report: Report, marks: frozenset[str], path: str) -> Applied:
    """Return the report without the accepted findings; statuses stay as they are, for they are facts.

    Args:
        report: what was found.
        marks: the accepted fingerprints.
        path: where the baseline stands; places below its directory are named relative to it.
    """
    matched = {id(item): mark for _, item, mark in located(report, _base(path)) if mark in marks}
    environments = [_without(env, matched) for env in report["environments"]]
    outside = [item for item in report["findings"] if id(item) not in matched]
    named = {item["cause"] for items in (*(env["findings"] for env in environments), outside) for item in items}
    totals = summary(environments, outside)
    changed: Report = {
        **report,
        "summary": totals,
        "environments": environments,
        "findings": outside,
        "causes": [cause for cause in report["causes"] if cause["id"] in named],
    }
    return Applied(changed, len(matched), len(marks - set(matched.values())))


def write(report: Report, path: str) -> frozenset[str]:
    """Write a baseline that accepts every finding of the report, and return what it accepts.

    Raises:
        UsageError: the file cannot be written.
    """
    from venvdoctor.escape import json_text  # noqa: PLC0415

    entries: list[dict[str, Any]] = [
        {
            "fingerprint": mark,
            "code": finding["code"],
            "environment": env["path"] if env else None,
            "path": finding["path"],
            "message": finding["message"],
        }
        for env, finding, mark in located(report, _base(path))
    ]
    text = json_text({"venvdoctor_baseline": VERSION, "accepted": entries}, indent=2) + "\n"
    try:
        plainfile.write(path, [text], "ascii")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint=plainfile.advice(error)) from None
    return frozenset(entry["fingerprint"] for entry in entries)


def _base(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))


def _without(env: EnvironmentData, matched: dict[int, str]) -> EnvironmentData:
    gone = [item for item in env["findings"] if id(item) in matched]
    if not gone:
        return env
    codes = {item["code"] for item in gone if item["severity"] == "error"}
    return {
        **env,
        "findings": [item for item in env["findings"] if id(item) not in matched],
        "unreported": sorted({*env.get("unreported", []), *codes}),
    }
