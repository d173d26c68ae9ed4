"""`predict` end to end: scan today's disk and the changed one, compare their answers, ask what would repair it then."""

from __future__ import annotations

import time
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from venvdoctor import api, reporting
from venvdoctor.fix import Plan, Refusal
from venvdoctor.model.fact import fact, replace
from venvdoctor.predicting import prediction
from venvdoctor.predicting.supposing import suppose
from venvdoctor.report import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from venvdoctor.api import ScanRequest, Session
    from venvdoctor.config import Config
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Workshop
    from venvdoctor.predicting.supposing import Supposition
    from venvdoctor.report import EnvironmentData, Report

OWN_KINDS = ("user-site", "global-site")


@fact
class Prospect:
    """How one environment would be repaired after the change.

    Attributes:
        proposal: the plan, or why there is none.
        carried, another_build: packages that a rebuild takes over as they are, or needs built for another Python.
        none: packages that do not allow the Python that would be there.
        lacking: packages that use modules which its standard library no longer has.
    """

    proposal: Plan | Refusal | None
    carried: tuple[str, ...] = ()
    another_build: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


def predict(
    request: ScanRequest,
    config: Config,
    supposed: Supposition,
    *,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[int, str], None] | None = None,
) -> dict[str, Any]:
    """Return the prediction as JSON data (schema_version 1 of the contract).

    Raises:
        UsageError: something is supposed that cannot be.
    """
    today = api.open_session(request, config, environ=environ)
    return api.whole(today, partial(_predict, supposed, progress))


def _predict(supposed: Supposition, progress: Callable[[int, str], None] | None, today: Session) -> dict[str, Any]:
    request, config, environ = today.request, today.config, today.host.environ
    before = api.scan(request, config, session=today, progress=progress)
    hypothesis = suppose(today, before, supposed)
    view = hypothesis.view(today.view)
    left = tuple(path for path in request.paths if view.kind(path) not in ("missing", "loop"))
    then = api.open_session(replace_paths(request, left), config, view=view, environ=environ)
    then.shared.interpreters.update(hypothesis.made)
    after = _report(then, nothing=bool(request.paths) and not left)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": api.tool_data(),
        "change": hypothesis.words,
        "before": before,
        "after": after,
        "environments": list(_entries(before, after, then)),
        "findings": prediction.difference(after["findings"], before["findings"]),
    }


def replace_paths(request: ScanRequest, paths: tuple[str, ...]) -> ScanRequest:
    """Return the request for those of its paths that the change leaves."""
    return replace(request, paths=paths) if paths != request.paths else request


def _report(session: Session, *, nothing: bool) -> Report:
    """Return the report of the changed disk; unlike that of a scan, it may well hold no environment."""
    started, clock = time.time(), time.monotonic()
    parts = reporting.Assembler()
    if not nothing:
        for share in api.stream(session):
            parts.add(share)
        for item in api.dependents(session, parts.paths()):
            parts.attach(item)
    for path, message in session.errors:
        parts.error(path, message)
    return parts.report(api.tool_data(), api.scan_data(session, started, time.monotonic() - clock))


def _entries(before: Report, after: Report, session: Session) -> Iterator[dict[str, Any]]:
    """Yield what becomes of each environment, those of today and those that only the change brings to light."""
    today = {env["path"]: env for env in before["environments"]}
    then = {env["path"]: env for env in after["environments"]}
    choices: tuple[Choice, ...] | None = None
    for path in sorted(today.keys() | then.keys()):
        prospect = None
        if prediction.breaks(today.get(path), then.get(path)):
            choices = _choices(session) if choices is None else choices
            prospect = _prospect(session, then[path], choices)
        yield _entry(path, today.get(path), then.get(path), prospect)


def _entry(
    path: str, before: EnvironmentData | None, after: EnvironmentData | None, prospect: Prospect | None
) -> dict[str, Any]:
    proposal = prospect.proposal if prospect else None
    outcome, fresh, cured = prediction.verdict(before, after, proposal)
    found: dict[str, Any] = {
        "path": path,
        "outcome": outcome,
        "before": before["status"] if before else None,
        "after": after["status"] if after else None,
        "findings": fresh,
        "cured": cured,
        "causes": sorted({item["cause"] for item in fresh if item["cause"]}),
        "repair": None,
        "packages": None,
        "reason": None,
    }
    if after is None:
        found["reason"] = f"{path} is gone with what is taken away"
    elif isinstance(proposal, Plan) and outcome in ("relinks", "rebuilds"):
        command = f"venvdoctor fix {quote(path)}"
        found["repair"] = {"command": command, "fixer": proposal.fixer, "summary": proposal.summary}
    elif outcome == "lost":
        known = isinstance(proposal, Refusal)
        found["reason"] = proposal.message if known else "venvdoctor has no repair for it"  # type: ignore[union-attr]
    if prospect and (outcome == "rebuilds" or prospect.none):
        found["packages"] = {key: list(getattr(prospect, key)) for key in PACKAGES}
    return found


PACKAGES = ("carried", "another_build", "none", "lacking")


def _choices(session: Session) -> tuple[Choice, ...]:
    from venvdoctor.inspection.installations import find_installations  # noqa: PLC0415 - only when something breaks

    return find_installations(session.shared)


def _prospect(session: Session, entry: EnvironmentData, choices: tuple[Choice, ...]) -> Prospect:
    """Ask what would repair an environment on the changed disk; nothing is started and nothing is written."""
    from venvdoctor import diagnosis  # noqa: PLC0415
    from venvdoctor.inspection.environment import examine  # noqa: PLC0415
    from venvdoctor.inspection.workshop import read_workshop  # noqa: PLC0415
    from venvdoctor.model.environment import Candidate  # noqa: PLC0415
    from venvdoctor.planning import plan  # noqa: PLC0415

    kind: Any = entry["kind"] if entry["kind"] in OWN_KINDS else None
    candidate = Candidate(path=entry["path"], manager=entry["manager"], name=entry["name"], kind=kind)
    env = examine(candidate, session.shared)
    if env is None:
        return Prospect(proposal=None)
    found = diagnosis.diagnose_environment(env, session.host, session.selected.run)
    wanted = [item for item in found if item.severity != "note" and not item.undecided]
    proposal: Plan | Refusal | None = None
    for whole in (False, True):  # the packages are read only when no cheaper rung has an answer
        workshop = _theirs(read_workshop(env, session.shared, choices, whole=whole), env)
        proposal = plan(env, wanted, workshop)
        if isinstance(proposal, Plan):
            break
    return _counted(env, proposal, workshop, session)


def _theirs(workshop: Workshop, env: Environment) -> Workshop:
    """Return the workshop of the environment's owner: who looks ahead need not be who repairs."""
    return replace(workshop, uid=env.owner, frozen="", own=False, free=None)


def _counted(env: Environment, proposal: Plan | Refusal | None, workshop: Workshop, session: Session) -> Prospect:
    """Add what becomes of each package."""
    if isinstance(proposal, Plan) and proposal.fixer not in prediction.REBUILDERS:
        return Prospect(proposal=proposal)
    choice = _replacement(env, workshop)
    version = choice.interpreter.version if choice else None
    barred: tuple[str, ...] = ()
    if version:
        from venvdoctor.repairing.match import allows  # noqa: PLC0415

        barred = tuple(item.label for item in workshop.salvage if not allows(item.requires_python, version))
    if not isinstance(proposal, Plan):
        return Prospect(proposal=proposal, none=barred)
    return Prospect(
        proposal=proposal,
        carried=proposal.carried,
        another_build=(*proposal.cached, *proposal.downloads),
        none=tuple(dict.fromkeys((*proposal.unavailable, *barred))),
        lacking=tuple(_lacking(env, choice, session)) if choice and proposal.fixer == "rebuild" else (),
    )


def _replacement(env: Environment, workshop: Workshop) -> Choice | None:
    """Return the interpreter that a rebuild would take, or the nearest that stands in its place."""
    from venvdoctor.fixers.rebuild import nearest  # noqa: PLC0415
    from venvdoctor.repairing.match import choose, wanted  # noqa: PLC0415

    want = wanted(env)
    if want is None:
        return None
    liberal = replace(workshop, salvage=())
    return choose(workshop, want, env) or nearest(workshop, want, env) or nearest(liberal, want, env)


def _lacking(env: Environment, choice: Choice, session: Session) -> Iterator[str]:
    """Yield the packages that import modules which the new interpreter's standard library lost (rule VD208)."""
    from venvdoctor.inspection.distributions import read_library  # noqa: PLC0415
    from venvdoctor.inspection.shared import Shared  # noqa: PLC0415
    from venvdoctor.repairing.match import wanted  # noqa: PLC0415

    want = wanted(env)
    places = tuple(lib.path for lib in env.lib_dirs if want and lib.name == want.lib_dir)
    new = choice.interpreter
    startup = replace(env.startup, starts=True, stdlib=new.stdlib, site_dirs=places, global_site_dirs=())
    shared = Shared(
        view=session.view,
        host=session.host,
        needs=frozenset({"distributions", "files", "imports"}),
        interpreters=session.shared.interpreters,
    )
    library = read_library(replace(env, interpreter=new, base=new, startup=startup), shared)
    for dist in library.distributions:
        if any(item.reason == "removed-stdlib" for item in dist.imports):
            yield f"{dist.name}=={dist.version}"
