"""JUnit XML for CI servers: an environment is a test case, a finding that fails the run is its failure.

Shape: the schema of the Jenkins xUnit plugin (junit-10.xsd), which the other servers read too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.escape import inert
from venvdoctor.finding import SEVERITIES
from venvdoctor.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import EnvironmentData, FindingData, Report

format = Format(name="junit", summary="JUnit XML for CI servers")  # noqa: A001 - the registry's name

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:
    """Yield one test suite: the environments, then what lies outside them, then the scan itself."""
    failing = SEVERITIES[: SEVERITIES.index(look.fail_on) + 1] if look.fail_on in SEVERITIES else ()
    total = failures = errors = 0
    for case in _cases(report, failing):  # the counts stand before what they count, which is made twice and held never
        total, failures, errors = total + 1, failures + case.count("<failure "), errors + case.count("<error ")
    counts = f'tests="{total}" failures="{failures}" errors="{errors}" time="{report["scan"]["duration_s"]:.3f}"'
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="venvdoctor" {counts}>\n'
    stamp, host = _text(report["scan"]["started_at"].rstrip("Z")), _text(report["scan"]["host"] or "localhost")
    yield f'<testsuite name="venvdoctor" {counts} timestamp="{stamp}" hostname="{host}">\n'
    yield from _cases(report, failing)
    yield "</testsuite>\n</testsuites>\n"


def _cases(report: Report, failing: tuple[str, ...]) -> Iterator[str]:
    yield from (_environment(env, failing) for env in report["environments"])
    yield from (_case("outside", item["path"], [item], failing) for item in report["findings"])
    yield from (_error("scan", item["path"], item["message"]) for item in report["errors"])


def _environment(env: EnvironmentData, failing: tuple[str, ...]) -> str:
    if env["status"] == "unknown" and not any(item["severity"] in failing for item in env["findings"]):
        return _error(env["kind"], env["path"], "it could not be examined")
    return _case(env["kind"], env["path"], env["findings"], failing)


def _case(kind: str, name: str, findings: list[FindingData], failing: tuple[str, ...]) -> str:
    """Return one test case; what does not fail the run is its output."""
    bad = [item for item in findings if item["severity"] in failing]
    rest = [item for item in findings if item["severity"] not in failing]
    inner = ""
    if bad:  # one element: several servers read the first only
        title = bad[0]["message"] if len(bad) == 1 else f"{len(bad)} findings: {bad[0]['message']}"
        body = "\n".join(_told(item) for item in bad)
        inner += f'  <failure type="{_text(bad[0]["code"])}" message="{_text(title)}">{body}</failure>\n'
    if rest:
        inner += f"  <system-out>{chr(10).join(_told(item) for item in rest)}</system-out>\n"
    return f'<testcase classname="venvdoctor.{_text(kind)}" name="{_text(name)}" time="0">\n{inner}</testcase>\n'


def _error(kind: str, name: str, message: str) -> str:
    return (
        f'<testcase classname="venvdoctor.{_text(kind)}" name="{_text(name)}" time="0">\n'
        f'  <error type="incomplete" message="{_text(message)}"/>\n</testcase>\n'
    )


def _told(finding: FindingData) -> str:
    remedy = finding["remedy"]
    step = ": ".join(part for part in (remedy["summary"], remedy["command"]) if part)
    return _text(f"{finding['code']} {finding['severity']}: {finding['message']} [{finding['path']}] {step}")


def _text(text: str) -> str:
    return "".join(ENTITIES.get(char, char) for char in inert(text))
