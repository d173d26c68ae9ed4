"""VD405: links in bin that lead to nothing."""

from __future__ import annotations

from tests.support.script_facts import ENV, environment, findings
from venvdoctor.model.script import ScriptFacts

RULE = "vd405_dead_link_in_bin"


def test_a_note_for_each_link() -> None:
    facts = ScriptFacts(dead_links=((f"{ENV}/bin/a", "/gone/a"), (f"{ENV}/bin/b", "/gone/b")))
    found = findings(RULE, environment(scripts=facts))
    assert [item.severity for item in found] == ["note", "note"]
    assert found[0].evidence["leads to"] == "/gone/a"


def test_silent_without_any() -> None:
    assert not findings(RULE, environment(scripts=ScriptFacts()))
    assert not findings(RULE, environment())
