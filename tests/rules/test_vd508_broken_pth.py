"""VD508: `.pth` files."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, findings, with_library
from venvdoctor.model.distribution import Library, PthFile
from venvdoctor.model.environment import Startup

RULE = "vd508_broken_pth"


def test_bytes_that_are_no_text_end_the_start() -> None:
    library = Library(pth=(PthFile(path=f"{SITE}/a.pth", problem="not-utf8", detail="byte 0xff at offset 0"),))
    (found,) = findings(RULE, with_library(library, startup=Startup(starts=False)))
    assert (found.severity, found.impact) == ("error", "broken")


def test_a_failing_import_line_is_a_warning_and_a_dead_path_a_note() -> None:
    files = (
        PthFile(path=f"{SITE}/a.pth", problem="unimportable", detail="gone"),
        PthFile(path=f"{SITE}/b.pth", dead=("/gone",)),
    )
    assert [item.severity for item in findings(RULE, with_library(Library(pth=files)))] == ["warning", "note"]


def test_silent_for_whole_files_and_editable_targets() -> None:
    gone = dist(editable="/gone", editable_exists=False)
    files = (PthFile(path=f"{SITE}/a.pth", added=("/there",)), PthFile(path=f"{SITE}/b.pth", dead=("/gone",)))
    assert not findings(RULE, with_library(Library(pth=files, distributions=(gone,))))


def test_a_line_that_ends_the_process_breaks_the_environment() -> None:
    library = Library(pth=(PthFile(path=f"{SITE}/a.pth", problem="exits", detail="import sys; sys.exit(3)"),))
    (found,) = findings(RULE, with_library(library))
    assert (found.severity, found.impact) == ("error", "broken")
    assert "sys.exit(3)" in found.message
