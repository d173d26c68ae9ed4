"""VD707: records whose other end is gone."""

from __future__ import annotations

import pytest

from tests.support.script_facts import findings, reference

RULE = "vd707_orphaned_record"


@pytest.mark.parametrize("kind", ["project", "receipt", "version-file"])
def test_each_kind_is_a_note(kind: str) -> None:
    (found,) = findings(RULE, reference(kind))
    assert found.severity == "note"


def test_silent() -> None:
    assert not findings(RULE, reference("project", "ok"))
    assert not findings(RULE, reference("project", "undecided"))
    assert not findings(RULE, reference("launcher"))
