"""The next command: what to type so that a cause, or everything that a report tells, is answered. Pure: a report in."""

from __future__ import annotations

from collections import Counter
from posixpath import commonpath
from typing import TYPE_CHECKING

from venvdoctor.typeset import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from venvdoctor.report import CauseData, FindingData, RemedyData, Report

BY_HAND = ("look", "none", "edit", "")
NAMED = 3  # roots that a command names; of more, the directory that holds them all
USUAL = "/usr/local"  # always among the places that are searched when none is named


def by_program(findings: Iterable[FindingData]) -> bool:
    """Return whether `venvdoctor fix` has an answer to one of them."""
    return any(item["remedy"]["kind"] not in BY_HAND for item in findings)


def scope(report: Report) -> str:
    """Return the words that make `fix` look where the scan looked: its directories, "" for the usual places."""
    roots = report["scan"]["roots"]
    if not roots or (len(roots) > 1 and USUAL in roots):
        return ""
    if len(roots) > NAMED and all(path.startswith("/") for path in roots):
        roots = [commonpath(roots)]
    return " ".join(quote(path) for path in roots[:NAMED])


def remedies(report: Report) -> Callable[[CauseData], RemedyData | None]:
    """Return what tells the one step for a cause: its own, or what all of its findings ask for; None: there is none."""
    asked: dict[str, dict[tuple[str, str], RemedyData]] = {}  # of each cause: as many as differ in kind or words
    count: Counter[str] = Counter()
    for env in report["environments"]:
        for finding in env["findings"]:
            step, cause = finding["remedy"], finding["cause"]
            if cause:
                count[cause] += 1
                asked.setdefault(cause, {})[step["kind"], step["summary"]] = step
    where = scope(report)

    def remedy(cause: CauseData) -> RemedyData | None:
        found = list(asked.get(cause["id"], {}).values())
        if cause["remedy"] is not None or not found:
            return cause["remedy"]
        if count[cause["id"]] == 1:
            return found[0]
        alike = len({item["summary"] for item in found}) == 1
        mendable = report["scan"]["sysroot"] is None and all(item["kind"] not in BY_HAND for item in found)
        if not alike and not mendable:
            return None
        command = f"venvdoctor fix --cause {quote(cause['id'])} {where}".rstrip() if mendable else ""
        return {"kind": found[0]["kind"], "summary": found[0]["summary"] if alike else "", "command": command}

    return remedy


def next_command(report: Report) -> str:
    """Return what shows the repair of all errors, or of the one environment that has any; "" where there is none."""
    sick = [env for env in report["environments"] if any(item["severity"] == "error" for item in env["findings"])]
    root = report["scan"]["sysroot"]
    if root is None and any(by_program(env["findings"]) for env in sick):
        return f"venvdoctor fix --dry-run {quote(sick[0]['path']) if len(sick) == 1 else scope(report) or '--all'}"
    if len(sick) == 1:
        return f"venvdoctor show {quote(sick[0]['path'])}{f' --sysroot {quote(root)}' if root else ''}"
    return ""
