"""SARIF 2.1.0 for code scanning (OASIS; GitHub's profile of it: docs.github.com, "SARIF support for code scanning")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.escape import encoded, inert, json_pieces, json_text
from venvdoctor.fingerprint import located, relative
from venvdoctor.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import EnvironmentData, FindingData, Report
    from venvdoctor.rule import Rule

format = Format(name="sarif", summary="SARIF 2.1.0 for code scanning")  # noqa: A001 - the registry's name

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
HOME = "https://github.com/venvdoctor/venvdoctor"
KEPT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:
    """Yield one log with one run: the whole catalogue as its rules, each finding as a result."""
    from venvdoctor.registry import members  # noqa: PLC0415 - only this format tells every rule

    rules: list[Rule] = sorted(members("venvdoctor.rules", "rule"), key=lambda rule: rule.code)
    index = {rule.code: number for number, rule in enumerate(rules)}
    scan = report["scan"]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "venvdoctor",
                "version": report["tool"]["version"],
                "informationUri": HOME,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": scan["complete"],
                "startTimeUtc": scan["started_at"],
                "toolExecutionNotifications": [
                    _notification(item["path"], item["message"]) for item in report["errors"]
                ],
            }
        ],
        "results": [],
    }
    if look.base:
        run["originalUriBaseIds"] = {ROOT: {"uri": "file://" + quoted(look.base.rstrip("/") + "/")}}
    frame = json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)
    before, name, after = frame.partition('"results": ')  # in a text of JSON its quotes would be escaped
    yield before + name
    results = (_result(env, finding, mark, look.base, index) for env, finding, mark in located(report, look.base))
    yield from json_pieces(results, 3)
    yield after.removeprefix("[]") + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    from venvdoctor.documentation import file_name  # noqa: PLC0415 - as above

    text = rule.documentation or rule.summary
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.documentation.partition("\n")[0] or rule.summary},
        "helpUri": f"{HOME}/blob/main/docs/rules/{file_name(rule)}",
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["python", "environment"], "precision": "high"},
    }


def _result(
    env: EnvironmentData | None, finding: FindingData, mark: str, base: str | None, index: dict[str, int]
) -> dict[str, Any]:
    remedy = finding["remedy"]
    step = ": ".join(part for part in (remedy["summary"], remedy["command"]) if part)
    result: dict[str, Any] = {
        "ruleId": finding["code"],
        "level": finding["severity"],
        "message": {"text": "\n".join(inert(part) for part in (finding["message"], step) if part)},
        "locations": [{"physicalLocation": _place(finding, base)}],
        "partialFingerprints": {"venvdoctor/v1": mark},
        "properties": {
            "environment": inert(env["path"]) if env else None,
            "cause": inert(finding["cause"]) if finding["cause"] else None,
        },
    }
    if finding["code"] in index:
        result["ruleIndex"] = index[finding["code"]]
    return result


def _place(finding: FindingData, base: str | None) -> dict[str, Any]:
    short = relative(finding["path"], base)
    artifact = (
        {"uri": "file://" + quoted(finding["path"])} if short is None else {"uri": quoted(short), "uriBaseId": ROOT}
    )
    line = finding["evidence"].get("line")
    return {"artifactLocation": artifact, "region": {"startLine": line if type(line) is int and line > 0 else 1}}


def _notification(path: str, message: str) -> dict[str, Any]:
    return {
        "level": "warning",
        "message": {"text": inert(message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "file://" + quoted(path)}}}],
    }


def quoted(path: str) -> str:
    """Return a path as the path of a URI (RFC 3986), byte by byte; undecodable bytes come back out of it."""
    if all(char in KEPT for char in path):
        return path
    return "".join(chr(byte) if chr(byte) in KEPT else f"%{byte:02X}" for byte in encoded(path))
