"""Repair end to end: diagnose, plan, do, diagnose again; what came out worse is taken back."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from venvdoctor import api, diagnosis
from venvdoctor.errors import FixError, UsageError
from venvdoctor.fix import Plan, Refusal
from venvdoctor.model.fact import fact, field, record, replace
from venvdoctor.model.repair import Choice
from venvdoctor.planning import plan
from venvdoctor.transaction.journal import state_directory
from venvdoctor.transaction.run import carry_out
from venvdoctor.transaction.undoing import committed, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvdoctor.api import Session
    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Candidate, Environment
    from venvdoctor.model.repair import Workshop
    from venvdoctor.transaction.work import Measured

    Tell = Callable[[str], None]

_REQUEST = re.compile(r"(cpython|python|pypy)?-?(\d+\.\d+(?:\.\d+\w*?)?)(t?)\Z")
SHOWN = 10  # causes that an unknown one is answered with
ROUNDS = 6  # the ladder has fewer rungs than this; each fixer gets one turn


def _silent(_line: str) -> None:
    """What nobody listens to."""


@fact
class Wish:
    """What the user wants repaired, and how.

    Attributes:
        codes: answer only findings of these codes (all of them when empty).
        cause: answer only findings of this cause.
        python: path or version of the interpreter to use.
        offline: download nothing.
        upgrade: take the newest version that has a build for what has none.
    """

    codes: frozenset[str] = frozenset()
    cause: str | None = None
    python: str | None = None
    offline: bool = False
    upgrade: bool = False


@record
class Case:
    """One environment in treatment.

    Attributes:
        findings: what was wrong before; `left` what is wrong now.
        proposal: the next plan, the reason why there is none, or None when nothing is asked for; `first` the first one.
        done: name of the repair for `undo` and summary of each step, newest last; `measured` what running it showed.
    """

    candidate: Candidate
    env: Environment
    findings: list[Finding]
    proposal: Plan | Refusal | None = None
    first: Plan | Refusal | None = None
    left: list[Finding] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)
    measured: Measured | None = None
    failure: FixError | None = None
    tried: set[str] = field(default_factory=set)


@record
class Bench:
    """What every case of one run is treated with.

    Attributes:
        choices: the installed interpreters; `chosen` the one that the user named.
        tell: called with lines of progress; `announce` with what a person must know before it happens.
        causes: ids of the causes that were found.
    """

    session: Session
    wish: Wish
    choices: tuple[Choice, ...]
    chosen: Choice | None
    tell: Tell
    announce: Tell
    causes: set[str] = field(default_factory=set)


def bench(session: Session, wish: Wish, tell: Tell = _silent, announce: Tell = _silent) -> Bench:
    """Look for what there is to repair with.

    Raises:
        UsageError: `--python` names no usable interpreter.
    """
    choices = _choices(session)
    chosen = _chosen(session, choices, wish.python) if wish.python else None
    return Bench(session=session, wish=wish, choices=choices, chosen=chosen, tell=tell, announce=announce)


def cases(session: Session, wish: Wish, tell: Tell = _silent, announce: Tell = _silent) -> Iterator[Case]:
    """Yield every environment that has something to repair, with its first plan.

    Raises:
        UsageError: `--python` names no usable interpreter; a path that does not exist or holds no environment.
    """
    place = bench(session, wish, tell, announce)
    known = False
    for candidate in api.candidates(session):
        tell(candidate.path)
        case = examine(place, candidate)
        known = known or case is not None
        if case is not None and case.findings:
            yield case
    api.refuse_empty(session, found=known)
    if wish.cause is not None and wish.cause not in place.causes:
        raise UsageError(f"no environment has a finding of the cause {wish.cause!r}", hint=_known(place.causes))


def _known(causes: set[str]) -> str:
    shown = ", ".join(sorted(causes)[:SHOWN]) + (" …" if len(causes) > SHOWN else "")
    return f"the causes are {shown}" if causes else "nothing that is wrong here has a common cause"


def examine(place: Bench, candidate: Candidate, tried: frozenset[str] = frozenset()) -> Case | None:
    """Return the case of one environment, or None where there is no environment."""
    from venvdoctor.inspection.environment import examine as read  # noqa: PLC0415

    env = read(candidate, place.session.shared)
    if env is None:
        return None
    found = diagnosis.diagnose_environment(env, place.session.host, place.session.selected.run)
    api.note_doubt(place.session, env, found)
    place.causes.update(item.cause.id for item in found if item.cause is not None)
    case = Case(candidate=candidate, env=env, findings=[item for item in found if _wanted(item, place.wish)])
    case.left, case.tried = case.findings, set(tried)
    case.proposal = case.first = _propose(place, case)
    return case


def treat(session: Session, case: Case, wish: Wish, tell: Tell = _silent) -> None:
    """Carry out the plans of a case, one rung of the ladder after the other, until nothing is left to do.

    What failed is in `case.failure`; the environment is then as the last success left it.
    """
    state = state_directory(os.environ)
    place = bench(replace_session(session) if session.silent else session, wish, tell, tell)
    for _ in range(ROUNDS):
        if not isinstance(case.proposal, Plan):
            return
        case.tried.add(case.proposal.fixer)
        try:
            done = carry_out(case.proposal, state, part_of=case.done[0][0] if case.done else "", tell=tell)
        except FixError as error:
            case.failure = error
            return
        place.session = replace_session(session)
        after = examine(place, case.candidate, frozenset(case.tried))
        report = (case.done[0][0] if case.done else done.id), done.summary
        if after is None and case.proposal.fixer == "forget":
            case.done.append(report)
            case.left, case.proposal = [], None
            return
        if after is None or _worse(case.left, after.findings):
            case.failure = _put_back(state, done.id, case.env.path)
            return
        case.done.append(report)
        case.measured = done.measured or case.measured
        case.env, case.left, case.proposal, case.failure = after.env, after.findings, after.proposal, None


def _put_back(state: str, name: str, path: str) -> FixError:
    """Undo a transaction that made nothing better; return what to say."""
    try:
        undo(state, next(journal for journal in committed(state) if journal.id == name))
    except FixError as error:
        return error
    return FixError(f"{path} was no better after the repair; it was put back as it was")


def replace_session(session: Session) -> Session:
    """Return a session that has read nothing yet: what was read before a repair is no longer true.

    It looks into nothing that stopped to answer.
    """
    from venvdoctor.inspection.answering import view_beyond  # noqa: PLC0415
    from venvdoctor.inspection.shared import Shared  # noqa: PLC0415

    view = view_beyond(session.silent, session.request.sysroot) if session.silent else session.view
    shared = Shared(view=view, host=session.host, needs=session.shared.needs)
    return replace(session, view=view, shared=shared, bases={}, errors=[])


def _propose(place: Bench, case: Case) -> Plan | Refusal | None:
    """Return the first rung's answer, with where everything that it installs is to be had."""
    from venvdoctor.inspection.workshop import read_workshop  # noqa: PLC0415

    wish, shared = place.wish, place.session.shared
    proposal: Plan | Refusal | None = None
    for whole in (False, True):  # the packages are read only when no cheaper rung has an answer
        workshop = read_workshop(
            case.env, shared, place.choices, chosen=place.chosen, offline=wish.offline, whole=whole
        )
        workshop = replace(_with_memory(case.env, workshop) if whole else workshop, upgrade=wish.upgrade)
        proposal = plan(case.env, case.left, workshop, without=case.tried)
        if isinstance(proposal, Plan) and proposal.asks:
            workshop = _supplied(proposal, workshop, case.env, place.announce)
            proposal = plan(case.env, case.left, workshop, without=case.tried)
        if isinstance(proposal, Plan) or not case.left:
            break
    return proposal


def _supplied(proposal: Plan, workshop: Workshop, env: Environment, tell: Tell) -> Workshop:
    """Return the workshop with the answers to what a plan asks."""
    from venvdoctor.transaction.availability import survey  # noqa: PLC0415 - only where something is to be installed

    choices = [choice for choice in (workshop.chosen, *workshop.interpreters) if choice]
    known = {choice.path: choice.interpreter for choice in reversed(choices)}
    interpreter = known.get(proposal.asks_for) or env.interpreter or env.base
    if interpreter is None:
        return workshop
    return replace(workshop, supplies=survey(proposal.asks, interpreter, proposal.asks_for, workshop, tell))


def _with_memory(env: Environment, workshop: Workshop) -> Workshop:
    """Return the workshop with what the newest snapshot of the environment knows besides."""
    from venvdoctor.inspection.salvage import remembered  # noqa: PLC0415
    from venvdoctor.upgrading.snapshot import Store  # noqa: PLC0415

    record = Store(state_directory(os.environ)).latest(env.path)
    if record is None:
        return workshop
    lost = remembered(record, workshop.salvage, lambda path: os.path.lexists(os.path.join(env.path, path)))
    return replace(workshop, salvage=(*workshop.salvage, *lost))


def _wanted(finding: Finding, wish: Wish) -> bool:
    """Whether the user asked for this finding to be answered; notes are knowledge and no disease."""
    if finding.severity == "note" or finding.undecided:
        return False
    if wish.codes and finding.code not in wish.codes:
        return False
    return wish.cause is None or (finding.cause is not None and finding.cause.id == wish.cause)


def _worse(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Whether an error is there that was not: a repair may leave things undone, never break one."""
    errors = [item for item in before if item.severity == "error"]
    known = {(item.code, item.distribution) for item in errors} | {(item.code, item.path) for item in errors}
    dead = any(item.impact == "broken" for item in before)
    return any(
        item.severity == "error"
        and not {(item.code, item.distribution), (item.code, item.path), (item.code, None)} & known
        and (not dead or item.impact == "broken")
        for item in after
    )


def _choices(session: Session) -> tuple[Choice, ...]:
    """Return the installed interpreters, newest first within what the host has."""
    from venvdoctor.inspection.installations import find_installations  # noqa: PLC0415

    return tuple(find_installations(session.shared))


def _chosen(session: Session, choices: Sequence[Choice], wanted: str) -> Choice:
    """Return the interpreter that `--python` names: a path, `3.12`, `3.12.4`, `python3.12`, `pypy3.10`, `3.13t`.

    Raises:
        UsageError: there is none.
    """
    if "/" in wanted:
        return _at_path(session, choices, os.path.abspath(os.path.expanduser(wanted)))
    match = _REQUEST.match(wanted)
    for choice in choices if match else ():
        interpreter = choice.interpreter
        kind = "pypy" if match and (match[1] or "").startswith("pypy") else "cpython"
        named = {interpreter.version.text, interpreter.version.series} if interpreter.version else set()
        threads = "t" if "t" in interpreter.abi_flags else ""
        fit = interpreter.implementation == kind and not interpreter.faults and "d" not in interpreter.abi_flags
        if match and fit and match[2] in named and threads == match[3]:
            return choice
    raise UsageError(
        f"--python {wanted}: no such interpreter is installed", hint="`venvdoctor interpreters` lists them"
    )


def _at_path(session: Session, choices: Sequence[Choice], path: str) -> Choice:
    """Return the interpreter at a path, under its most lasting name where it is one of the installed."""
    from venvdoctor.inspection.interpreter import read_interpreter  # noqa: PLC0415

    real = os.path.realpath(path)
    for choice in choices:
        if real == choice.interpreter.executable:
            return choice
    interpreter = read_interpreter(real, session.shared) if os.path.isfile(real) else None
    if interpreter is None or interpreter.version is None or interpreter.faults or not interpreter.implementation:
        raise UsageError(f"--python {path}: that is no Python that starts", hint="`venvdoctor interpreters` lists them")
    return Choice(path=path, interpreter=interpreter)
