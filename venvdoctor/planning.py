"""From findings to a plan: ask the fixers in the order of the ladder, take the first that has an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.fix import Fixer, Plan, Refusal
from venvdoctor.registry import members

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop


def ladder() -> tuple[Fixer, ...]:
    """Return every fixer, the least destructive first."""
    fixers: list[Fixer] = members("venvdoctor.fixers", "fixer")
    return tuple(sorted(fixers, key=lambda fixer: (fixer.rank, fixer.name)))


def plan(
    env: Environment, findings: Sequence[Finding], workshop: Workshop, *, without: Collection[str] = ()
) -> Plan | Refusal | None:
    """Return what to do about these findings: a plan, why nothing can be done, or None when nothing need be.

    Args:
        env: the facts.
        findings: those that the user wants answered.
        workshop: what there is to repair with.
        without: names of fixers that already had their turn on this environment.
    """
    if not findings:
        return None
    refusal = _not_ours(env, workshop)
    if refusal:
        return refusal
    for fixer in ladder():
        if fixer.name in without or fixer.propose is None:
            continue
        proposed = fixer.propose(env, findings, workshop)
        if isinstance(proposed, Plan):
            return proposed
        refusal = refusal or proposed
    return refusal


def _not_ours(env: Environment, workshop: Workshop) -> Refusal | None:
    """Refuse what belongs to somebody else: an environment repaired by root would no longer be its owner's."""
    if env.owner != workshop.uid:
        return Refusal(
            root=env.real,
            message=f"{env.path} belongs to another user (uid {env.owner})",
            hint="run venvdoctor as that user",
        )
    return None
