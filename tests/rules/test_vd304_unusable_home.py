"""VD304: home as Python does not take it."""

from __future__ import annotations

import pytest

from tests.support.start_facts import cfg, environment, findings, startup

RULE = "vd304_unusable_home"


TAIL = "\ninclude-system-site-packages = false\n"


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        ("version = 3.11.2" + TAIL, "absent", "has no home"),
        ("home =" + TAIL, "absent", "has an empty home"),
        ('home = "/usr/bin"' + TAIL, "relative", "in quotes"),
        ("home = ../base/bin" + TAIL, "relative", "a relative home"),
        ("home = /usr/bin # the system" + TAIL, "missing", "has a comment in its home"),
        ("home=/usr/bin" + TAIL, "unread", "in a form that Python 3.11.2 does not read"),
    ],
)
def test_says_what_is_wrong(text: str, state: str, words: str) -> None:
    (found,) = findings(RULE, environment(cfg=cfg(text), startup=startup(home_state=state)))
    assert (found.severity, found.impact) == ("warning", "none")
    assert words in found.message


def test_an_error_where_nothing_starts() -> None:
    start = startup(home=None, home_state="absent", starts=False, reason="no-encodings", stdlib=None)
    (found,) = findings(RULE, environment(cfg=cfg("version = 3.11.2" + TAIL), startup=start))
    assert (found.severity, found.impact) == ("error", "broken")


def test_silent_for_a_plain_home_and_for_other_roots() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(startup=startup(home_state="missing")))
    assert not findings(RULE, environment(cfg=cfg(TAIL), startup=startup(starts=False, reason="dangling")))
    assert not findings(RULE, environment(cfg=None))
