"""VD507: editable installs."""

from __future__ import annotations

from tests.support.package_facts import dist, findings, with_packages

RULE = "vd507_editable_source_gone"


def test_an_error_with_a_shared_cause() -> None:
    (found,) = findings(RULE, with_packages(dist(editable="/home/me/demo", editable_exists=False)))
    assert found.severity == "error"
    assert found.cause is not None
    assert found.cause.id == "source-gone:/home/me/demo"


def test_silent_while_the_source_is_there_or_nobody_can_tell() -> None:
    assert not findings(RULE, with_packages(dist(editable="/home/me/demo", editable_exists=True)))
    assert not findings(RULE, with_packages(dist(editable="/home/me/demo", editable_exists=None), dist("plain")))


def test_what_a_copy_was_made_from_may_go() -> None:
    (found,) = findings(RULE, with_packages(dist(source_gone="/home/me/dist/demo-1.0-py3-none-any.whl"), dist("plain")))
    assert found.severity == "note"
