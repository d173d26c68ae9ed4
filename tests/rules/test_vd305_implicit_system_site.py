"""VD305: nobody said whether system packages are wanted."""

from __future__ import annotations

from tests.support.start_facts import cfg, environment, findings, startup

RULE = "vd305_implicit_system_site"


def test_absent_means_visible() -> None:
    (found,) = findings(RULE, environment(cfg=cfg("home = /usr/bin\n")))
    assert (found.severity, found.impact) == ("warning", "none")
    assert found.remedy.kind == "edit"


def test_silent_where_it_is_said() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(cfg=cfg("home = /usr/bin\nInclude-System-Site-Packages = TRUE\n")))
    assert not findings(RULE, environment(cfg=None))
    assert not findings(RULE, environment(cfg=cfg("home = /usr/bin\n"), startup=startup(starts=False)))
