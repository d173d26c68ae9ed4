"""VD502: metadata that cannot be used."""

from __future__ import annotations

import pytest

from tests.support.package_facts import dist, findings, with_packages

RULE = "vd502_metadata_unusable"


@pytest.mark.parametrize("state", ["missing", "empty", "garbled", "unreadable"])
def test_an_error_that_names_the_directory(state: str) -> None:
    (found,) = findings(RULE, with_packages(dist(metadata=state)))
    assert found.severity == "error"
    assert found.path.endswith("demo-1.0.dist-info")


def test_an_empty_leftover_harms_nobody() -> None:
    (found,) = findings(RULE, with_packages(dist(metadata="hollow")))
    assert found.severity == "warning"


def test_silent_for_whole_metadata_and_purged_links() -> None:
    assert not findings(RULE, with_packages(dist(), dist("linked", metadata="dangling")))
