"""Saved reports read back and put together: a fleet's by host, cause and interpreter."""

from __future__ import annotations

from array import array
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from venvdoctor import __version__
from venvdoctor.errors import UsageError
from venvdoctor.report import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from venvdoctor.report import Report, SummaryData

HOW = "save a report with `venvdoctor scan --output json:FILE`"
LIMIT = 256 << 20  # bytes of one saved report, and its values: 100 000 environments and more have room in both
VALUES = 8_000_000
COUNTED = ("environments", "broken", "degraded", "unknown", "healthy")


def load(path: str) -> Report:
    """Return one saved report.

    Raises:
        UsageError: the file cannot be read, or is no report that this version understands.
    """
    from json import loads  # noqa: PLC0415 - only where reports are read

    try:
        with open(path, "rb") as stream:
            content = stream.read(LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > LIMIT or sum(map(content.count, (b"{", b"[", b","))) > VALUES:
        raise UsageError(
            f"{path} is too large: a report of {LIMIT >> 20} MiB and {VALUES // 1_000_000} million values is read",
            hint="name the reports it was made from instead, or a directory of them: one is read at a time",
        )
    try:
        return checked(loads(content), path)
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON", hint=HOW) from None


def at_hand(path: str) -> Report:
    """Return one of many saved reports; for a file that is none, the report of a host that nothing is known of."""
    try:
        return load(path)
    except UsageError as error:
        reason = {"path": path, "message": error.message}
    name = path.rpartition("/")[2].removesuffix(".json")
    scan = {"roots": [], "started_at": "", "duration_s": 0.0, "host": name, "os": {}, "sysroot": None, "ignored": {}}
    whole: Any = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "venvdoctor", "version": __version__},
        "scan": {**scan, "complete": False},
        "summary": total([]),
        **{key: [] for key in ("environments", "causes", "interpreters", "findings")},
        "errors": [reason],
    }
    return cast("Report", whole)


def checked(document: Any, path: str) -> Report:
    """Return a document as a report, fields that came later filled in.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(f"{path} is not a report of schema version {SCHEMA_VERSION}")
    _complete(document)
    schema, fits = _schema()
    if not fits(document):
        from venvdoctor.schemas.check import violation  # noqa: PLC0415 - in words, which takes longer

        wrong = violation(document, schema)
        raise UsageError(
            f"{path} is not a whole report: {wrong}", hint="save it with `venvdoctor scan --output json:FILE`"
        )
    return cast("Report", document)


@cache
def _schema() -> tuple[dict[str, Any], Callable[[Any], bool]]:
    """Return the schema, read once however many reports there are, and the test for it."""
    from json import loads  # noqa: PLC0415

    from venvdoctor import schemas  # noqa: PLC0415 - only what was saved is checked
    from venvdoctor.schemas.check import compiled  # noqa: PLC0415

    schema = loads(schemas.read())
    return schema, compiled(schema)


def _complete(document: dict[str, Any]) -> None:
    """Fill in the fields that came after the first release of the schema."""
    document.setdefault("findings", [])
    if isinstance(document.get("scan"), dict):
        document["scan"].setdefault("ignored", {})
    environments = document.get("environments")
    for env in environments if isinstance(environments, list) else ():
        if isinstance(env, dict):
            for key, value in (("project", None), ("created_by", None), ("unreported", [])):
                env.setdefault(key, value)
            if isinstance(env.get("python"), dict):
                env["python"].setdefault("chain_end", None)


class Fleet:
    """What many reports come to; its size grows with hosts, causes and interpreters, not with environments."""

    def __init__(self) -> None:
        self.hosts: dict[str, dict[str, Any]] = {}
        self.causes: Counter[str] = Counter()
        self.cause_hosts: dict[str, array[int]] = {}  # the numbers of the hosts in the order in which they came
        self.cause_names: dict[str, str] = {}
        self.interpreters: Counter[tuple[str, str, str]] = Counter()
        self.interpreter_hosts: Counter[tuple[str, str, str]] = Counter()
        self.codes: Counter[tuple[str, str, str]] = Counter()
        self.totals: Counter[str] = Counter()
        self.complete = True

    def add(self, report: Report, name: str) -> None:
        """Take in one report; two of one host are told apart by their file's name."""
        host = report["scan"].get("host") or name
        host = f"{host} ({name})" if host in self.hosts else host
        self._count(host, report)
        for cause in report["causes"]:
            key = str(cause["id"])
            self.cause_names.setdefault(key, str(cause["summary"]))
            self.causes[key] += len(cause["environments"])
            self.cause_hosts.setdefault(key, array("I")).append(len(self.hosts) - 1)
        for item in report["interpreters"]:
            known = (item["path"], item["version"] or "", item["provider"])
            self.interpreters[known] += item["environments"]
            self.interpreter_hosts[known] += 1
        for env in report["environments"]:
            self.codes.update((item["code"], item["rule"], item["severity"]) for item in env["findings"])

    def _count(self, host: str, report: Report) -> None:
        """Add a report's figures to its host's and to the whole."""
        row: dict[str, Any] = {**dict.fromkeys(COUNTED, 0), "complete": True, "started_at": "", "reason": ""}
        self.hosts[host] = row
        counts: Any = report["summary"]
        complete = bool(report["scan"].get("complete", True))
        if not complete and not counts["environments"] and not report["scan"]["roots"]:  # it was not even begun
            row["reason"] = report["errors"][0]["message"][:500] if report["errors"] else "the scan is not complete"
        row["complete"] = complete
        row["started_at"] = str(report["scan"].get("started_at", ""))
        self.complete &= complete
        for key in COUNTED:
            row[key] = counts[key]
            self.totals[key] += counts[key]
        for level in ("error", "warning", "note"):
            self.totals[level] += counts["findings"][level]

    @property
    def unexamined(self) -> int:
        """How many hosts nothing is known of."""
        return sum(bool(row["reason"]) for row in self.hosts.values())

    def as_data(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "hosts": [{"host": name, **self.hosts[name]} for name in sorted(self.hosts)],
            "causes": [
                {
                    "id": key,
                    "summary": self.cause_names[key],
                    "environments": count,
                    "hosts": len(self.cause_hosts[key]),
                }
                for key, count in sorted(self.causes.items(), key=lambda item: (-item[1], item[0]))
            ],
            "interpreters": [
                {
                    "path": known[0],
                    "version": known[1] or None,
                    "provider": known[2],
                    "environments": count,
                    "hosts": self.interpreter_hosts[known],
                }
                for known, count in sorted(self.interpreters.items(), key=lambda item: (-item[1], item[0]))
            ],
            "rules": [
                {"code": code, "rule": rule, "severity": level, "findings": count}
                for (code, rule, level), count in sorted(self.codes.items())
            ],
        }


def events(reports: Iterable[tuple[str, Report]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield many reports as the lines of jsonl, each with its host, one report in memory at a time; last the sum."""
    fleet = Fleet()
    for path, report in reports:
        fleet.add(report, path)
        host = str(report["scan"].get("host") or path)
        yield "scan", {"schema_version": report["schema_version"], "tool": report["tool"], **report["scan"]}
        for env in report["environments"]:
            yield "environment", {"host": host, **env}
        for finding in report["findings"]:
            yield "finding", {"host": host, **finding, "environment": None}
        for interpreter in report["interpreters"]:
            yield "interpreter", {"host": host, **interpreter}
        for error in report["errors"]:
            yield "error", {"host": host, **error}
    for cause in fleet.as_data()["causes"]:
        yield "cause", cause
    counts = {key: fleet.totals[key] for key in COUNTED}
    levels = {level: fleet.totals[level] for level in ("error", "warning", "note")}
    yield "summary", {**counts, "findings": levels, "hosts": len(fleet.hosts), "complete": fleet.complete}


def total(parts: Iterable[SummaryData]) -> SummaryData:
    """Return the sum of the figures of several reports."""
    counts: Any = {"environments": 0, "healthy": 0, "degraded": 0, "broken": 0, "unknown": 0}
    levels: Any = {"error": 0, "warning": 0, "note": 0}
    for part in cast("Iterable[dict[str, Any]]", parts):
        for key in counts:
            counts[key] += part[key]
        for key in levels:
            levels[key] += part["findings"][key]
    return cast("SummaryData", {**counts, "findings": levels})
