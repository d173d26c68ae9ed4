"""VD303: a byte order mark."""

from __future__ import annotations

from tests.support.start_facts import cfg, environment, findings, startup

RULE = "vd303_configuration_byte_order_mark"


MARKED = cfg(b"\xef\xbb\xbfhome = /usr/bin\ninclude-system-site-packages = false\n")


def test_hides_the_first_key() -> None:
    (found,) = findings(RULE, environment(cfg=MARKED, startup=startup(home=None, home_state="absent")))
    assert (found.severity, found.impact) == ("warning", "none")
    assert found.evidence["hidden key"] == "home"


def test_an_error_where_nothing_starts() -> None:
    start = startup(home=None, home_state="absent", starts=False, reason="no-encodings")
    (found,) = findings(RULE, environment(cfg=MARKED, startup=start))
    assert (found.severity, found.impact) == ("error", "broken")


def test_silent_without_a_mark() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(cfg=None))
