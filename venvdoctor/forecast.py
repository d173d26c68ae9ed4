"""`predict` end to end: put the change together, scan today's disk and the changed one, compare their answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from venvdoctor import __version__, api, prediction, repair
from venvdoctor.errors import UsageError
from venvdoctor.fix import Plan
from venvdoctor.inspection.apt_simulation import files_of, parse_simulation
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.plan_text import GROUPS
from venvdoctor.report import SCHEMA_VERSION
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.api import ScanRequest, Session
    from venvdoctor.config import Config
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.report import Report

_VERSION = re.compile(r"(\d+)\.(\d+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """What the user supposes.

    Attributes:
        without: paths that would be gone.
        pythons: OLD=NEW, paths or versions.
        os_root: directory that the system's directories would come from.
        apt: what a simulated apt run printed.
    """

    without: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    os_root: str | None = None
    apt: str | None = None


def predict(request: ScanRequest, config: Config, supposed: Supposition) -> dict[str, Any]:
    """Return the prediction as JSON data (schema_version 1 of the contract).

    Raises:
        UsageError: nothing is supposed, or something that cannot be.
    """
    before_session = api.open_session(request, config)
    before = api.scan(request, config, session=before_session)
    hypothesis = suppose(before_session, supposed)
    if not hypothesis.change:
        raise UsageError("nothing would change", hint="use --without, --python, --os-root or --apt")
    view = prediction.view_of(hypothesis, before_session.view)
    after_session = api.open_session(request, config, view=view)
    after_session.shared.interpreters.update(hypothesis.made)
    after = api.scan(request, config, session=after_session)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "venvdoctor", "version": __version__},
        "change": hypothesis.words,
        "before": before,
        "after": after,
        "environments": list(_outcomes(before, after, after_session)),
    }


def suppose(session: Session, supposed: Supposition) -> prediction.Hypothesis:
    """Put the change together from the user's words.

    Raises:
        UsageError: a path that is not there, a version that is nowhere installed, an image without a system in it.
    """
    hypothesis = prediction.Hypothesis()
    prediction.suppose_gone(hypothesis, session.view, supposed.without)
    for word in supposed.pythons:
        _suppose_python(hypothesis, session, word)
    if supposed.os_root is not None:
        _suppose_root(hypothesis, supposed.os_root)
    if supposed.apt is not None:
        _suppose_apt(hypothesis, session, supposed.apt)
    return hypothesis


def _suppose_python(hypothesis: prediction.Hypothesis, session: Session, word: str) -> None:
    old, equals, new = word.partition("=")
    if not equals or not old or not new:
        raise UsageError(f"--python {word} is not OLD=NEW", hint="for example 3.11=3.13, or two paths of interpreters")
    hypothesis.words.setdefault("python", []).append(word)
    series, fresh = _VERSION.match(old), _VERSION.match(new)
    if not (series and fresh):
        prediction.suppose_replaced(hypothesis, session.view, old, new)
        return
    found = [base for base in _bases(session) if base.version and base.version.series == old]
    if not found:
        raise UsageError(
            f"--python {word}: no environment here has a base interpreter {old}", hint="`venvdoctor interpreters`"
        )
    for base in found:
        prediction.suppose_upgraded(hypothesis, session.view, base, (int(fresh[1]), int(fresh[2])))


def _suppose_root(hypothesis: prediction.Hypothesis, root: str) -> None:
    image = rooted_view(root)
    if image.kind("/usr") != "dir":
        raise UsageError(f"--os-root {root}: there is no /usr in it", hint="name the root of an unpacked system image")
    from dataclasses import replace  # noqa: PLC0415

    hypothesis.change = replace(hypothesis.change, os_root=View().realpath(root))
    hypothesis.words["os_root"] = root


def _suppose_apt(hypothesis: prediction.Hypothesis, session: Session, text: str) -> None:
    simulation = parse_simulation(text)
    hypothesis.words["apt"] = {
        "removes": list(simulation.removed),
        "replaces": [list(item) for item in simulation.installed],
    }
    hypothesis.without(files_of(simulation.removed, session.view))
    series = simulation.default_python
    system = _system_python(session)
    if series and system and system.version and (system.version.major, system.version.minor) != series:
        prediction.suppose_upgraded(hypothesis, session.view, system, series)
        if f"python{system.version.series}" not in simulation.removed:
            _keep_versioned(hypothesis, system)


def _keep_versioned(hypothesis: prediction.Hypothesis, system: Interpreter) -> None:
    """Suppose that the old minor stays beside the new one, as apt leaves it until it is removed by name."""
    from dataclasses import replace  # noqa: PLC0415

    kept = {system.executable, system.stdlib}
    gone = tuple(path for path in hypothesis.change.gone if path not in kept)
    hypothesis.change = replace(hypothesis.change, gone=gone)


def _system_python(session: Session) -> Interpreter | None:
    try:
        return read_interpreter(session.view.realpath("/usr/bin/python3"), session.shared)
    except OSError:
        return None


def _bases(session: Session) -> list[Interpreter]:
    """Return the base interpreters that the scan of today met."""
    return [interpreter for path in session.bases if (interpreter := session.shared.interpreters.get(path))]


def _outcomes(before: Report, after: Report, session: Session) -> Iterator[dict[str, Any]]:
    """Yield what becomes of each environment, those of today and those that only the change brings to light."""
    then = {env["path"]: env for env in after["environments"]}
    today = {env["path"]: env for env in before["environments"]}
    proposals = {case.env.path: case.proposal for case in repair.cases(session, repair.Wish(offline=False))}
    for path in [*today, *(path for path in then if path not in today)]:
        proposal = proposals.get(path)
        verdict, fresh = prediction.outcome(today.get(path), then.get(path), proposal)
        entry: dict[str, Any] = {"path": path, "outcome": verdict, "findings": [item["code"] for item in fresh]}
        entry["causes"] = sorted({item["cause"] for item in fresh if item["cause"]})
        if isinstance(proposal, Plan) and verdict in ("relinks", "rebuilds"):
            entry["repair"] = proposal.summary
            entry["packages"] = {name: len(getattr(proposal, name)) for name, _ in GROUPS}
        yield entry
