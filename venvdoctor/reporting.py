"""From facts and findings to the report: plain data, made per environment, then put together in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from venvdoctor import bounds
from venvdoctor.finding import SEVERITIES
from venvdoctor.report import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from venvdoctor.finding import Finding, Remedy, Status
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.report import (
        CauseData,
        CountsData,
        EnvironmentData,
        ErrorData,
        FindingData,
        InterpreterData,
        PythonData,
        RemedyData,
        Report,
        ScanData,
        SummaryData,
        ToolData,
    )

_RANK: dict[str, int] = {"healthy": 0, "unknown": 1, "degraded": 2, "broken": 3}


class CauseNote(NamedTuple):
    """What a finding says of its cause; the environments are gathered later."""

    id: str
    summary: str
    remedy: RemedyData | None


class Examined(NamedTuple):
    """One environment's share of a report: plain data, so a worker process can hand it back.

    Attributes:
        environment: its entry, with the reported findings only.
        causes: the causes that those findings name.
        base: its base interpreter, None where no path leads to one.
        real: the canonical path of its directory.
        error: why it could not be examined as it should, "" when it could.
    """

    environment: EnvironmentData
    causes: tuple[CauseNote, ...] = ()
    base: InterpreterData | None = None
    real: str = ""
    error: str = ""


class Outside(NamedTuple):
    """A finding about something outside the environments, and the environment that it names."""

    finding: FindingData
    environment: str | None
    impact: str
    cause: CauseNote | None
    undecided: bool


def examined(
    env: Environment, findings: list[Finding], status: Status, reported: Collection[str], base: InterpreterData | None
) -> Examined:
    """Return the entry of an environment; what fired and is not reported is named by its code alone."""
    shown = [item for item in findings if item.code in reported]
    data: EnvironmentData = {
        "path": env.path,
        "kind": env.kind,
        "manager": env.manager,
        "name": bounds.text(env.name) or env.path.rstrip("/").rpartition("/")[2],
        "project": env.project,
        "status": status,
        "created_by": bounds.text(env.created_by or "") or None,
        "python": python_data(env),
        "distributions": count_distributions(env),
        "findings": [finding_data(item) for item in shown],
        "unreported": sorted({item.code for item in findings if item.code not in reported and item.impact != "none"}),
    }
    return Examined(environment=data, causes=_causes(shown), base=base, real=env.real)


def unexamined(path: str, manager: str | None, name: str, error: str) -> Examined:
    """Return the entry of an environment whose examination failed: `unknown`, never silently dropped."""
    python: PythonData = {
        "recorded_version": None,
        "actual_version": None,
        "implementation": None,
        "abi": None,
        "executable": None,
        "chain": [],
        "chain_end": None,
        "base_executable": None,
        "base_prefix": None,
        "provider": None,
    }
    data: EnvironmentData = {
        "path": path,
        "kind": "unknown",
        "manager": manager,
        "name": name or path.rstrip("/").rpartition("/")[2],
        "project": None,
        "status": "unknown",
        "created_by": None,
        "python": python,
        "distributions": 0,
        "findings": [],
        "unreported": [],
    }
    return Examined(environment=data, real=path, error=error)


def python_data(env: Environment) -> PythonData:
    """Return what runs in an environment, and the way to it."""
    interpreter, chain = env.interpreter, env.python
    return {
        "recorded_version": bounds.text(env.recorded_version) if env.recorded_version else env.recorded_version,
        "actual_version": interpreter.version.text if interpreter and interpreter.version else None,
        "implementation": interpreter.implementation if interpreter else None,
        "abi": _abi(interpreter),
        "executable": chain.start if chain else None,
        "chain": [hop.path for hop in chain.hops] if chain else [],
        "chain_end": chain.end if chain else None,
        "base_executable": base_path(env),
        "base_prefix": env.startup.base_prefix,
        "provider": env.base.provider if env.base else None,
    }


def base_path(env: Environment) -> str | None:
    """Return the path of the base interpreter, also of one that is gone; None where nothing leads to one."""
    if env.base is not None:
        return env.base.executable
    chain = env.python
    if chain is not None and chain.end == "missing" and chain.is_link:
        return chain.hops[-1].path
    inside = chain is not None and chain.real is not None and chain.real.startswith(env.real.rstrip("/") + "/")
    if inside and env.kind != "conda" and env.copied_from:
        return env.copied_from
    return env.startup.home_executable


def interpreter_data(path: str, interpreter: Interpreter | None, findings: Iterable[Finding]) -> InterpreterData:
    """Return the entry of a base interpreter; one that is gone has no version."""
    known = interpreter is not None and interpreter.version is not None
    return {
        "path": path,
        "version": interpreter.version.text if interpreter and interpreter.version and known else None,
        "implementation": interpreter.implementation if interpreter else None,
        "provider": interpreter.provider if interpreter else "unknown",
        "environments": 0,
        "findings": [finding_data(item) for item in findings],
    }


def finding_data(finding: Finding) -> FindingData:
    """Return a finding as the contract writes it."""
    return {
        "code": finding.code,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": bounds.text(finding.message),
        "path": finding.path,
        "distribution": bounds.text(finding.distribution) if finding.distribution else None,
        "evidence": {bounds.text(key): bounds.evidence(value) for key, value in finding.evidence.items()},
        "cause": finding.cause.id if finding.cause else None,
        "remedy": remedy_data(finding.remedy),
    }


def remedy_data(remedy: Remedy) -> RemedyData:
    """Return a remedy as the contract writes it."""
    summary = bounds.text(remedy.summary)
    return {"kind": remedy.kind, "summary": summary, "command": remedy.command}  # half a command is another one


def outside(finding: Finding, environment: str | None) -> Outside:
    """Return a dependent's finding with what attaching it to an environment needs."""
    notes = _causes([finding])
    return Outside(finding_data(finding), environment, finding.impact, notes[0] if notes else None, finding.undecided)


def count_distributions(env: Environment) -> int:
    """Return how many packages the environment holds, whichever way they were counted."""
    if env.library is not None:
        inside = [item for item in env.library.distributions if not item.from_base]
        return len(inside) + len(env.library.stranded)
    return sum(folder.distributions for folder in env.lib_dirs)


class Assembler:
    """Puts the shares together; what it keeps grows with what it was given and with nothing else."""

    def __init__(self) -> None:
        self._entries: list[Examined] = []
        self._by_path: dict[str, EnvironmentData] = {}
        self._outside: list[FindingData] = []
        self._notes: dict[str, CauseNote] = {}
        self._places: dict[str, set[str]] = {}
        self._bases: dict[str, InterpreterData] = {}
        self._errors: dict[tuple[str, str], ErrorData] = {}

    def add(self, share: Examined) -> None:
        """Take in one environment."""
        path = share.environment["path"]
        self._entries.append(share)
        for name in (share.real, path):
            self._by_path[name.rstrip("/")] = share.environment
        for note in share.causes:
            self._note(note, path)
        if share.base is not None:
            known = self._bases.setdefault(share.base["path"], share.base)
            known["environments"] += 1
        if share.error:
            self.error(path, share.error)

    def error(self, path: str, message: str) -> None:
        """Take in something that the scan could not do."""
        self._errors[path, message] = {"path": path, "message": message}

    def attach(self, item: Outside) -> None:
        """Give a dependent's finding to the environment it names, or to the report when that is not in it."""
        entry = self._entry(item.environment) if item.environment else None
        if entry is None:
            self._outside.append(item.finding)
            if item.cause:
                self._note(item.cause, None)
            return
        entry["findings"].append(item.finding)
        entry["findings"].sort(key=finding_order)
        entry["status"] = worse(entry["status"], item.impact, undecided=item.undecided)
        if item.cause:
            self._note(item.cause, entry["path"])

    def paths(self) -> list[str]:
        """Return the directories of the environments taken in so far."""
        return [share.environment["path"] for share in self._entries]

    def report(self, tool: ToolData, scan: ScanData) -> Report:
        """Return the whole report in its one order; `scan.complete` is decided here."""
        environments = sorted((share.environment for share in self._entries), key=lambda item: item["path"])
        errors = [self._errors[key] for key in sorted(self._errors)]
        totals = summary(environments, self._outside)
        complete = scan["complete"] and not errors and not totals["unknown"]
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": tool,
            "scan": {**scan, "complete": complete},
            "summary": totals,
            "environments": environments,
            "causes": self._cause_list(),
            "interpreters": [self._bases[path] for path in sorted(self._bases)],
            "findings": sorted(self._outside, key=finding_order),
            "errors": errors,
        }

    def _entry(self, path: str) -> EnvironmentData | None:
        return self._by_path.get(path.rstrip("/"))

    def _note(self, note: CauseNote, path: str | None) -> None:
        self._notes.setdefault(note.id, note)
        places = self._places.setdefault(note.id, set())
        if path is not None:
            places.add(path)

    def _cause_list(self) -> list[CauseData]:
        order = sorted(self._notes, key=lambda key: (-len(self._places[key]), key))
        return [
            {
                "id": key,
                "summary": self._notes[key].summary,
                "environments": sorted(self._places[key]),
                "remedy": self._notes[key].remedy,
            }
            for key in order
        ]


def summary(environments: Iterable[EnvironmentData], outside_findings: Iterable[FindingData]) -> SummaryData:
    """Count environments by status and findings by severity."""
    states = {"healthy": 0, "degraded": 0, "broken": 0, "unknown": 0}
    counts: CountsData = {"error": 0, "warning": 0, "note": 0}
    total = 0
    for env in environments:
        total += 1
        states[env["status"]] += 1
        _count(counts, env["findings"])
    _count(counts, outside_findings)
    return {
        "environments": total,
        "healthy": states["healthy"],
        "degraded": states["degraded"],
        "broken": states["broken"],
        "unknown": states["unknown"],
        "findings": counts,
    }


def worse(status: str, impact: str, *, undecided: bool = False) -> str:
    """Return the status that one more finding leaves an environment in."""
    other = impact if impact in ("broken", "degraded") else "unknown" if undecided else "healthy"
    return max(status, other, key=_RANK.__getitem__)


def finding_order(finding: FindingData) -> tuple[str, str, str, str]:
    """Return the key that findings are sorted by."""
    return finding["code"], finding["path"], finding["distribution"] or "", finding["message"]


def _count(counts: CountsData, findings: Iterable[FindingData]) -> None:
    for finding in findings:
        for severity in SEVERITIES:
            if finding["severity"] == severity:
                counts[severity] += 1


def _abi(interpreter: Interpreter | None) -> str | None:
    """Return the tag of PEP 425: `cp313t`, `pp310`."""
    if interpreter is None or interpreter.version is None or interpreter.implementation is None:
        return None
    short = {"cpython": "cp", "pypy": "pp", "graalpy": "graalpy"}[interpreter.implementation]
    return f"{short}{interpreter.version.major}{interpreter.version.minor}{interpreter.abi_flags}"


def _causes(findings: Iterable[Finding]) -> tuple[CauseNote, ...]:
    notes = {}
    for finding in findings:
        cause = finding.cause
        if cause is not None:
            remedy = remedy_data(cause.remedy) if cause.remedy else None
            notes[cause.id] = CauseNote(cause.id, bounds.text(cause.summary), remedy)
    return tuple(notes.values())
