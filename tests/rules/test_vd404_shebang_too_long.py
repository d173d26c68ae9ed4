"""VD404: first lines longer than the kernel reads."""

from __future__ import annotations

from tests.support.script_facts import findings, script, with_scripts

RULE = "vd404_shebang_too_long"


def test_reports_all_of_them_together() -> None:
    (found,) = findings(RULE, with_scripts(script("a", problem="too-long"), script("b", problem="too-long")))
    assert found.severity == "error"
    assert "256" in found.message
    assert "1 more" in found.message


def test_silent_for_trampolines() -> None:
    assert not findings(RULE, with_scripts(script(kind="trampoline", interpreter="/" + "d" * 400 + "/bin/python")))
