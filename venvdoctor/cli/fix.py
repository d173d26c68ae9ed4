"""plan and carry out repairs: asks first, keeps what it replaces"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from venvdoctor import api
from venvdoctor.cli import _options as options
from venvdoctor.cli._guard import complain, left_out
from venvdoctor.cli._output import emit
from venvdoctor.cli._parameters import Parameter, switch
from venvdoctor.cli._repairs import document, plans_text, repaired, result_text
from venvdoctor.errors import EXIT_FINDINGS, EXIT_OK, FixError, UsageError
from venvdoctor.escape import printable
from venvdoctor.fix import Plan
from venvdoctor.repairing import repair, repoint
from venvdoctor.selection import check_prefixes
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import recover, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from venvdoctor.repairing.repair import Case, Wish

    Say = Callable[[Iterable[str]], None]

TAKES = {
    "environments": Parameter(list, metavar="[ENV]…", show_default=False, text="environments to repair"),
    "everything": switch("--all", text="every environment that a scan finds"),
    "select": options.SHARED["select"],
    "cause": Parameter(str, "--cause", metavar="ID", text="repair what this cause broke"),
    "dry_run": switch("--dry-run", "-n", text="print the plan and change nothing"),
    "yes": switch("--yes", "-y", text="do not ask"),
    "python": Parameter(str, "--python", metavar="PATH|VERSION", text="the interpreter to use"),
    "offline": switch("--offline", text="download nothing"),
    "upgrade_missing": switch("--upgrade-missing", text="take the newest version with a build for what has none"),
    "dependents": switch(
        "--dependents", text="also repoint launchers and kernels that name the place it was moved from"
    ),
    "format_": Parameter(
        str, "--format", metavar="text|json", default="text", text="format of the plan and of what came of it"
    ),
}


@options.takes("verbose", **TAKES)
def command(
    *,
    environments: list[str] | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
    dependents: bool,
    format_: str,
    verbose: int,
    **wished: Any,
) -> int:
    """Plan repairs, show them, ask, and carry them out.

    What is replaced is kept until the repaired environment has been verified by running it, and after that
    until `venvdoctor undo --prune`. Killed at any moment, it leaves the old environment or the new one.

    Exit codes: 0 nothing is left to fix, 1 something asked for is still not fixed, 2 wrong usage,
    3 something could not be examined.
    """
    options.require_posix("fix")
    options.one_of("--format", format_, ("text", "json"))
    if not (environments or everything or wished["select"] or wished["cause"]):
        raise UsageError("nothing to fix is named", hint="name environments, or use --all, --cause or --select")
    say = _say if format_ == "text" else _aside
    options.require_answers()
    _recover(say)
    session = _session(environments, wished["select"])
    wish = _wish(session, **wished)
    found, outside = api.whole(session, partial(_planned, wish, dependents))
    missed = left_out(session.errors)
    plans = [case for case in found if isinstance(case.proposal, Plan)]
    if format_ == "text" or not (dry_run or yes):  # who is asked sees what is asked
        say(plans_text(found, outside, verbose=bool(verbose), dry_run=dry_run))
    go_on = bool(plans) and not dry_run and (yes or _agreed(len(plans)))
    code = _treat(session, plans, wish, say) if go_on else EXIT_FINDINGS
    whole = code == EXIT_OK and not _repoint(outside, say) and len(plans) == len(found)
    if format_ == "json":
        emit([json.dumps(document(found, outside, plans if go_on else ()), indent=2, ensure_ascii=True), "\n"])
    done = (whole or not found) and not _in_the_middle(session.request.paths)
    return missed if done else EXIT_FINDINGS


def _planned(wish: Wish, dependents: bool, session: api.Session) -> tuple[list[Case], list[Plan]]:
    """Return what is to be repaired, and the plans for what names an old place from outside."""
    found = list(repair.cases(session, wish, tell=_progress, announce=_announce))
    return found, list(repoint.plans(session, repoint.moves(case.env for case in found))) if dependents else []


def _session(environments: Sequence[str] | None, select: Sequence[str] | None) -> api.Session:
    """Look where a scan with the same settings looks, and for what it reports; --select wins over their selection."""
    config = options.read_settings(None, isolated=False)
    if select:
        config = options.override(config, select=(), ignore={})
    return api.open_session(api.ScanRequest(paths=options.resolve_paths(environments) or config.paths), config)


def _in_the_middle(paths: Sequence[str]) -> bool:
    """Whether something that was asked for cannot be judged: another run is at work there, or left it half-done."""
    asked = tuple(os.path.join(os.path.realpath(path), "") for path in paths) or ("/",)
    return any(f"{root}/".startswith(asked) for root in unfinished(state_directory(os.environ)))


def _repoint(plans: Sequence[Plan], say: Say) -> int:
    """Let what names an old place lead to the new one; return how many could not be changed."""
    return sum(not _repointed(plan, say) for plan in plans)


def _repointed(plan: Plan, say: Say) -> bool:
    try:
        done = carry_out(plan, state_directory(os.environ))
    except FixError as error:
        say([f"{printable(plan.root)}: {printable(error.message)}"])
        return False
    say([f"{printable(done.summary)} (undo: venvdoctor undo {done.id})"])
    return True


def _wish(
    session: api.Session,
    select: Sequence[str] | None,
    cause: str | None,
    python: str | None,
    *,
    offline: bool,
    upgrade_missing: bool,
) -> Wish:
    prefixes = options.codes(select) or ()
    rules = session.selected.run
    check_prefixes(prefixes, rules)
    named = frozenset(rule.code for rule in rules if rule.code.startswith(prefixes))
    chosen = named if prefixes else session.selected.reported
    return repair.Wish(codes=chosen, cause=cause, python=python, offline=offline, upgrade=upgrade_missing)


def _recover(say: Say) -> None:
    """Put back what a killed run left in the middle, before anything else is looked at."""
    say(
        f"{printable(path)}: an interrupted repair was taken back"
        for path in recover(state_directory(os.environ), complain)
    )


def _agreed(count: int) -> bool:
    """Ask; only a `y` is a yes, and silence is a no."""
    sys.stderr.write(f"Repair {count} environment{'s' if count > 1 else ''}? [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if answer.strip().lower() in ("y", "yes"):
        return True
    sys.stderr.write(("" if answer.endswith("\n") else "\n") + "Nothing was changed.\n")
    return False


def _treat(session: api.Session, cases: Sequence[Case], wish: Wish, say: Say) -> int:
    for case in cases:
        repair.treat(session, case, wish, tell=_telling(printable(case.env.path)))
        say(result_text(case))
    done = sum(repaired(case) for case in cases)
    say([f"{done} of {len(cases)} repaired."])
    return EXIT_OK if done == len(cases) else EXIT_FINDINGS


def _telling(name: str) -> Callable[[str], None]:
    return lambda line: _progress(f"{name}: {line}")


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        emit([f"{line}\n"])


def _aside(lines: Iterable[str]) -> None:
    """Standard output is a document's alone."""
    for line in lines:
        _announce(line)


def _announce(line: str) -> None:
    """What must be known before it happens, whoever reads along."""
    sys.stderr.write(f"{printable(line)}\n")
    sys.stderr.flush()


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{printable(line)}\n")
