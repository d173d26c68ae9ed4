"""VD503: RECORD that cannot be used."""

from __future__ import annotations

from tests.support.package_facts import dist, findings, with_packages

RULE = "vd503_record_missing"


def test_a_warning_because_everything_runs() -> None:
    (found,) = findings(RULE, with_packages(dist(record="missing")))
    assert found.severity == "warning"
    assert found.path.endswith("/RECORD")


def test_silent_where_none_is_expected() -> None:
    assert not findings(RULE, with_packages(dist(record="not-expected", installer="debian"), dist("other")))
    assert not findings(RULE, with_packages(dist(record="missing", metadata="missing")))
