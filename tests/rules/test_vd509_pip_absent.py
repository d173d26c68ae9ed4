"""VD509: an environment without pip."""

from __future__ import annotations

from tests.support.package_facts import dist, findings, with_packages

RULE = "vd509_pip_absent"


def test_a_note_where_pip_belongs() -> None:
    (found,) = findings(RULE, with_packages(dist(), created_by="venv"))
    assert found.severity == "note"


def test_silent_by_design() -> None:
    assert not findings(RULE, with_packages(dist(), created_by="uv 0.5"))
    assert not findings(RULE, with_packages(dist(), created_by="venv", manager="poetry"))
    assert not findings(RULE, with_packages(dist("pip"), created_by="venv"))
