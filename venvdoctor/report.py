"""The report as data: exactly the JSON of the contract (schema_version 1), typed; formats read nothing else.

Saved reports are read back into the same shape, so `report FILE…` and `scan` share every format.
"""

from __future__ import annotations

from typing import TypedDict

SCHEMA_VERSION = 1


class ToolData(TypedDict):
    """Who wrote the report."""

    name: str
    version: str


class ScanData(TypedDict):
    """What was scanned, when and where; `ignored` holds the codes that the settings leave out, with their reasons."""

    roots: list[str]
    started_at: str
    duration_s: float
    host: str
    os: dict[str, str]
    sysroot: str | None
    ignored: dict[str, str]
    complete: bool


class CountsData(TypedDict):
    """Findings by severity."""

    error: int
    warning: int
    note: int


class SummaryData(TypedDict):
    """The verdict in numbers."""

    environments: int
    healthy: int
    degraded: int
    broken: int
    unknown: int
    findings: CountsData


class RemedyData(TypedDict):
    """The one next step."""

    kind: str
    summary: str
    command: str


class FindingData(TypedDict):
    """One finding."""

    code: str
    rule: str
    severity: str
    message: str
    path: str
    distribution: str | None
    evidence: dict[str, str | int | bool | list[str] | None]
    cause: str | None
    remedy: RemedyData


class PythonData(TypedDict):
    """The interpreter of one environment; `chain_end` says how the way along `chain` ends (`file`, `missing`, …)."""

    recorded_version: str | None
    actual_version: str | None
    implementation: str | None
    abi: str | None
    executable: str | None
    chain: list[str]
    chain_end: str | None
    base_executable: str | None
    base_prefix: str | None
    provider: str | None


class ProbeData(TypedDict):
    """What starting the interpreter showed (`--probe` only); `starts` is None when it did not answer in time."""

    starts: bool | None
    version: str | None
    prefix: str | None
    detail: str


class _Probed(TypedDict, total=False):
    probe: ProbeData


class EnvironmentData(_Probed):
    """One environment.

    `unreported` names the rules that shape its status although their findings were not asked for
    (not selected, ignored, or accepted by a baseline).
    """

    path: str
    kind: str
    manager: str | None
    name: str
    project: str | None
    status: str
    created_by: str | None
    python: PythonData
    distributions: int
    findings: list[FindingData]
    unreported: list[str]


class CauseData(TypedDict):
    """A cause and the environments it explains."""

    id: str
    summary: str
    environments: list[str]
    remedy: RemedyData | None


class InterpreterData(TypedDict):
    """One base interpreter."""

    path: str
    version: str | None
    implementation: str | None
    provider: str
    environments: int
    findings: list[FindingData]


class ErrorData(TypedDict):
    """Something the scan itself could not do."""

    path: str
    message: str


class Report(TypedDict):
    """A whole report; `findings` are those of dependents that lie outside every environment."""

    schema_version: int
    tool: ToolData
    scan: ScanData
    summary: SummaryData
    environments: list[EnvironmentData]
    causes: list[CauseData]
    interpreters: list[InterpreterData]
    findings: list[FindingData]
    errors: list[ErrorData]
