"""VD520: the marker of PEP 668."""

from __future__ import annotations

from tests.support.package_facts import findings, with_library
from venvdoctor.model.distribution import Library

RULE = "vd520_externally_managed"


def test_a_note_that_names_the_marker() -> None:
    (found,) = findings(RULE, with_library(Library(externally_managed="/usr/lib/python3.11/EXTERNALLY-MANAGED")))
    assert found.severity == "note"


def test_silent_without() -> None:
    assert not findings(RULE, with_library(Library()))
