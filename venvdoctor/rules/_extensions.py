"""What the rules about extension modules share: which modules each judges, how bad that is, how to say it.

How bad it is follows from who would notice. An extension module that users get to (its package fails to import, or a
public module of it does) is an error. One that its package is prepared to do without is a warning where the file itself
is wrong, and a note where only a library of the system is absent: optional backends (GPU drivers, sound, databases)
lack theirs on most healthy machines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.rules._packages import packages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Cause, Evidence, Finding, Remedy, Severity
    from venvdoctor.model.distribution import Distribution, ImportName
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Fault
    from venvdoctor.rule import Rule

FOREIGN = frozenset({"wrong-machine", "wrong-libc", "foreign-format", "not-library"})
DAMAGED = frozenset({"truncated", "empty", "text", "not-binary", "garbled"})
LIBRARY = frozenset({"library-missing", "driver-missing", "loader-missing"})
VERSION = frozenset({"symbol-version"})
SYMBOL = frozenset({"undefined-symbol"})
ORDER = (FOREIGN | DAMAGED, LIBRARY, VERSION, SYMBOL)  # what stands before hides what stands behind
RANK: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


class Case(NamedTuple):
    """One extension module that does not load, and the faults that the asking rule judges."""

    dist: Distribution
    item: ImportName
    faults: tuple[Fault, ...]
    severity: Severity

    @property
    def proven(self) -> bool:
        """Whether a name that the distribution is imported as fails because of this module."""
        return _fails_by(self.dist, self.item) or "." not in self.item.name


def unloadable(env: Environment, kinds: frozenset[str]) -> Iterator[list[Case]]:
    """Yield, for each distribution, its modules whose most basic fault is of one of the kinds, the worst first."""
    for dist in packages(env):
        found = []
        for item in dist.native:
            faults = _basic(item) if item.reason == "unloadable" else ()
            own = tuple(fault for fault in faults if fault.kind in kinds)
            if own:
                found.append(Case(dist, item, own, severity_of(dist, item, own)))
        if found:
            yield sorted(found, key=_order)


def mistagged(env: Environment) -> Iterator[list[Case]]:
    """Yield, for each distribution, its modules that are there for other interpreters only, the worst first."""
    for dist in packages(env):
        items = [item for item in dist.native if item.reason == "wrong-tag"]
        if items:
            yield sorted((Case(dist, item, (), severity_of(dist, item, ())) for item in items), key=_order)


def severity_of(dist: Distribution, item: ImportName, faults: tuple[Fault, ...]) -> Severity:
    """Return how bad it is that a module does not load."""
    kinds = {fault.kind for fault in faults}
    if kinds and kinds <= {"driver-missing"}:
        return "note"  # the machine has no such device; images are built for machines that have
    absent = bool(kinds) and kinds <= LIBRARY
    if item.use == "required" or _fails_by(dist, item):
        return "error"
    public = not any(part.startswith("_") for part in item.name.split("."))
    if item.use == "unknown" and item.alone and public:
        return "error"  # nothing of what the distribution was compiled for can be used
    if item.use == "conditional":
        return "warning" if absent and not item.alone else "error"
    return "note" if absent else "warning"


def opening(cases: list[Case]) -> str:
    """Return how the sentence about a distribution begins."""
    first = cases[0]
    label = first.dist.label
    if first.severity != "error":
        return f"{label} has to do without {first.item.name}"
    if first.proven or any("." not in name for name in first.item.importers):
        return f"{label} cannot be imported"
    return f"{label} cannot load {first.item.name}"


def evidence_of(cases: list[Case], **more: Evidence) -> dict[str, Evidence]:
    """Return what stood there: modules, who fails with them, and what the rule adds."""
    first = cases[0]
    base: dict[str, Evidence] = {
        "modules": [case.item.name for case in cases[:20]],
        "count": len(cases),
        "file": first.item.path,
        "fails_with_it": list(first.item.importers),
        "use": first.item.use or "unknown",
    }
    return {**base, **more}


def _basic(item: ImportName) -> tuple[Fault, ...]:
    """Return the faults of the most basic kind: a library that is missing hides what its absence leaves undefined."""
    for kinds in ORDER:
        found = tuple(fault for fault in item.faults if fault.kind in kinds)
        if found:
            return found
    return ()


def _fails_by(dist: Distribution, item: ImportName) -> bool:
    return any(name.state == "fails" and name.path == item.path for name in dist.imports)


def _order(case: Case) -> tuple[int, str]:
    return RANK[case.severity], case.item.name


def one_finding(
    rule: Rule, cases: list[Case], sentence: str, evidence: dict[str, Evidence], *, cause: Cause, remedy: Remedy
) -> Finding:
    """Return the finding about one distribution, named after its worst module's first fault."""
    first = cases[0]
    return rule.finding(
        message=f"{opening(cases)}: {first.faults[0].path} {sentence}",
        path=first.faults[0].path,
        severity=first.severity,
        distribution=first.dist.name,
        evidence=evidence,
        cause=cause,
        remedy=remedy,
    )


def subjects(cases: list[Case]) -> list[str]:
    """Return what the faults name, each once: libraries, versions or symbols."""
    return list(dict.fromkeys(fault.subject for case in cases for fault in case.faults))
