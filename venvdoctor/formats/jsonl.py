"""One JSON object a line: environments as they are found, in memory that does not grow with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.escape import json_text
from venvdoctor.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import Report

format = Format(  # noqa: A001 - the registry's name
    name="jsonl", summary="one JSON object a line, written as environments are found"
)


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:  # noqa: ARG001 - JSON looks the same everywhere
    """Yield each part of the report on its own line; `type` says which part it is."""
    head = {key: value for key, value in report["scan"].items() if key not in ("complete", "duration_s")}
    yield line("scan", {"schema_version": report["schema_version"], "tool": report["tool"], **head})
    for env in report["environments"]:
        yield line("environment", dict(env))
    for finding in report["findings"]:
        yield line("finding", {**finding, "environment": None})
    for interpreter in report["interpreters"]:
        yield line("interpreter", dict(interpreter))
    for cause in report["causes"]:
        brief = {
            "id": cause["id"],
            "summary": cause["summary"],
            "environments": len(cause["environments"]),
            "remedy": cause["remedy"],
        }
        yield line("cause", brief)
    for error in report["errors"]:
        yield line("error", dict(error))
    yield line(
        "summary",
        {**report["summary"], "complete": report["scan"]["complete"], "duration_s": report["scan"]["duration_s"]},
    )


def line(kind: str, value: dict[str, object]) -> str:
    """Return one line."""
    return json_text({"type": kind, **value}) + "\n"
