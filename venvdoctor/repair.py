"""Repair end to end: diagnose, plan, do, diagnose again; what came out worse is taken back."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from venvdoctor import api, diagnosis
from venvdoctor.errors import FixError, UsageError
from venvdoctor.fix import Plan, Refusal
from venvdoctor.model.fact import fact
from venvdoctor.planning import plan
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import carry_out, committed, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvdoctor.api import Session
    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Candidate, Environment
    from venvdoctor.model.repair import Choice

ROUNDS = 6  # the ladder has fewer rungs than this; each fixer gets one turn


@fact
class Wish:
    """What the user wants repaired, and how.

    Attributes:
        codes: answer only findings of these codes (all of them when empty).
        cause: answer only findings of this cause.
        python: path or version of the interpreter to use.
        offline: download nothing.
    """

    codes: frozenset[str] = frozenset()
    cause: str | None = None
    python: str | None = None
    offline: bool = False


@dataclass(slots=True, kw_only=True)
class Case:
    """One environment in treatment.

    Attributes:
        findings: what was wrong before; `left` what is wrong now.
        proposal: the next plan, the reason why there is none, or None when nothing is asked for.
        done: what was carried out, newest last.
    """

    candidate: Candidate
    env: Environment
    findings: list[Finding]
    proposal: Plan | Refusal | None = None
    left: list[Finding] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failure: FixError | None = None
    tried: set[str] = field(default_factory=set)


def cases(session: Session, wish: Wish) -> Iterator[Case]:
    """Yield every environment that has something to repair, with its first plan.

    Raises:
        UsageError: `--python` names no usable interpreter; a path that does not exist.
    """
    choices = _choices(session)
    chosen = _chosen(choices, wish.python) if wish.python else None
    for candidate in api.candidates(session):
        case = examine(session, candidate, wish, choices, chosen)
        if case is not None and case.findings:
            yield case


def examine(
    session: Session, candidate: Candidate, wish: Wish, choices: Sequence[Choice], chosen: Choice | None
) -> Case | None:
    """Return the case of one environment, or None where there is no environment."""
    from venvdoctor.inspection.environment import examine as read  # noqa: PLC0415

    env = read(candidate, session.shared)
    if env is None:
        return None
    found = diagnosis.diagnose_environment(env, session.host, session.selected.run)
    case = Case(candidate=candidate, env=env, findings=[item for item in found if _wanted(item, wish)])
    case.left = case.findings
    case.proposal = _propose(session, case, wish, choices, chosen)
    return case


def treat(session: Session, case: Case, wish: Wish, tell: Callable[[str], None] = lambda _line: None) -> None:
    """Carry out the plans of a case, one rung of the ladder after the other, until nothing is left to do.

    What failed is in `case.failure`; the environment is then as the last success left it.
    """
    state = state_directory(os.environ)
    choices = _choices(session)
    chosen = _chosen(choices, wish.python) if wish.python else None
    for _ in range(ROUNDS):
        if not isinstance(case.proposal, Plan):
            return
        case.tried.add(case.proposal.fixer)
        try:
            done = carry_out(case.proposal, state, tell=tell)
        except FixError as error:
            case.failure = error
            return
        fresh = replace_session(session)
        after = examine(fresh, case.candidate, wish, choices, chosen)
        if after is None and case.proposal.fixer == "forget":
            case.done.append(f"{done.summary} (undo: venvdoctor undo {done.id})")
            case.left, case.proposal = [], None
            return
        if after is None or _worse(case.left, after.findings):
            undo(state, next(journal for journal in committed(state) if journal.id == done.id))
            case.failure = FixError(f"{case.env.path} was no better after the repair; it was put back as it was")
            return
        case.done.append(f"{done.summary} (undo: venvdoctor undo {done.id})")
        case.env, case.left, case.failure = after.env, after.findings, None
        after.tried = case.tried
        case.proposal = _propose(fresh, after, wish, choices, chosen)


def replace_session(session: Session) -> Session:
    """Return a session that has read nothing yet: what was read before a repair is no longer true."""
    from venvdoctor.inspection.shared import Shared  # noqa: PLC0415

    shared = Shared(view=session.view, host=session.host, needs=session.shared.needs)
    return replace(session, shared=shared, bases={}, errors=[])


def _propose(
    session: Session, case: Case, wish: Wish, choices: Sequence[Choice], chosen: Choice | None
) -> Plan | Refusal | None:
    from venvdoctor.inspection.workshop import read_workshop  # noqa: PLC0415

    proposal = None
    for whole in (False, True):  # the packages are read only when no cheaper rung has an answer
        workshop = read_workshop(case.env, session.shared, choices, chosen=chosen, offline=wish.offline, whole=whole)
        proposal = plan(case.env, case.left, workshop, without=case.tried)
        if isinstance(proposal, Plan) or not case.left:
            break
    return proposal


def _wanted(finding: Finding, wish: Wish) -> bool:
    """Whether the user asked for this finding to be answered; notes are knowledge and no disease."""
    if finding.severity == "note" or finding.undecided:
        return False
    if wish.codes and finding.code not in wish.codes:
        return False
    return wish.cause is None or (finding.cause is not None and finding.cause.id == wish.cause)


def _worse(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Whether an error is there that was not: a repair may leave things undone, never break one."""
    known = {(item.code, item.distribution) for item in before if item.severity == "error"}
    dead = any(item.impact == "broken" for item in before)
    return any(
        item.severity == "error"
        and (item.code, item.distribution) not in known
        and (not dead or item.impact == "broken")
        for item in after
    )


def _choices(session: Session) -> tuple[Choice, ...]:
    """Return the installed interpreters, newest first within what the host has."""
    from venvdoctor.inspection.installations import find_installations  # noqa: PLC0415

    return tuple(find_installations(session.shared))


def _chosen(choices: Sequence[Choice], wanted: str) -> Choice:
    """Return the interpreter that `--python` names, by path or by version.

    Raises:
        UsageError: there is none.
    """
    for choice in choices:
        version = choice.interpreter.version
        if wanted in (choice.path, choice.interpreter.executable) or (
            version and wanted in (version.text, version.series)
        ):
            return choice
    raise UsageError(
        f"--python {wanted}: no such interpreter is installed", hint="`venvdoctor interpreters` lists them"
    )
