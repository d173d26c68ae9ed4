"""What `fix` says: the plans, what came of them, and both as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor import __version__
from venvdoctor.escape import printable
from venvdoctor.fix import Plan, Refusal
from venvdoctor.repairing.plan_text import plan_data, plan_lines, refusal_data
from venvdoctor.report import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.repairing.repair import Case
    from venvdoctor.transaction.work import Measured

FAILED_SHOWN = 5  # names that do not load; `scan` shows why for all of them


def plans_text(found: Sequence[Case], outside: Sequence[Plan], *, verbose: bool, dry_run: bool) -> Iterator[str]:
    """Yield the lines that tell what is wrong with each environment, and what would be done."""
    if not found:
        yield "Nothing to fix."
    for case in found:
        yield printable(case.env.path)
        yield from (f"  {finding.code} {printable(finding.message)}" for finding in case.findings)
        if isinstance(case.proposal, Plan):
            yield from (f"  {line}" for line in plan_lines(case.proposal, verbose=verbose))
        elif isinstance(case.proposal, Refusal):
            yield f"  cannot be fixed: {printable(case.proposal.message)}; {printable(case.proposal.hint)}"
        else:
            yield from _by_hand(case)
        yield ""
    yield from (f"outside: {printable(plan.summary)}" for plan in outside)
    able = sum(isinstance(case.proposal, Plan) for case in found)
    if dry_run and able:
        yield f"{able} of {len(found)} can be repaired. Nothing was changed: without --dry-run you are asked first."


def _by_hand(case: Case) -> Iterator[str]:
    advice = list(dict.fromkeys((item.remedy.summary, item.remedy.command) for item in case.findings))
    yield f"  nothing here repairs it by itself: {printable('; '.join(summary for summary, _ in advice))}"
    yield from (f"  by hand: {printable(command)}" for _, command in advice if command and " fix " not in command)


def result_text(case: Case) -> Iterator[str]:
    """Yield the lines that tell what came of one environment."""
    name = printable(case.env.path)
    yield from (f"{name}: {printable(line)} (undo: venvdoctor undo {id_})" for id_, line in case.done)
    yield from (f"  {printable(line)}" for line in (_measured(case.measured) if case.measured else ()))
    if case.failure:
        yield f"{name}: {printable(case.failure.message)}" + (
            f"; {printable(case.failure.hint)}" if case.failure.hint else ""
        )
    if not repaired(case):
        yield from (f"  still: {item.code} {printable(item.message)}" for item in case.left if item.severity == "error")


def repaired(case: Case) -> bool:
    """Whether a treated environment has no error left of those that were to be answered."""
    return not case.failure and not any(item.severity == "error" for item in case.left)


def _measured(measured: Measured) -> Iterator[str]:
    """Yield what running the repaired environment showed."""
    yield f"it {measured.text}"
    failed = {word.rstrip(":"): reason for word, reason in measured.failed}  # a module may be a command's, too
    for word, reason in [*failed.items()][:FAILED_SHOWN]:
        yield f"does not load: {word} ({reason})"
    if len(failed) > FAILED_SHOWN:
        yield f"and {len(failed) - FAILED_SHOWN} more names do not load"


def document(found: Sequence[Case], outside: Sequence[Plan], treated: Sequence[Case]) -> dict[str, Any]:
    """Return the plans, and what came of those that were carried out, as JSON data."""
    by_hand = [case for case in found if case.first is None]
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "venvdoctor", "version": __version__},
        "plans": [plan_data(case.first) for case in found if isinstance(case.first, Plan)],
        "refusals": [refusal_data(case.first) for case in found if isinstance(case.first, Refusal)],
        "unanswered": [case.env.path for case in by_hand],
        "by_hand": [
            {
                "environment": case.env.path,
                "code": item.code,
                "summary": item.remedy.summary,
                "command": item.remedy.command,
            }
            for case in by_hand
            for item in case.findings
        ],
        "outside": [plan.summary for plan in outside],
        "results": [_result(case) for case in treated],
    }


def _result(case: Case) -> dict[str, Any]:
    measured = case.measured
    return {
        "environment": case.env.path,
        "repaired": repaired(case),
        "done": [{"undo": id_, "summary": line} for id_, line in case.done],
        "measured": measured and {"python": measured.version, "imports": measured.imports, "scripts": measured.scripts},
        "not_loading": [{"name": word, "reason": reason} for word, reason in (measured.failed if measured else ())],
        "failure": case.failure and case.failure.message,
        "left": [{"code": item.code, "severity": item.severity, "message": item.message} for item in case.left],
    }
