"""VD522: what runs at every start."""

from __future__ import annotations

from tests.support.package_facts import SITE, findings, with_library
from venvdoctor.model.distribution import Customization, Library
from venvdoctor.model.environment import Startup

RULE = "vd522_sitecustomize"


def test_a_failing_one_is_a_warning_a_working_one_a_note() -> None:
    path = f"{SITE}/sitecustomize.py"
    (found,) = findings(RULE, with_library(Library(customizations=(Customization(path, "sitecustomize", "gone"),))))
    assert found.severity == "warning"
    (found,) = findings(RULE, with_library(Library(customizations=(Customization(path, "sitecustomize"),))))
    assert found.severity == "note"


def test_one_that_raises_is_a_warning_one_that_ends_the_start_breaks_all() -> None:
    path = f"{SITE}/sitecustomize.py"
    raising = Customization(path, "sitecustomize", raises="RuntimeError")
    (found,) = findings(RULE, with_library(Library(customizations=(raising,))))
    assert (found.severity, found.message) == ("warning", f"{path} ends in RuntimeError: every start prints an error")
    ending = Customization(path, "sitecustomize", ends=True)
    dead = Startup(starts=False, reason="site")
    (found,) = findings(RULE, with_library(Library(customizations=(ending, raising)), startup=dead))
    assert (found.severity, found.impact) == ("error", "broken")


def test_silent_without() -> None:
    assert not findings(RULE, with_library(Library()))
