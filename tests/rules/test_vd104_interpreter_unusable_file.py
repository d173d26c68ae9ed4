"""VD104: bin/python is no program."""

from __future__ import annotations

import pytest

from tests.support.start_facts import chain, environment, fault, findings, interpreter, startup

RULE = "vd104_interpreter_unusable_file"


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "not-binary", "not-executable"])
def test_says_what_stands_there(kind: str) -> None:
    file = interpreter(faults=(fault(kind),), version=None, implementation=None)
    (found,) = findings(RULE, environment(interpreter=file, startup=startup(starts=False, reason=kind)))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.message.startswith("/usr/bin/python3.11 ")


def test_a_lost_mode_and_a_directory() -> None:
    dull = environment(python=chain(mode=0o644), startup=startup(starts=False, reason="not-executable"))
    assert "may not be executed" in findings(RULE, dull)[0].message
    assert "is no file" in findings(RULE, environment(python=chain(end="not-a-file"), interpreter=None))[0].message


def test_silent_for_programs_scripts_and_faults_of_others() -> None:
    wrapper = interpreter(version=None, implementation=None, undecided=("a script run by `/bin/sh`",))
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(interpreter=wrapper, startup=startup(starts=None, reason="not-a-python")))
    assert not findings(RULE, environment(interpreter=interpreter(faults=(fault("library-missing", "libpython3.so"),))))
    assert not findings(RULE, environment(python=None))
