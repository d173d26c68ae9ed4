"""What the rules about references from outside say alike: why the target cannot start, the evidence, the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause

if TYPE_CHECKING:
    from venvdoctor.finding import Evidence
    from venvdoctor.model.dependent import Dependent

SICK = ("missing", "dangling", "not-executable", "interpreter-missing", "module-missing", "module-stranded")


def is_sick(item: Dependent) -> bool:
    """Return whether starting the target plainly fails."""
    return item.state in SICK


def is_gone(item: Dependent) -> bool:
    """Return whether nothing is left of the environment itself."""
    return bool(item.environment and item.detail) and f"{item.environment}/".startswith(f"{item.detail}/")


def why(item: Dependent) -> str:
    """Return why the target cannot start, as the end of a sentence."""
    if item.state == "missing":
        gone = f" ({item.detail} is gone)" if item.detail not in ("", item.target) else ""
        return f"{item.target} does not exist{gone}"
    if item.state == "dangling":
        return f"{item.target} leads to {item.detail}, which is gone"
    if item.state == "not-executable":
        return f"{item.target} is not executable"
    if item.state == "module-stranded":
        return f"{item.target} is {item.fallback} now, and {item.detail} was left in {item.environment}"
    if item.state == "module-missing":
        return f"{item.environment} has no module {item.detail}"
    if item.detail.startswith("/"):
        return f"the interpreter of {item.target} is gone: {item.detail} does not exist"
    return f"the first line of {item.target} names no usable interpreter ({item.detail})"


def evidence_of(item: Dependent) -> dict[str, Evidence]:
    """Return what stood there."""
    found: dict[str, Evidence] = {"names": item.target, "state": item.state}
    if item.line:
        found["line"] = item.line
    if item.detail:
        found["not there"] = item.detail
    if item.environment:
        found["environment"] = item.environment
    if item.fallback:
        found["answers instead"] = item.fallback
    return found


def cause_of(item: Dependent) -> Cause | None:
    """Return what this reference has in common with others: an interpreter that is gone, or an environment."""
    gone = item.detail
    if item.state == "module-stranded":
        return Cause(id=f"interpreter-replaced:{item.target}", summary=f"{item.target} is now {item.fallback}")
    if item.state not in ("missing", "dangling", "interpreter-missing") or not gone.startswith("/"):
        return None
    environment = item.environment or ""
    if environment and (
        environment == gone or environment.startswith(gone + "/") or gone.startswith(environment + "/")
    ):
        return Cause(id=f"environment-gone:{environment}", summary=f"{max(environment, gone, key=len)} is gone")
    return Cause(id=f"interpreter-gone:{gone}", summary=f"{gone} is gone")
