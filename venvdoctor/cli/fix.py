"""plan and carry out repairs: asks first, keeps what it replaces"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from venvdoctor import __version__, api, repair, repoint
from venvdoctor.cli import _options as options
from venvdoctor.cli._output import emit
from venvdoctor.errors import EXIT_FINDINGS, EXIT_OK, FixError, UsageError
from venvdoctor.escape import printable
from venvdoctor.fix import Plan, Refusal
from venvdoctor.plan_text import plan_data, plan_lines, refusal_data
from venvdoctor.report import SCHEMA_VERSION
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import carry_out, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvdoctor.repair import Case, Wish
    from venvdoctor.transaction.work import Measured

FAILED_SHOWN = 5  # names that do not load; `scan` shows why for all of them

Environments = Annotated[
    list[str] | None, typer.Argument(metavar="[ENV]…", show_default=False, help="environments to repair")
]
All = Annotated[bool, typer.Option("--all", help="every environment that a scan finds")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="print the plan and change nothing")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
CauseId = Annotated[Optional[str], typer.Option("--cause", metavar="ID", help="repair what this cause broke")]  # noqa: UP045
Python = Annotated[Optional[str], typer.Option("--python", metavar="PATH|VERSION", help="the interpreter to use")]  # noqa: UP045
Offline = Annotated[bool, typer.Option("--offline", help="download nothing")]
Upgrade = Annotated[
    bool, typer.Option("--upgrade-missing", help="take the newest version with a build for what has none")
]
Dependents = Annotated[
    bool, typer.Option("--dependents", help="also repoint launchers and kernels that name the place it was moved from")
]
PlanFormat = Annotated[str, typer.Option("--format", metavar="text|json", help="format of the plan")]


def command(
    environments: Environments = None,
    everything: All = False,
    select: options.Select = None,
    cause: CauseId = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    python: Python = None,
    offline: Offline = False,
    upgrade_missing: Upgrade = False,
    dependents: Dependents = False,
    format_: PlanFormat = "text",
    verbose: options.Verbose = 0,
) -> int:
    """Plan repairs, show them, ask, and carry them out.

    What is replaced is kept until the repaired environment has been verified by running it, and after that
    until `venvdoctor undo --prune`. Killed at any moment, it leaves the old environment or the new one.

    Exit codes: 0 nothing is left to fix, 1 something asked for is still not fixed, 2 wrong usage.
    """
    options.one_of("--format", format_, ("text", "json"))
    if not (environments or everything or select or cause):
        raise UsageError("nothing to fix is named", hint="name environments, or use --all, --cause or --select")
    _recover()
    session = api.open_session(api.ScanRequest(paths=options.resolve_paths(environments)))
    wish = _wish(session, select, cause, python, offline=offline, upgrade=upgrade_missing)
    found = list(repair.cases(session, wish, tell=_progress))
    outside = list(repoint.plans(session, repoint.moves(case.env for case in found))) if dependents else []
    _print_json(found) if format_ == "json" else _print_plans(found, outside, verbose=bool(verbose))
    plans = [case for case in found if isinstance(case.proposal, Plan)]
    if not found:
        return EXIT_OK
    if dry_run or not plans or not (yes or _agreed(len(plans))):
        return EXIT_FINDINGS
    code = _treat(session, plans, wish)
    failed = 0 if code else _repoint(outside)
    return EXIT_OK if code == EXIT_OK and not failed and len(plans) == len(found) else EXIT_FINDINGS


def _repoint(plans: Sequence[Plan]) -> int:
    """Let what names an old place lead to the new one; return how many could not be changed."""
    return sum(not _repointed(plan) for plan in plans)


def _repointed(plan: Plan) -> bool:
    try:
        done = carry_out(plan, state_directory(os.environ))
    except FixError as error:
        emit([f"{printable(plan.root)}: {printable(error.message)}\n"])
        return False
    emit([f"{printable(done.summary)} (undo: venvdoctor undo {done.id})\n"])
    return True


def _wish(
    session: api.Session,
    select: Sequence[str] | None,
    cause: str | None,
    python: str | None,
    *,
    offline: bool,
    upgrade: bool,
) -> Wish:
    prefixes = options.codes(select) or ()
    known = [rule.code for rule in session.selected.run]
    chosen = frozenset(code for code in known if code.startswith(tuple(prefixes))) if prefixes else frozenset()
    if prefixes and not chosen:
        raise UsageError(f"--select {','.join(prefixes)}: there is no such rule", hint="`venvdoctor rules` lists them")
    return repair.Wish(codes=chosen, cause=cause, python=python, offline=offline, upgrade=upgrade)


def _recover() -> None:
    """Put back what a killed run left in the middle, before anything else is looked at."""
    for path in recover(state_directory(os.environ)):
        emit([f"{printable(path)}: an interrupted repair was taken back\n"])


def _print_plans(found: Sequence[Case], outside: Sequence[Plan], *, verbose: bool) -> None:
    if not found:
        emit(["Nothing to fix.\n"])
    for case in found:
        emit([f"{printable(case.env.path)}\n"])
        for finding in case.findings:
            emit([f"  {finding.code} {printable(finding.message)}\n"])
        if isinstance(case.proposal, Plan):
            emit(f"  {line}\n" for line in plan_lines(case.proposal, verbose=verbose))
        elif isinstance(case.proposal, Refusal):
            emit([f"  cannot be fixed: {printable(case.proposal.message)}; {printable(case.proposal.hint)}\n"])
        else:
            remedies = dict.fromkeys(finding.remedy.summary for finding in case.findings)
            emit([f"  nothing here repairs it by itself: {printable('; '.join(remedies))}\n"])
        emit(["\n"])
    emit(f"outside: {printable(plan.summary)}\n" for plan in outside)


def _print_json(found: Sequence[Case]) -> None:
    data = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "venvdoctor", "version": __version__},
        "plans": [plan_data(case.proposal) for case in found if isinstance(case.proposal, Plan)],
        "refusals": [refusal_data(case.proposal) for case in found if isinstance(case.proposal, Refusal)],
        "unanswered": [case.env.path for case in found if case.proposal is None],
    }
    emit([json.dumps(data, indent=2, ensure_ascii=True), "\n"])


def _agreed(count: int) -> bool:
    """Ask; only a `y` is a yes, and silence is a no."""
    sys.stderr.write(f"Repair {count} environment{'s' if count > 1 else ''}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _treat(session: api.Session, cases: Sequence[Case], wish: Wish) -> int:
    failed = 0
    for case in cases:
        name = printable(case.env.path)
        repair.treat(session, case, wish, tell=_telling(name))
        for line in case.done:
            emit([f"{name}: {printable(line)}\n"])
        if case.measured:
            emit(f"  {printable(line)}\n" for line in _measured(case.measured))
        if case.failure:
            emit([f"{name}: {printable(case.failure.message)}\n"])
        left = [item for item in case.left if item.severity == "error"]
        if left or case.failure:
            failed += 1
            emit(f"  still: {item.code} {printable(item.message)}\n" for item in left)
    emit([f"{len(cases) - failed} of {len(cases)} repaired.\n"])
    return EXIT_FINDINGS if failed else EXIT_OK


def _telling(name: str) -> Callable[[str], None]:
    return lambda line: _progress(f"{name}: {line}")


def _measured(measured: Measured) -> Iterator[str]:
    """Yield what running the repaired environment showed."""
    yield f"it {measured.text}"
    for word, reason in measured.failed[:FAILED_SHOWN]:
        yield f"does not load: {word.rstrip(':')} ({reason})"
    if len(measured.failed) > FAILED_SHOWN:
        yield f"and {len(measured.failed) - FAILED_SHOWN} more names do not load"


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{printable(line)}\n")
