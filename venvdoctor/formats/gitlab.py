"""GitLab's code quality report: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.escape import inert, json_pieces
from venvdoctor.fingerprint import located, relative
from venvdoctor.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import FindingData, Report

format = Format(name="gitlab", summary="GitLab code quality report")  # noqa: A001 - the registry's name

LEVELS = {"error": "critical", "warning": "minor", "note": "info"}


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:
    """Yield one JSON array."""
    yield from json_pieces(_item(finding, mark, look.base) for _, finding, mark in located(report, look.base))
    yield "\n"


def _item(finding: FindingData, mark: str, base: str | None) -> dict[str, object]:
    remedy = finding["remedy"]
    step = ": ".join(part for part in (remedy["summary"], remedy["command"]) if part)
    line = finding["evidence"].get("line")
    return {
        "description": inert(finding["message"] + (f" - {step}" if step else "")),
        "check_name": f"{finding['code']} {finding['rule']}",
        "fingerprint": mark,
        "severity": LEVELS.get(finding["severity"], "info"),
        "location": {
            "path": inert(relative(finding["path"], base) or finding["path"]),
            "lines": {"begin": line if type(line) is int and line > 0 else 1},
        },
    }
