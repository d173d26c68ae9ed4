"""The report for people: the verdict, the causes, the environments, the next command; at 80 columns, in a log too."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from venvdoctor.advice import next_command, remedies
from venvdoctor.finding import SEVERITIES
from venvdoctor.fingerprint import relative
from venvdoctor.format import Format
from venvdoctor.typeset import Page, number, quote, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import CauseData, EnvironmentData, FindingData, Report

format = Format(name="text", summary="for people, on a terminal or in a log")  # noqa: A001 - the registry's name

ORDER = ("broken", "unknown", "degraded", "healthy")
SHOWN = 6  # findings of one environment, and lines of a list, before `-v` is needed
FEW = 8  # environments that only share a cause with others: so many are drawn in full, more of them in a line each
LINES = 40  # such lines, before `-v` is needed


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:
    """Yield the report as lines."""
    page = Page(look)
    yield _verdict(report, page) + "\n"
    if look.verbosity < 0:
        return
    for part in (_causes, _environments, _outside, _ignored, _errors, _next):
        lines = list(part(report, page))
        if lines:
            yield "\n" + "\n".join(lines) + "\n"


def _verdict(report: Report, page: Page) -> str:
    """Say in one sentence what state everything is in."""
    total = report["summary"]["environments"]
    if not total:
        return page.heading("No environment was found.") + "".join(_looked(report, page))
    parts = [(report["summary"]["broken"], "broken", "red"), (report["summary"]["degraded"], "degraded", "yellow")]
    sick = [
        (count, word, colour)
        for count, word, colour in (*parts, (report["summary"]["unknown"], "unknown", "magenta"))
        if count
    ]
    if not sick or total == 1:
        one = f"The environment is {sick[0][1] if sick else 'healthy'}."
        text = one if total == 1 else f"All {total} environments are healthy."
        return page.paint(text, "bold", sick[0][2] if sick else "green") + _small(report, page, len(text))
    clauses: list[tuple[str, tuple[str, ...]]] = [(f"{count} {word}", ("bold", colour)) for count, word, colour in sick]
    if report["summary"]["healthy"]:
        clauses.append((f"{report['summary']['healthy']} healthy", ()))
    head, told = f"{total} environments:", [page.paint(text, *styles) for text, styles in clauses]
    used = len(f"{head} {', '.join(text for text, _ in clauses)}.")
    if used > page.look.width:
        return page.heading(head) + "".join(f"\n  {text}" for text in told) + _small(report, page, page.look.width)
    return page.heading(head) + " " + ", ".join(told) + "." + _small(report, page, used)


def _looked(report: Report, page: Page) -> Iterator[str]:
    """Say where was looked in vain, and how to look elsewhere."""
    roots = [safe(path) for path in report["scan"]["roots"]]
    more = f" and {len(roots) - SHOWN} more" if len(roots) > SHOWN else ""
    if page.look.verbosity >= 0 and roots:
        yield "\n"
        text = f"Looked in {', '.join(roots[:SHOWN])}{more}. Name another directory to look there, or --system."
        yield from ("  " + line for line in page.item("", 2, text))


def _small(report: Report, page: Page, used: int) -> str:
    """Add the warnings and notes, which change no status; on a line of their own where the first one is full."""
    counts = report["summary"]["findings"]
    words = [number(count, word) for count, word in ((counts["warning"], "warning"), (counts["note"], "note")) if count]
    text = f"({', '.join(words)})" if words else ""
    gap = " " if used + 1 + len(text) <= page.look.width else "\n"
    return gap + page.paint(text, "dim") if text else ""


def _causes(report: Report, page: Page) -> Iterator[str]:
    """Name each cause that matters once, with what it broke and the one command that repairs it."""
    found, answer = _found_of(report), remedies(report)
    levels = {cause: min((level for level, _ in told), key=SEVERITIES.index) for cause, told in found.items()}
    causes = [cause for cause in report["causes"] if page.look.verbosity > 0 or levels.get(cause["id"]) != "note"]
    if causes:
        yield page.heading("Causes")
    for cause in causes:
        level = levels.get(cause["id"], "note")
        sign = page.mark({"error": "broken", "warning": "degraded"}.get(level, "unknown"))
        count = len(cause["environments"])
        tail = f": {number(count, 'environment')}" if count else ""
        if count > 1:  # the lines of its environments have the codes and no words
            own = {code for known, code in found.get(cause["id"], ()) if known == level and code[:3] != "VD7"}
            tail += f" ({', '.join(sorted(own))})" if own else ""
        yield from page.item(f"  {sign} ", 4, safe(cause["summary"]) + tail)
        remedy = answer(cause)
        if count != 1 and remedy is not None:  # of a single one the finding itself tells the remedy
            yield from _remedy(remedy["summary"], remedy["command"], page, 4)


def _environments(report: Report, page: Page) -> Iterator[str]:
    """List the environments that need attention, the worst first; count the rest."""
    shared = {cause["id"]: cause for cause in report["causes"] if len(cause["environments"]) > 1}
    ranked = sorted(report["environments"], key=lambda env: ORDER.index(env["status"]) if env["status"] in ORDER else 1)
    listed = [env for env in ranked if page.look.verbosity > 0 or _deserves(env)]
    if listed:
        yield page.heading("Environments")
    alike = [env for env in listed if page.look.verbosity <= 0 and _told_above(env, shared)]
    brief = {env["path"] for env in alike} if len(alike) > FEW else set()
    drawn = 0
    for env in listed:
        if env["path"] not in brief:
            yield from _environment(env, shared, page)
        elif (drawn := drawn + 1) <= LINES:
            yield _line(env, page)
    if drawn > LINES:
        yield page.plain(f"    … and {drawn - LINES} more of the causes above (-v lists them)")
    quiet = len(ranked) - len(listed)
    if quiet and listed:
        yield f"  {page.mark('healthy')} {number(quiet, 'other is', 'others are')} healthy" + page.paint(
            " (-v lists them)", "dim"
        )


def _deserves(env: EnvironmentData) -> bool:
    return env["status"] != "healthy" or any(finding["severity"] != "note" for finding in env["findings"])


def _told_above(env: EnvironmentData, shared: dict[str, CauseData]) -> bool:
    """Return whether the causes that it shares with others are all that is to be said of an environment."""
    return (
        bool(env["findings"])
        and env["status"] != "unknown"
        and all(finding["severity"] == "note" or finding["cause"] in shared for finding in env["findings"])
    )


def _line(env: EnvironmentData, page: Page) -> str:
    """Draw an environment of which everything is told by its causes."""
    codes = dict.fromkeys(finding["code"] for finding in env["findings"] if finding["severity"] != "note")
    place = page.paint(safe(env["path"]), "bold")
    return f"  {page.mark(env['status'])} {page.status(env['status'], 9)} {place}  {page.paint(' '.join(codes), 'dim')}"


def _environment(env: EnvironmentData, shared: dict[str, CauseData], page: Page) -> Iterator[str]:
    """Draw one environment: its state and place, what it is, and each finding."""
    yield f"  {page.mark(env['status'])} {page.status(env['status'], 9)} {page.paint(safe(env['path']), 'bold')}"
    if what := page.plain(describe(env)):
        yield " " * page.hang(14) + page.paint(what, "dim")
    whole = page.look.verbosity > 0 or env["status"] == "unknown"  # its notes say why nobody can tell
    findings = [item for item in env["findings"] if whole or item["severity"] != "note"]
    most = len(findings) if page.look.verbosity > 0 else SHOWN
    told: set[str] = set()  # causes of this environment: what only hangs on one is named by its place
    for finding in sorted(findings, key=_severest)[:most]:
        cause = shared.get(finding["cause"] or "")
        again = cause is not None and cause["id"] in told and page.look.verbosity <= 0
        yield from _concerned(finding, page) if again else _finding(finding, cause, page, env["path"])
        told.update([cause["id"]] if cause else ())
    if len(findings) > most:
        more = f"… and {len(findings) - most} more: {page.command('venvdoctor show')} {quote(env['path'])}"
        yield " " * 4 + page.plain(more)
    if env["unreported"]:
        yield " " * 4 + page.paint(f"also shaped by rules that are not reported: {', '.join(env['unreported'])}", "dim")


def describe(env: EnvironmentData) -> str:
    """Say in a line what an environment is: its kind, manager, and the Python it was made for and has now."""
    python = env["python"]
    recorded, actual = python["recorded_version"], python["actual_version"]
    if actual and recorded and not actual.startswith(recorded):
        version = f"made for Python {recorded}, has {actual}"
    elif actual:
        version = f"Python {actual}"
    else:
        version = f"made for Python {recorded}" if recorded else ""
    other = python["implementation"] if python["implementation"] not in (None, "cpython") else ""
    words = [
        "" if env["kind"] == "unknown" else env["kind"],
        f"of {env['manager']}" if env["manager"] else "",
        version,
        other,
    ]
    return safe(" · ".join(word for word in words if word))


def _severest(finding: FindingData) -> tuple[int, str]:
    return SEVERITIES.index(finding["severity"]), finding["code"]


def _finding(finding: FindingData, cause: CauseData | None, page: Page, place: str = "") -> Iterator[str]:
    """Draw one finding; one whose cause is told above needs no more than its name."""
    lead = " " * 4 + page.level(finding["severity"], 8) + finding["code"] + "  "
    brief = cause if page.look.verbosity <= 0 and not finding["code"].startswith("VD7") else None
    text = safe(brief["summary"] if brief else finding["message"])
    yield from page.item(lead, 12 + len(finding["code"]) + 2, text)
    if cause is None or page.look.verbosity > 0:
        if finding["path"] not in finding["message"]:
            yield " " * page.hang(19) + page.paint(
                "at " + safe(relative(finding["path"], place) or finding["path"]), "dim"
            )
        yield from _remedy(finding["remedy"]["summary"], finding["remedy"]["command"], page, page.hang(19))


def _concerned(finding: FindingData, page: Page) -> Iterator[str]:
    """Draw a finding whose cause has just been told for the same environment: what else fails because of it."""
    lead = " " * 4 + page.level(finding["severity"], 8) + finding["code"] + "  "
    how = "fails with it" if finding["severity"] == "error" else "is concerned as well"
    yield from page.item(lead, 12 + len(finding["code"]) + 2, f"{safe(finding['path'])} {how}")


def _remedy(summary: str, command: str, page: Page, indent: int) -> Iterator[str]:
    """Draw a remedy: what it does, and its command on a line of its own when both do not fit."""
    text, command = safe(summary), page.command(command)
    if command:
        both = f"{text}: {safe(command)}" if text else safe(command)
        if indent + 2 + len(both) <= page.look.width:
            text = both
        else:
            yield from page.item(
                " " * indent + page.paint(page.plain("→ "), "green"),
                indent + (2 if page.look.unicode else 3),
                text or "run",
            )
            yield " " * (indent + 2) + page.paint(safe(command), "green")
            return
    if text:
        yield from page.item(
            " " * indent + page.paint(page.plain("→ "), "green"), indent + (2 if page.look.unicode else 3), text
        )


def _outside(report: Report, page: Page) -> Iterator[str]:
    """List what outside every environment refers to one that is not there."""
    findings = [item for item in report["findings"] if page.look.verbosity > 0 or item["severity"] != "note"]
    if findings:
        yield page.heading("Outside the environments")
    most = len(findings) if page.look.verbosity > 0 else 2 * SHOWN
    for finding in sorted(findings, key=_severest)[:most]:
        yield from _finding(finding, None, page)
    if len(findings) > most:
        yield page.plain(f"    … and {len(findings) - most} more (-v lists them)")


def _ignored(report: Report, page: Page) -> Iterator[str]:
    """Name what the settings leave out, with the reason that was given."""
    for code, reason in sorted(report["scan"]["ignored"].items()):
        text = f"Not reported: {code}" + (f" ({reason})" if reason else "")
        yield page.paint(safe(text), "dim")


def _errors(report: Report, page: Page) -> Iterator[str]:
    """List what could not be looked at."""
    errors = report["errors"]
    if errors:
        yield page.heading("The scan is incomplete")
    most = len(errors) if page.look.verbosity > 0 else SHOWN
    for error in islice(errors, most):
        yield from page.item(
            "  ? ", 4, safe(f"{error['path']}: {error['message']}" if error["path"] else error["message"])
        )
    if len(errors) > most:
        yield page.plain(f"  … and {len(errors) - most} more (-v lists them)")


def _next(report: Report, page: Page) -> Iterator[str]:
    """Say the next command."""
    command = page.command(next_command(report))
    if command:
        told = "   shows what a repair would do" if " --dry-run" in command else ""
        told = told if len(f"Next: {command}{told}") <= page.look.width else ""
        yield f"{page.heading('Next:')} {command}{page.paint(told, 'dim')}"  # never wrapped: it is there to be copied


def _found_of(report: Report) -> dict[str, set[tuple[str, str]]]:
    """Return the severity and code of each cause's findings."""
    found: dict[str, set[tuple[str, str]]] = {}
    groups = [env["findings"] for env in report["environments"]] + [report["findings"]]
    for finding in (item for group in groups for item in group if item["cause"]):
        found.setdefault(str(finding["cause"]), set()).add((finding["severity"], finding["code"]))
    return found
