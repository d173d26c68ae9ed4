"""What a rule says when it does not hold: the place, the evidence, the cause, the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from venvdoctor.model.fact import fact, field

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["error", "warning", "note"]
Impact = Literal["broken", "degraded", "none"]
Status = Literal["healthy", "degraded", "broken", "unknown"]
RemedyKind = Literal[
    "relink",
    "refresh",
    "rewrite-paths",
    "repair-packages",
    "rebuild",
    "repoint",
    "forget",
    "reinstall-base",
    "edit",
    "look",
    "none",
]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
Evidence = str | int | bool | None | list[str]


@fact
class Remedy:
    """The one next step: what it does, and the command for it (empty where only a person can)."""

    kind: RemedyKind
    summary: str
    command: str = ""


@fact
class Cause:
    """What many findings have in common.

    Attributes:
        id: stable between scans of an unchanged disk: `interpreter-gone:/usr/bin/python3.11`.
        summary: the cause alone, without counts: `/usr/bin/python3.11 is gone`.
        remedy: the step that answers all of its findings, None: each finding's own.
    """

    id: str
    summary: str
    remedy: Remedy | None = None


@fact
class Finding:
    """One rule that does not hold at one place.

    Attributes:
        path: the place: the file that was looked at.
        impact: what an error does to its environment's status; warnings and notes do nothing to it.
        evidence: what stood there and what was expected, JSON values only.
        undecided: the finding says that something could not be decided; its environment is `unknown` if nothing
            else speaks.
    """

    code: str
    rule: str
    severity: Severity
    message: str
    path: str
    remedy: Remedy
    impact: Impact = "none"
    distribution: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    cause: Cause | None = None
    undecided: bool = False
