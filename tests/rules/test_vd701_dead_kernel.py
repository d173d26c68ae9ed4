"""VD701: Jupyter kernels that cannot start."""

from __future__ import annotations

import pytest

from tests.support.script_facts import findings, reference

RULE = "vd701_dead_kernel"


@pytest.mark.parametrize("state", ["missing", "dangling", "interpreter-missing", "not-executable", "module-missing"])
def test_each_state_is_an_error(state: str) -> None:
    (found,) = findings(RULE, reference("kernel", state, name="My kernel"))
    assert found.severity == "error"
    assert "My kernel" in found.message


def test_inside_a_shell_command_it_is_a_warning() -> None:
    (found,) = findings(RULE, reference("kernel", certain=False))
    assert found.severity == "warning"


def test_silent() -> None:
    assert not findings(RULE, reference("kernel", "ok"))
    assert not findings(RULE, reference("kernel", "undecided"))
    assert not findings(RULE, reference("launcher"))
