"""The order of rules, the isolation of a rule that crashes, and the state that findings leave."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from tests.hostile.ground import site_of, sound
from tests.support.scanning import scan
from venvdoctor import diagnosis
from venvdoctor.finding import Finding, Remedy
from venvdoctor.inspection import listings
from venvdoctor.model.environment import Environment, Startup
from venvdoctor.model.host import Host
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

ENV = Environment(path="/env", real="/env", identity=(1, 2), startup=Startup(starts=True))
LOOK = Remedy(kind="look", summary="look")


def make(code: str, *requires: str, fires: bool = True, impact: str = "degraded") -> Rule:
    rule = Rule(code=code, name=f"name-{code.lower()}", summary="x", severity="error", since="0", requires=requires)

    @rule.environment
    def check(env: Environment, host: Host) -> Iterator[Finding]:  # noqa: ARG001
        if fires:
            yield rule.finding(message="m", path=env.path, remedy=LOOK, evidence={}, impact=impact)  # type: ignore[arg-type]

    return rule


def test_a_rule_is_not_asked_where_one_that_it_requires_fired() -> None:
    found = diagnosis.diagnose_environment(ENV, Host(), [make("VD101"), make("VD102", "VD101"), make("VD103", "VD104")])
    assert [item.code for item in found] == ["VD101", "VD103"]


def test_the_catalogue_puts_required_rules_first() -> None:
    order = [rule.code for rule in diagnosis.catalogue()]
    for rule in diagnosis.catalogue():
        assert all(order.index(code) < order.index(rule.code) for code in rule.requires if code in order)


def test_a_crash_is_a_finding_against_the_rule() -> None:
    rule = Rule(code="VD199", name="crashes", summary="x", severity="error", since="0")

    @rule.environment
    def check(env: Environment, host: Host) -> Iterator[Finding]:
        raise KeyError("boom", env, host)
        yield

    found = diagnosis.diagnose_environment(ENV, Host(), [rule, make("VD200")])
    assert [item.code for item in found] == ["VD200", "VD902"]
    assert found[1].evidence["rule"] == "VD199"
    assert "KeyError" in found[1].message
    assert diagnosis.status_of(ENV, [found[1]]) == "unknown"


def test_states() -> None:
    def state(*rules: Rule, env: Environment = ENV) -> str:
        return diagnosis.status_of(env, diagnosis.diagnose_environment(env, Host(), rules))

    assert state() == "healthy"
    assert state(make("VD101")) == "degraded"
    assert state(make("VD101"), make("VD102", impact="broken")) == "broken"
    assert state(env=replace(ENV, startup=Startup(starts=None, reason="x"))) == "unknown"


def test_the_findings_of_one_rule_are_told_to_a_bound() -> None:
    """Whoever plants a million names gets no report of gigabytes, and it says so."""
    rule = Rule(code="VD199", name="endless", summary="x", severity="note", since="0")

    @rule.environment
    def check(env: Environment, host: Host) -> Iterator[Finding]:  # noqa: ARG001
        for number in count():
            yield rule.finding(message=str(number), path=env.path, remedy=LOOK, evidence={})

    found = diagnosis.diagnose_environment(ENV, Host(), [rule])
    assert len(found) == diagnosis.MOST + 1
    assert [item.message for item in found if "there is more" in item.message]


def test_what_is_not_read_to_its_end_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one environment so many recorded files are read, over all its packages; the rest is nobody's guess."""
    env = sound(tmp_path / "env")
    for number in range(3):
        folder = site_of(env) / f"p{number}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: p{number}\nVersion: 1.0\n")
        (folder / "RECORD").write_text("".join(f"{folder.name}/METADATA,,\n" for _ in range(20)))
    monkeypatch.setattr(listings, "ROW_LIMIT", 30)
    (found,) = scan(env, jobs=1)["environments"]
    assert found["status"] == "unknown"
    assert [item["code"] for item in found["findings"] if "more than is read" in item["message"]] == ["VD901"]
    assert not [item for item in found["findings"] if item["severity"] == "error"]
