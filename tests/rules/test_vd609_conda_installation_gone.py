"""VD609: a start-up file that initialises a conda that is gone."""

from __future__ import annotations

from tests.support.script_facts import findings, reference

RULE = "vd609_conda_installation_gone"


def test_a_warning() -> None:
    (found,) = findings(RULE, reference("conda-init", target="/opt/conda/bin/conda", line=9))
    assert found.severity == "warning"


def test_silent() -> None:
    assert not findings(RULE, reference("conda-init", "ok"))
    assert not findings(RULE, reference("shell"))
