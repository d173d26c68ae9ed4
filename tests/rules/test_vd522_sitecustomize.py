"""VD522: what runs at every start."""

from __future__ import annotations

from tests.support.package_facts import SITE, findings, with_library
from venvdoctor.model.distribution import Customization, Library

RULE = "vd522_sitecustomize"


def test_a_failing_one_is_a_warning_a_working_one_a_note() -> None:
    path = f"{SITE}/sitecustomize.py"
    (found,) = findings(RULE, with_library(Library(customizations=(Customization(path, "sitecustomize", "gone"),))))
    assert found.severity == "warning"
    (found,) = findings(RULE, with_library(Library(customizations=(Customization(path, "sitecustomize"),))))
    assert found.severity == "note"


def test_silent_without() -> None:
    assert not findings(RULE, with_library(Library()))
