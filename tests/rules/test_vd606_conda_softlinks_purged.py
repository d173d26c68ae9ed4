"""VD606: soft links into an emptied cache."""

from __future__ import annotations

from tests.support.script_facts import findings, package, with_conda

RULE = "vd606_conda_softlinks_purged"


def test_one_finding_with_the_cache_as_cause() -> None:
    facts = {"dangling": ("lib/x",), "source": "/pkgs/hello-1.0-0", "link_type": "softlink"}
    (found,) = findings(RULE, with_conda(package(**facts), package("python", **facts)))
    assert found.impact == "broken"
    assert found.cause is not None
    assert found.cause.id == "conda-cache-gone:/pkgs"


def test_silent_for_hard_links() -> None:
    assert not findings(RULE, with_conda(package(link_type="hardlink")))
