"""What a change does to environments: the diagnosis of the changed disk, minus today's. No second engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from venvdoctor.fix import Plan
from venvdoctor.reporting import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.fix import Refusal
    from venvdoctor.report import EnvironmentData, FindingData, Report

Outcome = Literal["survives", "relinks", "rebuilds", "lost", "unknown"]
REBUILDERS = frozenset({"rebuild", "repair_packages"})


class Verdict(NamedTuple):
    """What becomes of one environment, the findings that the change brings, and those that it takes away."""

    outcome: Outcome
    fresh: list[FindingData]
    cured: list[FindingData]


def breaks(before: EnvironmentData | None, after: EnvironmentData | None) -> bool:
    """Whether the change brings an error to an environment that is still there."""
    return after is not None and any(item["severity"] == "error" for item in minus(after, before))


def verdict(before: EnvironmentData | None, after: EnvironmentData | None, proposal: Plan | Refusal | None) -> Verdict:
    """Return what becomes of one environment.

    Args:
        before: its entry in today's report, None when it is not there today.
        after: its entry in the report of the changed disk, None when it is gone itself.
        proposal: what would repair it there.
    """
    if after is None:
        return Verdict("lost", [], [])
    fresh, cured = minus(after, before), minus(before, after) if before else []
    if breaks(before, after):
        if not isinstance(proposal, Plan):
            return Verdict("lost", fresh, cured)
        return Verdict("rebuilds" if proposal.fixer in REBUILDERS else "relinks", fresh, cured)
    return Verdict("unknown" if after["status"] == "unknown" else "survives", fresh, cured)


def minus(one: EnvironmentData, other: EnvironmentData | None) -> list[FindingData]:
    """Return the findings of one report's entry that the other's has not, by rule, place, package and severity."""
    return difference(one["findings"], other["findings"] if other else [])


def difference(these: Sequence[FindingData], those: Sequence[FindingData]) -> list[FindingData]:
    """Return the findings that are only in the first list."""
    known = set(map(_identity, those))
    return [item for item in these if _identity(item) not in known]


def brought(before: Report, after: Report) -> Report:
    """Return a report of what the change brings alone: for every format that prints reports."""
    today = {env["path"]: env for env in before["environments"]}
    environments: list[EnvironmentData] = [
        {**env, "findings": minus(env, today.get(env["path"]))} for env in after["environments"]
    ]
    outside = difference(after["findings"], before["findings"])
    causes = {item["cause"] for env in environments for item in env["findings"]} | {item["cause"] for item in outside}
    return {
        **after,
        "environments": environments,
        "findings": outside,
        "causes": [cause for cause in after["causes"] if cause["id"] in causes],
        "summary": summary(environments, outside),
    }


def _identity(item: FindingData) -> tuple[str, str, str | None, str]:
    return item["code"], item["path"], item["distribution"], item["severity"]
