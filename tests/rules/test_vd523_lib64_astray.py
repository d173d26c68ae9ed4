"""VD523: lib64."""

from __future__ import annotations

from tests.support.package_facts import ENV, findings, with_library
from venvdoctor.model.distribution import Lib64, Library
from venvdoctor.model.interpreter import Interpreter

RULE = "vd523_lib64_astray"


DEAD = Library(lib64=Lib64(f"{ENV}/lib64", "dangling", "/gone/lib"))


def test_a_note_where_nobody_reads_it() -> None:
    (found,) = findings(RULE, with_library(DEAD))
    assert found.severity == "note"


def test_an_error_where_python_reads_it() -> None:
    fedora = Interpreter(executable="/usr/bin/python3", platlibdir="lib64")
    (found,) = findings(RULE, with_library(DEAD, interpreter=fedora))
    assert (found.severity, found.impact) == ("error", "broken")


def test_silent_for_the_usual_link_and_none() -> None:
    assert not findings(RULE, with_library(Library(lib64=Lib64(f"{ENV}/lib64", "link", "lib"))))
    assert not findings(RULE, with_library(Library()))
