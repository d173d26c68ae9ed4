"""Annotations for GitHub Actions: one workflow command per finding.

Syntax and escapes: docs.github.com, "Workflow commands for GitHub Actions"; actions/toolkit, core/src/command.ts.
The job summary is the `markdown` format, written to `$GITHUB_STEP_SUMMARY` besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.escape import inert
from venvdoctor.fingerprint import relative
from venvdoctor.format import Format
from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import FindingData, Report

format = Format(  # noqa: A001 - the registry's name
    name="github", summary="annotations for GitHub Actions, with a job summary"
)

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:
    """Yield one command a line, then the verdict as plain text."""
    for env in report["environments"]:
        yield from (_annotation(finding, look.base) for finding in env["findings"])
    yield from (_annotation(finding, look.base) for finding in report["findings"])
    for error in report["errors"]:
        yield f"::warning title=venvdoctor could not look::{_data(error['path'] + ': ' + error['message'])}\n"
    counts = report["summary"]
    words = [f"{counts[name]} {name}" for name in ("broken", "degraded", "unknown") if counts[name]]
    yield f"{number(counts['environments'], 'environment')}: {', '.join(words) or 'all healthy'}\n"


def _annotation(finding: FindingData, base: str | None) -> str:
    place = relative(finding["path"], base)
    properties = [f"title={_property(finding['code'] + ' ' + finding['rule'])}"]
    text = finding["message"]
    if place is None:  # GitHub shows annotations of files in the repository only
        text += f" ({finding['path']})" if finding["path"] not in text else ""
    else:
        line = finding["evidence"].get("line")
        properties = [f"file={_property(place)}", f"line={line if type(line) is int and line > 0 else 1}", *properties]
    remedy = finding["remedy"]
    step = ": ".join(part for part in (remedy["summary"], remedy["command"]) if part)
    # line breaks are escaped for the command, and mean a new line in the annotation
    data = _data(text) + (f"%0A{_data(step)}" if step else "")
    return f"::{COMMANDS.get(finding['severity'], 'notice')} {','.join(properties)}::{data}\n"


def _data(text: str) -> str:
    return inert(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
