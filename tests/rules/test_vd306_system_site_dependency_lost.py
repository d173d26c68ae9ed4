"""VD306: what the base used to provide."""

from __future__ import annotations

from tests.support.package_facts import ENV, dist, findings, needs, with_packages
from venvdoctor.model.cfg import PyvenvCfg

RULE = "vd306_system_site_dependency_lost"


VISIBLE = PyvenvCfg(path=f"{ENV}/pyvenv.cfg", entries=(("include-system-site-packages", "true"),))


def test_an_error_where_the_base_is_visible() -> None:
    (found,) = findings(RULE, with_packages(dist(unsatisfied=needs("six>=1")), cfg=VISIBLE))
    assert found.severity == "error"
    assert found.evidence["needs"] == ["six>=1"]


def test_silent_in_an_isolated_environment_and_for_its_own_conflicts() -> None:
    assert not findings(RULE, with_packages(dist(unsatisfied=needs("six>=1"))))
    assert not findings(RULE, with_packages(dist(unsatisfied=needs("six>=2", "1.0")), cfg=VISIBLE))
