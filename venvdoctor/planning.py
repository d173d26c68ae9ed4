"""From findings to a plan: ask the fixers in the order of the ladder, take the first that has an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.fix import Fixer, Plan, Refusal
from venvdoctor.model.fact import replace
from venvdoctor.registry import members

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop

IN_PLACE = ("configuration", "relink", "rewrite_paths")  # what runs never notices: packages stay where they are


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
    refusal = unrepairable(env, workshop, "; ".join(dict.fromkeys(item.remedy.summary for item in findings)))
    if refusal:
        return refusal
    for fixer in ladder():
        if fixer.name in without or fixer.propose is None:
            continue
        proposed = fixer.propose(env, findings, workshop)
        if isinstance(proposed, Plan):
            return _possible(env, proposed, workshop)
        refusal = refusal or proposed
    return refusal


def unrepairable(env: Environment, workshop: Workshop, advice: str = "") -> Refusal | None:
    """Return why venvdoctor leaves this environment alone whatever ails it; None where it may be repaired."""
    if env.owner != workshop.uid:  # repaired by root, it would no longer be its owner's
        return Refusal(
            root=env.real,
            message=f"{env.path} belongs to another user (uid {env.owner})",
            hint="run venvdoctor as that user",
        )
    if any(char < " " or char == "\x7f" for char in env.real):  # scripts, pth files and RECORD hold a name a line
        message = f"the name of {env.path} holds a control character"
        return Refusal(root=env.real, message=message, hint="give the directory a plainer name")
    if env.layout == "windows":
        return Refusal(
            root=env.real, message=f"{env.path} is an environment of Windows", hint="make it anew on that system"
        )
    if env.kind == "conda":
        message = f"{env.path} belongs to conda, which alone knows how to repair it"
        return Refusal(
            root=env.real, message=message, hint=advice or "`conda install --revision`, or `conda env create`"
        )
    if workshop.frozen:
        hint = "make it writable, or leave it to whoever froze it"
        return Refusal(root=env.real, message=f"{env.path} is frozen: {workshop.frozen}", hint=hint)
    return None


def _possible(env: Environment, plan: Plan, workshop: Workshop) -> Plan | Refusal:
    """Refuse a plan that would end half-way."""
    if workshop.own and plan.fixer in ("rebuild", "forget"):
        message = f"venvdoctor itself runs from {env.path}, and would lose its own files while it makes it anew"
        return Refusal(root=env.real, message=message, hint="run venvdoctor.pyz with another interpreter")
    for place, why in workshop.borders:
        if any(_touches(step, place) for step in plan.steps):
            message = f"{place} of {env.path} {why}, and nothing is changed across it"
            return Refusal(root=env.real, message=message, hint="make it a plain directory, or build it anew by hand")
    if workshop.free is not None and workshop.free < plan.space:
        return Refusal(
            root=env.real,
            message=f"{env.path} needs {plan.space >> 20} MiB for this repair, and {workshop.free >> 20} MiB are free",
            hint="make room on its file system first",
        )
    if workshop.running and plan.fixer not in IN_PLACE:
        shown = ", ".join(workshop.running[:5]) + (" …" if len(workshop.running) > 5 else "")
        return replace(plan, notes=(*plan.notes, f"it is in use by process {shown}: restart that afterwards"))
    return plan


def _touches(step: Step, place: str) -> bool:
    """Whether a step changes something in a directory, or moves the directory itself."""
    path = getattr(step, "path", None) or getattr(step, "site_dir", None)
    return path is not None and (path == place or path.startswith(place + "/") or place.startswith(path + "/"))
