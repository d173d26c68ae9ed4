"""VD118: variables of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.start_facts import environment, findings
from venvdoctor.model.host import Host

if TYPE_CHECKING:
    from venvdoctor.finding import Finding

RULE = "vd118_variable_overrides_interpreter"


def under(extra: dict[str, str] | None = None, **variables: str) -> list[Finding]:
    return findings(RULE, environment(extra=extra or {}), Host(environ=variables))


def test_a_pythonhome_without_this_version() -> None:
    (found,) = under({"pythonhome": "no-stdlib"}, PYTHONHOME="/opt/other")
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.cause
    assert found.cause.id == "variable:PYTHONHOME"


def test_a_pythonpath_of_another_version() -> None:
    (found,) = under(PYTHONPATH="/srv/code:/opt/lib/python3.9/site-packages")
    assert (found.severity, found.impact) == ("warning", "none")
    assert "/opt/lib/python3.9/site-packages" in found.message


def test_silent_for_what_does_no_harm() -> None:
    assert not under()
    assert not under({"pythonhome": "stdlib"}, PYTHONHOME="/usr")
    assert not under(PYTHONPATH="/srv/code:/opt/lib/python3.11/site-packages:/usr/lib/python3/dist-packages")
    image = Host(environ={"PYTHONPATH": "/opt/lib/python3.9/site-packages"}, sysroot="/image")
    assert not findings(RULE, environment(), image)
