"""What is kept of a scan whose environments are streamed: counts, causes, interpreters, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.finding import SEVERITIES
from venvdoctor.reporting import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.report import ErrorData, InterpreterData, ScanData, SummaryData
    from venvdoctor.reporting import CauseNote, Examined, Outside


class Tally:
    """Counts what is streamed; it grows with causes, interpreters and errors, not with environments."""

    def __init__(self) -> None:
        self.environments = 0
        self._totals = summary((), ())
        self._causes: dict[str, tuple[CauseNote, int]] = {}
        self._bases: dict[str, InterpreterData] = {}
        self._errors: dict[tuple[str, str], ErrorData] = {}

    def add(self, share: Examined) -> None:
        """Count one environment."""
        self.environments += 1
        self._sum(summary((share.environment,), ()))
        for note in share.causes:
            self._causes[note.id] = (note, self._causes.get(note.id, (note, 0))[1] + 1)
        if share.base is not None:
            self._bases.setdefault(share.base["path"], share.base)["environments"] += 1
        if share.error:
            self.error(share.environment["path"], share.error)

    def outside(self, item: Outside) -> None:
        """Count one finding from outside."""
        self._sum(summary((), (item.finding,)))
        if item.cause is not None:
            self._causes.setdefault(item.cause.id, (item.cause, 0))

    def error(self, path: str, message: str) -> None:
        """Keep something that the scan could not do."""
        self._errors[path, message] = {"path": path, "message": message}

    def rest(self, duration: float) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what is known at the end only: interpreters, causes, errors, the summary."""
        for path in sorted(self._bases):
            yield "interpreter", dict(self._bases[path])
        for note, count in sorted(self._causes.values(), key=lambda item: (-item[1], item[0].id)):
            yield "cause", {"id": note.id, "summary": note.summary, "environments": count, "remedy": note.remedy}
        for key in sorted(self._errors):
            yield "error", dict(self._errors[key])
        complete = not self._errors and not self._totals["unknown"]
        yield "summary", {**self._totals, "complete": complete, "duration_s": round(duration, 3)}

    def _sum(self, more: SummaryData) -> None:
        totals = self._totals
        for name in ("environments", "healthy", "degraded", "broken", "unknown"):
            totals[name] += more[name]
        for severity in SEVERITIES:
            totals["findings"][severity] += more["findings"][severity]


def scan_head(scan: ScanData) -> dict[str, Any]:
    """Return what is known of a scan when it begins."""
    return {key: value for key, value in scan.items() if key not in ("complete", "duration_s")}
