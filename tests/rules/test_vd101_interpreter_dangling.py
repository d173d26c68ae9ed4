"""VD101: the interpreter is gone."""

from __future__ import annotations

from tests.support.start_facts import ENV, chain, environment, findings

RULE = "vd101_interpreter_dangling"


def test_names_the_first_component_that_is_missing() -> None:
    steps = ((f"{ENV}/bin/python", "/opt/py/3.11.4/bin/python3.11"), ("/opt/py/3.11.4", None))
    dead = chain(*steps, end="missing", missing="/opt/py/3.11.4", real=None)
    (found,) = findings(RULE, environment(python=dead, executables=(dead,), interpreter=None))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.path == f"{ENV}/bin/python"
    assert found.cause
    assert found.cause.id == "interpreter-gone:/opt/py/3.11.4"
    assert "/opt/py/3.11.4/bin/python3.11" in found.message
    assert found.remedy.command == f"venvdoctor fix {ENV}"


def test_another_name_that_dangles_degrades_or_warns() -> None:
    def named(name: str) -> str:
        dead = chain((f"{ENV}/bin/{name}", "/gone"), ("/gone", None), end="missing", missing="/gone", real=None)
        (found,) = findings(RULE, environment(executables=(chain(), dead)))
        return f"{found.severity} {found.impact}"

    assert named("python3") == "error degraded"
    assert named("python3.9") == "warning none"


def test_silent_for_a_whole_chain_and_for_what_nobody_can_tell() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(python=None))
    assert not findings(RULE, environment(python=chain(end="denied", real=None)))
