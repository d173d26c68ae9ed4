"""VD505: one project, two records."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, findings, with_packages

RULE = "vd505_duplicate_metadata"


def test_a_warning_that_names_both() -> None:
    second = dist(version="2.0", metadata_path=f"{SITE}/demo-2.0.dist-info")
    (found,) = findings(RULE, with_packages(dist(), second))
    assert found.severity == "warning"
    assert found.evidence["versions"] == ["1.0", "2.0"]


def test_silent_for_editable_sources_the_base_and_leftovers() -> None:
    source = dist(kind="egg-info", site_dir="/home/me/demo/src", metadata_path="/home/me/demo/src/demo.egg-info")
    base = dist(from_base=True, site_dir="/usr/lib/python3/dist-packages")
    assert not findings(RULE, with_packages(dist(), source, base, dist(metadata="hollow", version=None)))
