"""VD506: declared dependencies."""

from __future__ import annotations

from tests.support.package_facts import ENV, dist, findings, needs, with_packages
from venvdoctor.model.cfg import PyvenvCfg

RULE = "vd506_dependency_unmet"


def test_one_missing_project_is_one_finding() -> None:
    users = (dist("a", unsatisfied=needs("six>=1")), dist("b", unsatisfied=needs("six>=2")))
    (found,) = findings(RULE, with_packages(*users))
    assert found.severity == "error"
    assert found.evidence["needed by"] == ["a 1.0", "b 1.0"]


def test_a_version_that_does_not_fit() -> None:
    (found,) = findings(RULE, with_packages(dist(unsatisfied=needs("six>=2", "1.0"))))
    assert "six 1.0 is installed" in found.message


def test_conda_names_its_packages_otherwise() -> None:
    (found,) = findings(RULE, with_packages(dist(installer="conda", unsatisfied=needs("opencv-python>=4"))))
    assert found.severity == "warning"


def test_silent_when_met_or_told_by_another_rule() -> None:
    assert not findings(RULE, with_packages(dist()))
    assert not findings(RULE, with_packages(dist(from_base=True, unsatisfied=needs("six>=1"))))
    visible = PyvenvCfg(path=f"{ENV}/pyvenv.cfg", entries=(("include-system-site-packages", "true"),))
    assert not findings(RULE, with_packages(dist(unsatisfied=needs("six>=1")), cfg=visible))
