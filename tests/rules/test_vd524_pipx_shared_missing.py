"""VD524: pipx without its shared libraries."""

from __future__ import annotations

from tests.support.script_facts import environment, findings, receipt

RULE = "vd524_pipx_shared_missing"


def test_a_warning_with_a_shared_cause() -> None:
    facts = receipt(manager="pipx", shared_missing=(("/e/pipx_shared.pth", "/px/shared/lib"),))
    (found,) = findings(RULE, environment(receipt=facts))
    assert found.severity == "warning"
    assert found.impact == "none"
    assert found.cause is not None
    assert found.cause.remedy is not None


def test_silent_while_they_are_there() -> None:
    assert not findings(RULE, environment(receipt=receipt(manager="pipx")))
    assert not findings(RULE, environment())


def test_the_remedy_is_the_one_that_writes_the_place_down_again() -> None:
    """`pipx upgrade-shared` leaves the environments naming the directory of the Python version that was."""
    facts = receipt(manager="pipx", shared_missing=(("/e/pipx_shared.pth", "/px/shared/lib"),))
    (found,) = findings(RULE, environment(path="/px/venvs/tool-x", receipt=facts))
    assert found.remedy.command == "pipx reinstall tool-x"
