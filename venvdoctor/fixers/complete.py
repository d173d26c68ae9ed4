"""Complete: dependencies that packages declare and that are missing, or of a version not allowed, are installed.

Every other package stays at its version; what a new one needs itself comes along.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import Fixer, Plan, Refusal, SetAside
from venvdoctor.model.repair import Choice
from venvdoctor.repairing.builders import (
    OUT_OF_REACH,
    completion,
    no_installer,
    on_copies,
    proof,
    recorded_rows,
    site_of,
)
from venvdoctor.repairing.match import relative
from venvdoctor.repairing.salvaging import demanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop

ANSWERS = frozenset({"VD306", "VD506"})
STATES = {
    "none": ("no build for this Python exists that satisfies", "install another version of what needs it"),
    **OUT_OF_REACH,
}

fixer = Fixer(name="complete", rank=37, summary="install declared dependencies that are missing or of a wrong version")


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | Refusal | None:
    """Propose installing what is declared, at a version that everything that declares it allows."""
    answered = sorted({finding.code for finding in findings if finding.code in ANSWERS})
    site, library = site_of(env), env.library
    if not answered or site is None or library is None or env.interpreter is None or env.python is None:
        return None
    if env.kind == "conda" or not workshop.markers:
        return None
    wanted = demanded(library.distributions, workshop.markers)
    if not wanted:
        return None
    choice = Choice(path=env.base.executable if env.base else env.python.start, interpreter=env.interpreter)
    refusal = _lacking(env, wanted, workshop) or no_installer(env, list(wanted.values()), workshop, choice)
    if refusal:
        return refusal
    states = {key: workshop.supplies[key].state if key in workshop.supplies else "download" for key in wanted}
    replaced = [dist for dist in library.distributions if dist.key in wanted and not dist.from_base]
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"install {', '.join(wanted.values())}; every other package stays at its version",
        steps=tuple(_steps(env, workshop, wanted, replaced)),
        answers=tuple(answered),
        cached=tuple(wanted[key] for key, state in states.items() if state == "cached"),
        downloads=tuple(wanted[key] for key, state in states.items() if state != "cached"),
        notes=tuple(f"{dist.label} is replaced" for dist in replaced),
        space=(50 << 20) * (1 + len(wanted)),
        asks=tuple((key, text) for key, text in wanted.items() if key not in workshop.supplies),
        asks_for=choice.path,
    )


def _lacking(env: Environment, wanted: Mapping[str, str], workshop: Workshop) -> Refusal | None:
    for state, (why, hint) in STATES.items():
        names = [
            text for key, text in wanted.items() if key in workshop.supplies and workshop.supplies[key].state == state
        ]
        if names:
            return Refusal(root=env.real, message=f"{env.path}: {why} {', '.join(names)}", hint=hint)
    return None


def _steps(
    env: Environment, workshop: Workshop, wanted: Mapping[str, str], replaced: Sequence[Distribution]
) -> Iterator[Step]:
    site = site_of(env) or ""
    metadata = [relative(env, dist.metadata_path) for dist in replaced]
    yield from on_copies(env, [site], [row for path in metadata for row in recorded_rows(path, workshop)])
    yield from (SetAside(path=path) for path in metadata if posixpath.dirname(path) == site)
    dists = env.library.distributions if env.library else ()
    stays = [dist for dist in dists if dist.key not in wanted and dist.version and not dist.from_base]
    pins = [f"{dist.name}=={dist.version}\n" for dist in stays]
    yield completion(wanted, "".join(sorted(pins)), workshop)
    yield proof(env, workshop)
