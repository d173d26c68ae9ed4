"""VD204: another implementation."""

from __future__ import annotations

from tests.support.start_facts import environment, findings, lib

RULE = "vd204_implementation_change"


def test_packages_of_pypy_under_cpython() -> None:
    (found,) = findings(RULE, environment(lib_dirs=(lib("pypy3.10"),)))
    assert (found.severity, found.impact) == ("error", "broken")
    assert "PyPy 3.10" in found.message


def test_silent_where_something_is_visible_or_nothing_lost() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(lib_dirs=(lib("pypy3.10"), lib())))
    assert not findings(RULE, environment(lib_dirs=(lib("pypy3.10", 0),)))
    assert not findings(RULE, environment(lib_dirs=(lib("python3.9"),)))
