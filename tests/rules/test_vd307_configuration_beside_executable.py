"""VD307: pyvenv.cfg in bin."""

from __future__ import annotations

from tests.support.start_facts import ENV, cfg, environment, findings, interpreter, startup

RULE = "vd307_configuration_beside_executable"


BESIDE = cfg(beside_executable=True)


def test_a_warning_up_to_313() -> None:
    (found,) = findings(RULE, environment(cfg=BESIDE))
    assert (found.severity, found.impact) == ("warning", "none")
    assert found.path == f"{ENV}/bin/pyvenv.cfg"


def test_an_error_from_314_on() -> None:
    start = startup("python3.14", isolated=False, prefix=f"{ENV}/bin")
    (found,) = findings(RULE, environment(cfg=BESIDE, interpreter=interpreter("3.14.0"), startup=start))
    assert (found.severity, found.impact) == ("error", "broken")


def test_silent_at_its_place() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(cfg=None))
    assert not findings(RULE, environment(cfg=BESIDE, bin_dir=ENV))
