"""A plan as text and as JSON: what `fix --dry-run` prints. Pure: a plan in, lines or data out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.escape import printable
from venvdoctor.fix import (
    Attest,
    BringBack,
    ChangeMode,
    CopyIn,
    KeepKeys,
    Plan,
    ReplaceFile,
    ReplaceLink,
    Resemble,
    Run,
    SetAside,
    Transplant,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.fix import Refusal, Step

GROUPS = (
    ("carried", "carried over from the old one"),
    ("cached", "from the local cache"),
    ("downloads", "to download (uses the network)"),
    ("unavailable", "no build for this Python"),
)
SHOWN = 12  # names of a group that are printed; JSON has them all


def plan_lines(plan: Plan, *, verbose: bool = False) -> Iterator[str]:
    """Yield a plan's lines for people, without the environment's own heading."""
    yield f"{plan.fixer}: {printable(plan.summary)}"
    for attribute, title in GROUPS:
        labels: tuple[str, ...] = getattr(plan, attribute)
        if labels:
            names = ", ".join(map(printable, labels[:SHOWN])) + (" …" if len(labels) > SHOWN else "")
            yield f"  {len(labels)} {title}: {names}"
    yield from (f"  note: {printable(note)}" for note in plan.notes)
    steps = list(map(step_text, plan.steps))
    for text in (
        steps if verbose or len(steps) <= SHOWN else [*steps[: SHOWN - 1], f"… and {len(steps) - SHOWN + 1} more steps"]
    ):
        yield f"  - {printable(text)}"


def step_text(step: Step) -> str:
    """Return one step in words."""
    match step:
        case ReplaceLink(path=path, target=target):
            return f"link {path} to {target}"
        case ReplaceFile(path=path, content=content):
            return f"rewrite {path} ({len(content)} bytes)"
        case CopyIn(path=path, source=source):
            return f"copy {source} to {path}"
        case SetAside(path=path):
            return f"move {path} aside"
        case ChangeMode(path=path, mode=mode):
            return f"set the mode of {path} to {mode:o}"
        case BringBack(path=path):
            return f"bring back {path}"
        case Transplant(label=label):
            return f"carry over {label} from its installed files"
        case Run(purpose=purpose, network=network):
            return purpose + (" (uses the network)" if network else "")
        case KeepKeys(path=path, keys=keys):
            return f"keep {', '.join(key for key, _ in keys)} in {path}"
        case Resemble(path=path):
            return f"keep access and attributes of {path}"
        case Attest(source=source):
            return f"keep the provenance of {source.rpartition('/')[2]}"
    return f"run {step.python} to verify that it starts and imports {len(step.imports)} names"


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON data."""
    return {
        "environment": plan.root,
        "fixer": plan.fixer,
        "summary": plan.summary,
        "answers": list(plan.answers),
        "network": plan.network,
        "space": plan.space,
        "notes": list(plan.notes),
        **{attribute: list(getattr(plan, attribute)) for attribute, _ in GROUPS},
        "steps": [
            {"kind": _kind(step), "path": getattr(step, "path", None), "summary": step_text(step)}
            for step in plan.steps
        ],
    }


def refusal_data(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as JSON data."""
    return {"environment": refusal.root, "message": refusal.message, "hint": refusal.hint}


def _kind(step: Step) -> str:
    name = type(step).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
