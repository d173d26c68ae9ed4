"""VD407: scripts of packages that are gone."""

from __future__ import annotations

from tests.support.script_facts import findings, script, with_scripts

RULE = "vd407_script_left_behind"


def test_an_import_that_must_fail() -> None:
    (found,) = findings(RULE, with_scripts(script(module_missing=True)))
    assert found.severity == "error"
    assert "'tool'" in found.message


def test_silent_while_a_distribution_owns_it_or_the_interpreter_is_another() -> None:
    assert not findings(RULE, with_scripts(script()))
    assert not findings(RULE, with_scripts(script(module_missing=True, distribution="tool")))
    assert not findings(RULE, with_scripts(script(module_missing=True, own=False)))
    assert not findings(RULE, with_scripts(script(module_missing=True, problem="crlf")))
