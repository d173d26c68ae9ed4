"""VD302: Python cannot read pyvenv.cfg."""

from __future__ import annotations

import pytest

from tests.support.start_facts import cfg, environment, findings, startup

RULE = "vd302_configuration_unreadable"


LATIN = cfg(b"home = /usr/bin\nprompt = caf\xe9\n")


def test_one_byte_ends_every_start() -> None:
    start = startup(starts=False, reason="cfg-not-utf8", detail=LATIN.path)
    (found,) = findings(RULE, environment(cfg=LATIN, startup=start))
    assert (found.severity, found.impact) == ("error", "broken")
    assert "byte 0xe9 in line 2" in found.message


def test_pypy_passes_over_it() -> None:
    (found,) = findings(RULE, environment(cfg=LATIN, startup=startup(isolated=False, prefix="/usr")))
    assert found.impact == "broken"


@pytest.mark.parametrize("reason", ["cfg-too-large", "cfg-hangs", "cfg-unopenable", "cfg-unreadable"])
def test_other_ways_not_to_be_read(reason: str) -> None:
    assert findings(RULE, environment(startup=startup(starts=False, reason=reason)))


def test_silent_for_text_and_for_what_is_undecided() -> None:
    assert not findings(RULE, environment())
    assert not findings(RULE, environment(startup=startup(starts=None, reason="cfg-too-large")))
    assert not findings(RULE, environment(cfg=None))
