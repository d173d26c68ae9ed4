"""From facts to findings: run the rules in the order of what they require, and say what state that leaves."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from venvdoctor.finding import Finding, Remedy
from venvdoctor.model.fact import replace
from venvdoctor.registry import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from venvdoctor.finding import Status
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.environment import Environment, Need
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.rule import Check, Rule

CRASH_CODE = "VD902"
MOST = 5000  # findings of one rule at one place: whoever plants a million names gets no report of gigabytes


def catalogue() -> tuple[Rule, ...]:
    """Return every rule, ordered so that each comes after the rules it requires; codes decide otherwise."""
    rules: dict[str, Rule] = {rule.code: rule for rule in members("venvdoctor.rules", "rule")}
    done: dict[str, Rule] = {}

    def place(rule: Rule) -> None:
        for code in rule.requires:
            if code in rules and code not in done:
                place(rules[code])
        done.setdefault(rule.code, rule)

    for code in sorted(rules):
        place(rules[code])
    return tuple(done.values())


def needs_of(rules: Iterable[Rule]) -> frozenset[Need]:
    """Return the costly facts that these rules read together."""
    return frozenset(need for rule in rules for need in rule.needs)


def diagnose_environment(env: Environment, host: Host, rules: Sequence[Rule]) -> list[Finding]:
    """Return the findings of one environment, those of its interpreters included, in order of code and place."""
    findings: list[Finding] = []
    fired: set[str] = set()
    site = env.kind in ("user-site", "global-site")  # no environment: only rules that know what it is judge it
    for rule in rules:
        if fired.intersection(rule.requires) or (site and not rule.sites):
            continue
        found = _run(rule.on_environment, env, host, rule, env.path) if rule.on_environment else []
        if rule.on_interpreter:
            found += [
                item for file in _interpreters(env) for item in _run(rule.on_interpreter, file, host, rule, env.path)
            ]
        if found:
            fired.add(rule.code)
            findings += found
    return sorted(findings, key=_order)


def diagnose_interpreter(interpreter: Interpreter, host: Host, rules: Sequence[Rule]) -> list[Finding]:
    """Return the findings of one base interpreter."""
    findings: list[Finding] = []
    fired: set[str] = set()
    for rule in rules:
        if rule.on_interpreter and not fired.intersection(rule.requires):
            found = _run(rule.on_interpreter, interpreter, host, rule, interpreter.executable)
            fired.update(item.code for item in found)
            findings += found
    return sorted(findings, key=_order)


def diagnose_dependent(dependent: Dependent, host: Host, rules: Sequence[Rule]) -> list[Finding]:
    """Return the findings of one reference from outside."""
    found = [
        item
        for rule in rules
        if rule.on_dependent
        for item in _run(rule.on_dependent, dependent, host, rule, dependent.path)
    ]
    return sorted(found, key=_order)


def status_of(env: Environment, findings: Iterable[Finding]) -> Status:
    """Return the state that the findings leave an environment in."""
    impacts = {item.impact for item in findings if item.severity == "error"}
    if "broken" in impacts:
        return "broken"
    if "degraded" in impacts:
        return "degraded"
    if env.startup.starts is None or any(item.undecided for item in findings):
        return "unknown"
    return "healthy"


def _interpreters(env: Environment) -> list[Interpreter]:
    """Return the interpreter that runs and, where it is a copy, the base it was copied from."""
    files = {file.executable: file for file in (env.interpreter, env.base) if file is not None}
    return list(files.values())


def _run(check: Check, subject: object, host: Host, rule: Rule, path: str) -> list[Finding]:
    """Run one check; a crash is a finding against the rule, not the end of the scan."""
    try:
        found = list(islice(check(subject, host), MOST + 1))
        return found if len(found) <= MOST else [*found[:MOST], replace(found[0], message=_more(rule))]
    except Exception as error:  # noqa: BLE001 - the one place where a rule's failure is caught
        return [
            Finding(
                code=CRASH_CODE,
                rule="rule-crashed",
                severity="warning",
                message=f"rule {rule.code} failed on this place ({type(error).__name__}: {error}); "
                "what it checks is unknown",
                path=path,
                remedy=Remedy(kind="look", summary="report this with the output of `venvdoctor show --format json`"),
                evidence={"rule": rule.code, "error": f"{type(error).__name__}: {error}"},
                undecided=True,
            )
        ]


def _more(rule: Rule) -> str:
    return f"there is more that {rule.code} tells of here: {MOST} findings of one rule are listed"


def _order(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.path, finding.distribution or ""
