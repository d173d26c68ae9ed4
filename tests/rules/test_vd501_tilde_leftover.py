"""VD501: what an interrupted pip leaves."""

from __future__ import annotations

from tests.support.package_facts import SITE, findings, with_library
from venvdoctor.model.distribution import Leftover, Library

RULE = "vd501_tilde_leftover"


def test_a_note_when_the_upgrade_was_finished() -> None:
    library = Library(
        leftovers=(Leftover(path=f"{SITE}/~ip", twin="pip"), Leftover(path=f"{SITE}/~ip-1.dist-info", twin="x"))
    )
    (found,) = findings(RULE, with_library(library))
    assert (found.severity, found.impact) == ("note", "none")


def test_an_error_when_the_package_is_lost() -> None:
    (found,) = findings(RULE, with_library(Library(leftovers=(Leftover(path=f"{SITE}/~ip-1.dist-info", twin=None),))))
    assert found.severity == "error"


def test_silent_without_leftovers() -> None:
    assert not findings(RULE, with_library(Library()))
