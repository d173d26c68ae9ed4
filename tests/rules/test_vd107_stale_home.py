"""VD107: home leads nowhere."""

from __future__ import annotations

from tests.support.start_facts import chain, environment, findings, interpreter, startup

RULE = "vd107_stale_home"


def test_a_warning_while_it_starts() -> None:
    (found,) = findings(RULE, environment(startup=startup(home="/gone/bin", home_state="missing")))
    assert (found.severity, found.impact) == ("warning", "none")
    assert "/gone/bin" in found.message
    assert found.evidence["expected"] == "/usr/bin"


def test_an_error_where_nothing_starts_for_it() -> None:
    start = startup(home="/gone/bin", home_state="missing", starts=False, reason="no-encodings", stdlib=None)
    (found,) = findings(RULE, environment(startup=start))
    assert (found.severity, found.impact) == ("error", "broken")


def test_a_copy_without_any_library_is_another_rules() -> None:
    start = startup(home="/gone/bin", home_state="missing", starts=False, reason="no-encodings", stdlib=None)
    assert not findings(RULE, environment(startup=start, interpreter=interpreter(stdlib=None, prefix=None)))


def test_silent_for_the_home_of_an_environment_that_it_was_copied_from() -> None:
    stacked = environment(stack=("/srv/outer",), startup=startup(home="/srv/outer/bin", home_state="no-stdlib"))
    assert not findings(RULE, stacked)


def test_silent_for_a_home_that_is_there_and_for_dead_links() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(startup=startup(home_state="ignored")))
    assert not findings(RULE, environment(startup=startup(home_state="missing", starts=None)))
    gone = chain(end="missing", real=None, missing="/usr/bin/python3.11")
    assert not findings(RULE, environment(python=gone, startup=startup(home_state="missing", starts=False)))
