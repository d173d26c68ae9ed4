"""The report in Markdown: for job summaries, issues and wikis (CommonMark with GitHub's tables)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.advice import remedies
from venvdoctor.escape import inert
from venvdoctor.format import Format
from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import EnvironmentData, FindingData, Report

format = Format(name="markdown", summary="for job summaries, issues and wikis")  # noqa: A001 - the registry's name

SIGNS = {"broken": "❌", "degraded": "⚠️", "unknown": "❔", "healthy": "✅"}
LIMIT = 200  # environments told in full: GitHub refuses a summary above one mebibyte
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$^=-])")


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:
    """Yield the verdict, the causes, the environments that need attention, and what could not be looked at."""
    counts = report["summary"]
    yield "## venvdoctor\n\n"
    words = [f"{SIGNS[name]} {counts[name]} {name}" for name in SIGNS if counts[name]]  # type: ignore[literal-required]
    yield f"**{number(counts['environments'], 'environment')}**: {', '.join(words) or 'none found'}\n"
    if report["causes"]:
        yield "\n### Causes\n\n| cause | environments | remedy |\n|---|--:|---|\n"
    answer = remedies(report)
    for cause in report["causes"]:
        remedy = answer(cause) or {"summary": "", "command": ""}
        step = " ".join(part for part in (text(remedy["summary"]), code(remedy["command"])) if part)
        yield f"| {text(cause['summary'])} | {len(cause['environments'])} | {step} |\n"
    listed, left = _listed(report, look)
    if listed:
        yield "\n### Environments\n"
    for env in listed:
        yield from _environment(env)
    if left:
        yield f"\n… and {left} more.\n"
    yield from _rest(report)


def _listed(report: Report, look: Look) -> tuple[list[EnvironmentData], int]:
    """Return the environments to be told, the worst first, and how many more there are; it holds no more than those."""
    kept: dict[str, list[EnvironmentData]] = {name: [] for name in SIGNS}
    count = 0
    for env in report["environments"]:
        quiet = look.verbosity <= 0 and all(item["severity"] == "note" for item in env["findings"])
        if env["status"] == "healthy" and (quiet or not env["findings"]):
            continue
        count += 1
        if len(kept[env["status"]]) < LIMIT:
            kept[env["status"]].append(env)
    listed = [env for name in SIGNS for env in kept[name]][:LIMIT]
    return listed, count - len(listed)


def _environment(env: EnvironmentData) -> Iterator[str]:
    python = env["python"]
    facts = [
        env["kind"],
        env["manager"] or "",
        f"Python {python['actual_version'] or python['recorded_version'] or '?'}",
    ]
    yield f"\n#### {SIGNS.get(env['status'], '')} {code(env['path'])}\n\n"
    yield f"{text(env['status'])}, {text(', '.join(filter(None, facts)))}\n\n"
    for finding in env["findings"]:
        yield _finding(finding)


def _finding(finding: FindingData) -> str:
    remedy = finding["remedy"]
    lines = [f"- **{text(finding['code'])}** {text(finding['severity'])}: {text(finding['message'])}"]
    if remedy["summary"] or remedy["command"]:
        lines.append(f"  <br>→ {text(remedy['summary'])} {code(remedy['command'])}".rstrip())
    return "\n".join(lines) + "\n"


def _rest(report: Report) -> Iterator[str]:
    if report["findings"]:
        yield "\n### Outside the environments\n\n"
    for finding in report["findings"]:
        yield _finding(finding)
    if report["errors"]:
        yield "\n### Could not be looked at\n\n"
    for error in report["errors"]:
        yield f"- {code(error['path'])}: {text(error['message'])}\n"


def text(words: str) -> str:
    """Return words of which Markdown makes nothing: no markup, no HTML, no link, no mention."""
    plain = inert(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _SPECIAL.sub(r"\\\1", plain)
    plain = plain.replace("://", "&#58;//").replace("www.", "www&#46;")
    return plain.replace("@", "@<!-- -->")


def code(words: str) -> str:
    """Return a code span that holds exactly these words; a pipe, which would end a table's cell, becomes an escape."""
    if not words:
        return ""
    plain = inert(words).replace("|", "\\x7c")
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    pad = " " if plain[0] in "` " or plain[-1] in "` " else ""
    return f"{fence}{pad}{plain}{pad}{fence}"
