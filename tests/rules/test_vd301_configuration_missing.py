"""VD301: no pyvenv.cfg."""

from __future__ import annotations

from tests.support.start_facts import ENV, environment, findings, startup
from venvdoctor.model.cfg import PyvenvCfg

RULE = "vd301_configuration_missing"


LOST = startup(isolated=False, prefix="/usr", site_dirs=())


def test_it_runs_as_its_base() -> None:
    (found,) = findings(RULE, environment(kind="markerless", cfg=None, startup=LOST))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.path == f"{ENV}/pyvenv.cfg"
    assert "runs as /usr" in found.message


def test_a_directory_of_that_name_is_none() -> None:
    place = PyvenvCfg(path=f"{ENV}/pyvenv.cfg", problem="not-a-file", detail="a directory")
    (found,) = findings(RULE, environment(cfg=place, startup=LOST))
    assert "is a directory" in found.message


def test_silent_while_isolated_dead_or_undecided() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(kind="markerless", cfg=None, startup=startup(starts=False, isolated=False)))
    assert not findings(RULE, environment(kind="markerless", cfg=None, startup=startup(starts=None, isolated=False)))
    assert not findings(RULE, environment(kind="conda", cfg=None, startup=startup()))
